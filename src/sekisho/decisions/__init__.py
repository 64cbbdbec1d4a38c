"""The decision API: other systems ask, the rule answers, and every answer is on record (REQUIREMENTS D2).

OpenID AuthZEN Authorization API 1.0 over HTTP. From the inside out: ``vocabulary`` (the words), ``strict_json``,
``asked`` (what a request means), ``told`` (what an answer says), ``sets`` and ``pages`` (searches): plain functions;
``ledger`` (the rule over the workspace's database), ``log`` (the record), ``clients``, ``limits``; ``gather`` and
``service`` (many requests, few statements); ``post``, ``http`` and ``serve`` (the network, which only translates).
"""
