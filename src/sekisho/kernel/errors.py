"""Errors that say where and what to do.

Never put customer data into a message: name the file, line, column and the *kind* of value. The one exception is
the registry load report, which its owner asked for and which shows the offending value of his own file.
"""


class SekishoError(Exception):
    """Something could not be done.

    ``message`` says what, ``where`` names the place (``file:line`` or an option), ``remedy`` what to do about it.
    ``exit_status`` is what a command ends with: 1 = part of the work could not be done, 2 = wrong usage or input.
    """

    exit_status = 1

    def __init__(self, message: str, *, where: str = "", remedy: str = "") -> None:
        self.message = message
        self.where = where
        self.remedy = remedy
        super().__init__(str(self))

    def __str__(self) -> str:
        text = f"{self.where}: {self.message}" if self.where else self.message
        return f"{text} → {self.remedy}" if self.remedy else text


class InputError(SekishoError):
    """Wrong usage or unusable input: nothing was done."""

    exit_status = 2
