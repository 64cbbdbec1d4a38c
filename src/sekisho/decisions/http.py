"""The network shell: HTTP in, plain calls, HTTP out (AuthZEN 1.0, "HTTPS JSON binding"). Nothing is decided here."""

from collections.abc import Mapping, Sequence
from typing import Any, TextIO

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from sekisho.decisions import asked, sets
from sekisho.decisions.clients import Clients
from sekisho.decisions.limits import Limits
from sekisho.decisions.openapi import openapi
from sekisho.decisions.post import Act, Door, Pay, Post, RequestLog
from sekisho.decisions.service import Caller, Service
from sekisho.kernel.clock import today

EVALUATION = "/access/v1/evaluation"
EVALUATIONS = "/access/v1/evaluations"
SEARCH = "/access/v1/search/"
METADATA = "/.well-known/authzen-configuration"
OPENAPI = "/openapi.json"
HEALTH = "/health"
_SOUGHT = (sets.SUBJECT, sets.RESOURCE, sets.ACTION)


class _Front(Starlette):
    """The application; what is asked most goes straight to its endpoint, not through the layers before a route."""

    def __init__(self, posts: Mapping[str, Post], routes: Sequence[Route]) -> None:
        super().__init__(routes=routes, exception_handlers={HTTPException: _http_error})
        self.router.redirect_slashes = False
        self._posts = posts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        post = self._posts.get(scope["path"]) if scope["type"] == "http" else None
        if post is None:
            await super().__call__(scope, receive, send)
        else:
            await post(scope, receive, send)


class Api:
    """The service behind HTTP. ``url``: where callers reach it (goes into the metadata)."""

    def __init__(self, service: Service, clients: Clients, limits: Limits, url: str, log: TextIO | None = None) -> None:
        self._service, self._limits, self._url = service, limits, url.rstrip("/")
        self._door = Door(clients, limits, RequestLog(log if limits.log_requests else None))

    def app(self) -> Starlette:
        """The ASGI application."""
        acts: dict[str, Act] = {EVALUATION: self._evaluation, EVALUATIONS: self._evaluations}
        acts |= {SEARCH + sought: self._search(sought) for sought in _SOUGHT}
        open_to_all = {METADATA: self._metadata, OPENAPI: self._openapi, HEALTH: self._health}
        slow = self._limits.search_seconds + 1
        posts = {
            path: Post(self._door, path, act, slow if path.startswith(SEARCH) else self._limits.request_seconds)
            for path, act in acts.items()
        }
        routes = [
            *(Route(path, endpoint=post) for path, post in posts.items()),
            *(Route(path, endpoint=act) for path, act in open_to_all.items()),
        ]
        return _Front(posts, routes)

    async def _evaluation(self, caller: Caller, body: dict[str, Any], pay: Pay) -> str:
        return await self._service.evaluate(caller, asked.evaluation(body, today()))

    async def _evaluations(self, caller: Caller, body: dict[str, Any], pay: Pay) -> str:
        batch = asked.evaluations(body, today(), self._limits.evaluations)
        if batch is None:
            return await self._evaluation(caller, body, pay)
        semantic, asks = batch
        pay(len(asks) - 1)
        return await self._service.evaluate_all(caller, asks, semantic)

    def _search(self, sought: str) -> Act:
        async def act(caller: Caller, body: dict[str, Any], pay: Pay) -> str:
            search = asked.search(body, sought, today())
            pay(self._limits.search_cost - 1)
            return await self._service.search(caller, search, sought)

        return act

    async def _metadata(self, request: Request) -> JSONResponse:
        paths = {"access_evaluation_endpoint": EVALUATION, "access_evaluations_endpoint": EVALUATIONS}
        paths |= {f"search_{sought}_endpoint": SEARCH + sought for sought in _SOUGHT}
        found = {"policy_decision_point": self._url} | {name: self._url + path for name, path in paths.items()}
        return JSONResponse(found, headers={"Cache-Control": "max-age=300", **_echo(request)})

    async def _openapi(self, request: Request) -> JSONResponse:
        return JSONResponse(openapi(self._url, self._limits), headers=_echo(request))

    async def _health(self, request: Request) -> JSONResponse:
        return JSONResponse({"status": "ok"}, headers={"Cache-Control": "no-store", **_echo(request)})


async def _http_error(request: Request, error: Exception) -> JSONResponse:
    """No such path, or not by this method."""
    status = error.status_code if isinstance(error, HTTPException) else 500
    message = {404: "no such path", 405: "not by this method"}.get(status, "the request cannot be answered")
    headers = dict(getattr(error, "headers", None) or {})
    return JSONResponse({"status": status, "message": message}, status, headers | _echo(request))


def _echo(request: Request) -> dict[str, str]:
    """The caller's request id, in every answer."""
    given = request.headers.get("x-request-id")
    return {} if given is None else {"X-Request-ID": given}
