"""One thing that would undo the protection."""

from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """``code`` says of which kind, ``object`` which table, function or role, ``message`` what is wrong, ``remedy`` what
    to do: SQL where that is short."""

    code: str
    object: str
    message: str
    remedy: str

    def line(self) -> str:
        return f"[{self.code}] {self.object}: {self.message} → {self.remedy}"

    def as_json(self) -> dict[str, str]:
        return asdict(self)
