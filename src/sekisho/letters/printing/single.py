"""One letter by itself, accessible: tagged PDF (PDF/A-2a and PDF/UA-1) set by Typst, with the same wording and fields.

Asked for one at a time (a person who uses a screen reader, a copy for the file): 204,783 of them would be 17 GB.
"""

from datetime import datetime
from typing import Any

from sekisho.kernel.clock import now
from sekisho.kernel.errors import InputError
from sekisho.letters.model import Recipient, Wording
from sekisho.letters.printing.design import read_design
from sekisho.letters.printing.filling import Filler, HoldBackError
from sekisho.letters.printing.fitting import Fitted
from sekisho.letters.printing.fonts.embedding import Codes
from sekisho.letters.printing.fonts.faces import typefaces
from sekisho.letters.printing.layout import Runs, Typesetter
from sekisho.letters.printing.settings import Settings
from sekisho.letters.printing.told import tell

STANDARDS = ("a-2a", "ua-1")


def single_letter(
    recipient: Recipient,
    wording: Wording,
    serial: str,
    *,
    settings: Settings | None = None,
    made_at: datetime | None = None,
) -> bytes:
    """The letter of one recipient as PDF/A-2a and PDF/UA-1. ``serial`` as in the ledger; ``made_at`` stands in the
    file.

    Raises ``InputError`` when a character cannot be printed or a text does not fit: what is held back in print is held
    back here."""
    chosen = settings or Settings()
    design, chains = read_design(chosen.layout), typefaces(chosen.fonts)
    typesetter = Typesetter(wording, design, chains)
    told = tell(recipient, serial, design.labels)
    filler = Filler(design, chains.fields, typesetter, Codes(chains.fields))
    try:
        filler.fill(told, "")
        address, name = filler.fitted_address(told), filler.fitted_name(told)
    except HoldBackError as held:
        raise InputError(
            f"cannot be printed ({held.reason.value}: {held.detail})",
            where=f"letter {serial}",
            remedy="configure a font that has it, or shorten the text",
        ) from None

    def runs(text: str) -> Runs:
        return typesetter.field_runs(text, recipient.person)

    def fitted(text: Fitted) -> dict[str, Any]:
        lines = [[["", "\n"], *runs(line)] for line in text.lines]
        return {"size": text.size, "runs": [run for line in lines for run in line][1:]}

    data: dict[str, Any] = typesetter.fixed("filled", len(told.rows), 0) | {
        "postal": runs(told.postal),
        "recipient_address": fitted(address),
        "recipient_name": fitted(name),
        "serial": runs(told.serial),
        "continued": runs(told.name),
        "lines": [[fitted(filler.fitted_cell(*cell)) for cell in enumerate(row)] for row in told.rows],
    }
    pdf, _ = typesetter.compiled(data, STANDARDS, tagged=True, made_at=(made_at or now()).replace(microsecond=0))
    return pdf
