"""An invented small industry: its registry, mails and logs, with the leaks planted in it and the answer known."""

from sekisho.demo.industry import write_industry
from sekisho.demo.planted import Planted

__all__ = ["Planted", "write_industry"]
