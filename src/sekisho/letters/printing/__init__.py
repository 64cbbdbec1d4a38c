"""Printing: the fixed text laid out once by Typst, letters written directly, every page read back."""

from sekisho.letters.printing.run import PrintRun, print_letters
from sekisho.letters.printing.settings import Settings
from sekisho.letters.printing.single import single_letter

__all__ = ["PrintRun", "Settings", "print_letters", "single_letter"]
