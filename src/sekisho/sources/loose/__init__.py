"""Evidence beside the mail: files that lie in folders, and messages of a system's own message function (A9).

Both are handed on as messages (RFC 822), like the items of Outlook stores, so that one reader, one journal and one
matcher serve them all. What such a message says of itself comes from the folder or the table, never from its content.
"""
