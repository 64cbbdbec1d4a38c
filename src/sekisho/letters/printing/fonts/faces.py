"""Which font has exactly the asked glyph: never a box, never another shape (seed 004: names are written as they are
registered).

A font has a variation sequence when its cmap says so (format 14): with a glyph of its own, or as the font's default
shape, which then is the base character's glyph. Collections do not mix: the sequences of IPAmj明朝 (Moji_Joho) and
those of Noto and BIZ UD (Adobe-Japan1) have none in common, so that the font is chosen anew for every unit of text.
"""

import mmap
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from itertools import groupby
from pathlib import Path

import pylopdf_fonts_jp
import yaml
from fontTools.ttLib import TTFont, TTLibError

from sekisho.kernel.errors import InputError
from sekisho.letters.printing.fonts.characters import code_points, is_private, refused, units

_KNOWN = Path(__file__).with_name("fonts.yaml")
_RESTRICTED = 0x0002
"""Bit of OS/2.fsType: must not be embedded without the maker's leave."""


class UnprintableError(Exception):
    """No font has this unit. ``str()`` is its code points."""

    def __init__(self, unit: str) -> None:
        super().__init__(code_points(unit))


@dataclass(frozen=True, slots=True)
class Glyph:
    """A glyph of a font: number of the font in the chain, of the glyph in the font, advance in thousandths of the
    size."""

    face: int
    number: int
    advance: int


class Face:
    """One font file, mapped: all workers share its pages, and only the tables that are needed are read."""

    def __init__(self, path: Path, *, configured: bool = False) -> None:
        """Raises ``InputError`` when the file is no font with outlines, or may not be embedded."""
        self.path, self.configured = path, configured
        try:
            with path.open("rb") as file:
                self.mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
            self.font = TTFont(self.mapped, lazy=True, fontNumber=0)
            self._numbered()
            self._cmap: dict[int, int] = self.font["cmap"].getBestCmap() or {}
            self._metrics = self.font.reader.tables["hmtx"].offset, self.font["hhea"].numberOfHMetrics
            self.units_per_em: int = self.font["head"].unitsPerEm
            restricted = self.font["OS/2"].fsType & 0x000F == _RESTRICTED
        except (OSError, TTLibError, KeyError, AssertionError, ValueError) as error:
            raise InputError(
                f"cannot be read as a font ({type(error).__name__})", where=str(path), remedy="name a .ttf or .otf file"
            ) from None
        if restricted:
            raise InputError(
                "this font may not be embedded", where=str(path), remedy="choose a font whose licence allows it"
            )
        if "CFF " not in self.font and "glyf" not in self.font:
            raise InputError("has no outlines of a known kind", where=str(path), remedy="name a .ttf or .otf file")

    def _numbered(self) -> None:
        """Let fontTools take the numbers of glyphs for their names: tens of thousands of names are never asked for."""
        if self.font.flavor:
            raise ValueError("packed for the web")
        self.font.setGlyphOrder(range(self.font["maxp"].numGlyphs))

    @property
    def is_cff(self) -> bool:
        return "CFF " in self.font

    @cached_property
    def name(self) -> str:
        """The PostScript name."""
        told = self.font["name"].getDebugName(6) or self.path.stem
        return "".join(character for character in told if character.isalnum() or character == "-")

    @cached_property
    def version(self) -> str:
        """Name and version as the font tells them: for the record of what was printed with what."""
        return f"{self.name} {(self.font['name'].getDebugName(5) or '?').split(';')[0]}"

    @cached_property
    def _sequences(self) -> dict[tuple[int, int], int | None]:
        found: dict[tuple[int, int], int | None] = {}
        for table in self.font["cmap"].tables:
            if table.format == 14:
                for selector, pairs in table.uvsDict.items():
                    found.update({(base, selector): number for base, number in pairs})
        return found

    def glyph_number(self, unit: str) -> int | None:
        """The number of the glyph for a character, or for a base character with its variation selector; None: not
        here."""
        if is_private(unit) and not self.configured:
            return None
        base = ord(unit[0])
        if len(unit) == 1:
            return self._cmap.get(base)
        pair = (base, ord(unit[1]))
        if pair not in self._sequences:
            return None
        glyph = self._sequences[pair]
        return self._cmap.get(base) if glyph is None else glyph

    def advance(self, number: int) -> int:
        """In thousandths of the size (``hmtx``: the last entry goes for all glyphs behind it)."""
        start, count = self._metrics
        at = start + 4 * min(number, count - 1)
        return round(int.from_bytes(self.mapped[at : at + 2], "big") * 1000 / self.units_per_em)


class Advances(dict[str, int]):
    """unit → advance, asked of a chain of fonts once. A unit that no font has raises ``UnprintableError``."""

    def __init__(self, faces: "Faces") -> None:
        super().__init__()
        self._faces = faces

    def __missing__(self, unit: str) -> int:
        advance = self[unit] = self._faces.glyph(unit).advance
        return advance


@dataclass(slots=True)
class Faces:
    """A chain of fonts; the first that has a unit prints it. Answers are remembered."""

    faces: tuple[Face, ...]
    advances: Advances = field(init=False)
    _found: dict[str, Glyph | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.advances = Advances(self)

    def glyph(self, unit: str) -> Glyph:
        """Raises ``UnprintableError`` when no font of the chain has exactly this unit."""
        try:
            found = self._found[unit]
        except KeyError:
            found = self._found[unit] = self._look(unit)
        if found is None:
            raise UnprintableError(unit)
        return found

    def _look(self, unit: str) -> Glyph | None:
        if refused(unit):
            return None
        for number, face in enumerate(self.faces):
            glyph = face.glyph_number(unit)
            if glyph:  # 0 is .notdef
                return Glyph(number, glyph, face.advance(glyph))
        return None

    def runs(self, text: str) -> Iterator[tuple[Face, str]]:
        """The text in stretches of one font each. Raises ``UnprintableError``."""
        for face, stretch in groupby(units(text), key=lambda unit: self.glyph(unit).face):
            yield self.faces[face], "".join(stretch)

    @property
    def versions(self) -> str:
        return "; ".join(face.version for face in self.faces)


@dataclass(frozen=True, slots=True)
class Typefaces:
    """The chains: for what differs from letter to letter, for the fixed text, for headings and labels. Fixed text is
    first asked of the fonts that come with the installation, so that it looks the same everywhere."""

    fields: Faces
    body: Faces
    heading: Faces


def typefaces(configured: Iterable[Path] = ()) -> Typefaces:
    """For fields: configured fonts, then known ones of the system, then the installed one, then last resorts."""
    known = yaml.safe_load(_KNOWN.read_text(encoding="utf-8"))
    there = _installed([*known["preferred"], *known["last_resort"]], known["folders"], known["most_files"])
    serif, sans = Face(pylopdf_fonts_jp.serif_path()), Face(pylopdf_fonts_jp.sans_path())
    faces = [Face(path, configured=True) for path in configured]
    faces += [Face(there[name]) for name in known["preferred"] if name in there]
    faces.append(serif)
    faces += [Face(there[name]) for name in known["last_resort"] if name in there]
    return Typefaces(Faces(tuple(faces)), Faces((serif, *faces)), Faces((sans, serif, *faces)))


def _installed(names: list[str], folders: list[str], most: int) -> dict[str, Path]:
    """Where the named files lie; of several, the first in the order of folders and paths."""
    found: dict[str, Path] = {}
    looked_at = 0
    for folder in folders:
        for path in sorted(Path(folder).expanduser().rglob("*.ttf")):
            looked_at += 1
            if looked_at > most:
                return found
            if path.name in names:
                found.setdefault(path.name, path)
    return found
