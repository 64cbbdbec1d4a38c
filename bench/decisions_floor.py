"""The floor of ``bench.decisions``: the same web server and protocol, a constant answer."""

import sys

import uvicorn

_ANSWER = b'{"decision":true,"context":{"verdict":"entitled","ground":"handling","party_id":"AOBA"}}'


async def app(scope: dict[str, object], receive: object, send: object) -> None:
    while (await receive())["more_body"]:  # type: ignore[operator]
        pass
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(_ANSWER)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})  # type: ignore[operator]
    await send({"type": "http.response.body", "body": _ANSWER})  # type: ignore[operator]


if __name__ == "__main__":
    uvicorn.run(
        app,  # type: ignore[arg-type]
        port=int(sys.argv[1]),
        http="httptools",
        loop="asyncio",
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
    )
