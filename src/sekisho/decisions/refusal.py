"""A request, or one evaluation of it, that is not answered with a decision."""

from collections.abc import Mapping


class Refusal(Exception):  # noqa: N818  (not an error of the program)
    """``status``: as in HTTP. ``message`` is told to the caller and never holds a value of the request or the
    registry. ``headers`` go beside it."""

    def __init__(self, status: int, message: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.status, self.message, self.headers = status, message, headers or {}

    def as_json(self) -> dict[str, object]:
        return {"status": self.status, "message": self.message}
