"""Printing: the fixed text laid out once by Typst, letters written directly, every page read back."""

from sekisho.letters.printing.run import PrintRun, print_letters
from sekisho.letters.printing.settings import Settings

__all__ = ["PrintRun", "Settings", "print_letters"]
