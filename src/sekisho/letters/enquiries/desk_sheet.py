"""The sheet that lies beside the telephone of the enquiry desk: number, hours, what may be told, how to proceed.

Seed 001 ＜お問合せ窓口＞; seed 004 <8> 照会対応ルール. The steps and words stand in ``enquiries.yaml``.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sekisho.incidents.model import Dossier
from sekisho.letters.enquiries.asking import LoggedEnquiry, Outcome, answer_words, outcomes, sheet_words
from sekisho.letters.texts.notice import desk_lines
from sekisho.letters.texts.wording import own_causes, reachable, sections
from sekisho.letters.texts.wording_texts import Templates


@dataclass(frozen=True, slots=True)
class DeskSheet:
    """``parts``: heading and lines, in the order of the paper."""

    title: str
    parts: tuple[tuple[str, tuple[str, ...]], ...]

    def text(self) -> str:
        """As plain text."""
        out = [self.title]
        for heading, lines in self.parts:
            out += ["", f"■ {heading}", *lines]
        return "\n".join([*out, ""])


_COUNTED = {
    "対象とお答えしたもの": (Outcome.CONCERNED,),
    "確認できなかったもの": (Outcome.NOT_FOUND, Outcome.MISMATCH, Outcome.INSUFFICIENT),
    "上限によりお答えしなかったもの": (Outcome.REFUSED,),
}


def desk_sheet(
    dossier: Dossier,
    *,
    causes: Sequence[str] = (),
    logs: Iterable[LoggedEnquiry] = (),
    known: Templates | None = None,
) -> DeskSheet:
    """The sheet of an incident; ``logs``: what was asked so far. Raises ``InputError`` as ``wording.sections`` and for
    a desk that cannot be reached."""
    words = sheet_words()
    told = sections(dossier, causes or own_causes(dossier), known=known)
    counted = outcomes(logs)
    headings = words["headings"]
    parts = {
        headings["desk"]: tuple(f"{name}: {value}" for name, value in desk_lines(reachable(dossier.desk))),
        headings["about"]: (*told["outline"], *told["cause"], *told["secondary"]),
        headings["steps"]: tuple(f"{number}. {step}" for number, step in enumerate(words["steps"], start=1)),
        headings["answers"]: (
            f"対象のとき: {answer_words(Outcome.CONCERNED)}",
            f"それ以外のとき: {answer_words(Outcome.NOT_FOUND)}",
        ),
        headings["count"]: tuple(
            f"{name}: {sum(counted[outcome.value] for outcome in kinds):,}件" for name, kinds in _COUNTED.items()
        ),
    }
    return DeskSheet(f"{words['title']} ({dossier.incident.title})", tuple(parts.items()))
