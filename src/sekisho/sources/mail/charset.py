"""Bytes to text by what the bytes are, not by what a label says (the charset ladder).

Labels in Japanese mail are wrong or too narrow so often that they are only one witness: ISO-2022-JP is recognised by
its escape sequences, UTF-8 by its shape, and between CP932, EUC-JP and the labelled charset the more plausible
Japanese text wins. Nothing here raises; a text that needed U+FFFD or a guess is flagged, so that it is listed as
unread (REQUIREMENTS A1: nothing skipped in silence).
"""

import codecs
import re
from functools import cache, lru_cache
from importlib import resources
from typing import NamedTuple

import yaml

from sekisho.sources.mail.jis import decode_jis, is_jis, restore_lost_escapes


class Decoded(NamedTuple):
    """``doubtful``: characters were replaced, or the charset is a guess that nothing supports."""

    text: str
    charset: str
    doubtful: bool = False


_CP932 = "cp932"
_EUC = "euc_jp"
_JIS = "iso2022_jp"
_WESTERN = re.compile(r"cp125[0-8]|iso8859|latin|koi8|cp85|mac|ascii")
_REAL_SJIS = bytes((*range(0x81, 0x8E), *range(0x90, 0xA0)))
_ODD_BYTES = b"\x80\xa0\xfd\xfe\xff"
_BOMS = (
    (codecs.BOM_UTF8, "utf_8"),
    (codecs.BOM_UTF32_LE, "utf_32"),
    (codecs.BOM_UTF16_LE, "utf_16"),
    (codecs.BOM_UTF16_BE, "utf_16"),
)
_MARKS = tuple(mark for mark, _ in _BOMS)
_SAMPLE = 8_192
_SCORED = 600
_SCORED_IN = 4 * _SCORED
_NEVER_EUC = bytes((*range(0x80, 0x8E), *range(0x90, 0xA1), 0xFF))
_HIGH_BYTES = bytes(range(0x80, 0x100))
_HIGH = re.compile(rb"[\xc0-\xff]")
_HIGH_PAIR = re.compile(rb"[\x80-\xff]{2}")
_ASCII = bytes(range(0x80))


def decode(raw: bytes, label: str = "") -> Decoded:
    """Decode ``raw``; ``label`` is the charset it was sent with ("" = none). Never raises."""
    if raw.isascii():
        return _decode_seven_bit(raw, label)
    if raw.startswith(_MARKS):
        for bom, codec in _BOMS:
            if raw.startswith(bom) and (codec != "utf_8" or _strict(raw, codec) is not None):
                return _decode_bom(raw, bom, codec)
    if b"\x1b" in raw and is_jis(raw):
        return _flag(decode_jis(raw, _eight_bit_run), _JIS)
    return _decode_eight_bit(raw, codec_of(label))


def _decode_eight_bit(raw: bytes, codec: str) -> Decoded:
    text = _strict(raw, "utf_8")
    if text is not None and not _rather_japanese(raw, text, codec):
        return Decoded(text, "utf_8")
    if _label_is_credible(raw, codec):
        text = _strict(raw, codec)
        if text is not None and (len(raw.translate(None, _ODD_BYTES)) == len(raw) or not _odd_singles(text, codec)):
            return Decoded(text, codec)
    return _utf16_without_bom(raw) or _most_plausible(raw, codec)


def _label_is_credible(raw: bytes, codec: str) -> bool:
    """Whether the bytes have the marks of the labelled charset, so that no comparison of candidates is needed."""
    if codec == _CP932:
        return len(raw.translate(None, _REAL_SJIS)) != len(raw)
    return codec == _EUC or (_WESTERN.match(codec) is not None and _looks_western(raw))


@lru_cache(maxsize=512)
def codec_of(label: str) -> str:
    """The Python codec meant by a charset label; "" when the label says nothing or is unknown."""
    name = label.strip().strip("\"'").lower().replace("\x1b", "$ESC").split("$")[0].lstrip("_").replace("_", "-")
    name = name.removeprefix("charset=")
    known = _labels().get(name)
    if known is not None:
        return known
    try:
        info = codecs.lookup(name)
        b"\x80".decode(name, "replace")  # "undefined" and "idna" are codecs that refuse
    except (LookupError, ValueError):
        return ""
    return info.name.replace("-", "_") if getattr(info, "_is_text_encoding", True) else ""


@cache
def _labels() -> dict[str, str]:
    """Label with "-" for "_" → codec, from charsets.yaml; "" for labels that say nothing."""
    listed = yaml.safe_load(resources.files("sekisho.sources.mail").joinpath("charsets.yaml").read_text("utf-8"))
    labels = {label.replace("_", "-"): codec for codec, names in listed["codecs"].items() for label in names}
    return labels | {label.replace("_", "-"): "" for label in ["", *listed["says_nothing"]]}


def decode_name(raw: bytes) -> str:
    """Decode a file name whose charset nobody states (ZIP, TAR): UTF-8, else Japanese by plausibility."""
    return decode(raw).text.replace("\x00", "")


def _decode_seven_bit(raw: bytes, label: str) -> Decoded:
    if b"\x1b" in raw and is_jis(raw):
        return _flag(decode_jis(raw, _eight_bit_run), _JIS)
    if not label:
        return Decoded(raw.decode("ascii"), "ascii")
    codec = codec_of(label)
    if codec == _JIS and (b"\x0e" in raw or b"$B" in raw or b"$@" in raw):
        return _flag(decode_jis(restore_lost_escapes(raw), _eight_bit_run), _JIS)
    if codec == "utf_7" or (codec.startswith(("utf_16", "utf_32")) and b"\x00" in raw) or codec == "hz":
        text = _strict(raw, codec)
        if text is not None:
            return Decoded(text, codec)
    if codec == "gb18030" and b"~{" in raw:
        text = _strict(raw, "hz")
        if text is not None:
            return Decoded(text, "hz")
    wide = _utf16_without_bom(raw) if b"\x00" in raw else None
    return wide or Decoded(raw.decode("ascii"), "ascii")


def _decode_bom(raw: bytes, bom: bytes, codec: str) -> Decoded:
    if codec == "utf_8":
        return Decoded(raw[len(bom) :].decode("utf_8"), codec)
    return _flag(raw.decode(codec, "replace"), codec)


def _utf16_without_bom(raw: bytes) -> Decoded | None:
    """UTF-16 without a mark, known by NULs in every other byte of its ASCII characters."""
    sample = raw[:_SAMPLE]
    zeros = sample.count(0)
    if len(sample) < 4 or zeros * 10 < len(sample):
        return None
    odd = sample[1::2].count(0)
    codec = "utf_16_le" if odd * 2 > zeros else "utf_16_be"
    if max(odd, zeros - odd) < zeros * 0.9:
        return None
    return _flag(raw.decode(codec, "replace"), codec)


def _rather_japanese(raw: bytes, as_utf8: str, codec: str) -> bool:
    """Short EUC-JP or CP932 may happen to be valid UTF-8: without kana or kanji there, with them by its label."""
    if codec not in {_EUC, _CP932} or len(raw) > _SAMPLE or _JAPANESE.search(as_utf8):
        return False
    other = _strict(raw, codec)
    return other is not None and score(other) > 0


def _most_plausible(raw: bytes, codec: str) -> Decoded:
    """The candidate whose first few thousand characters look most like what people write."""
    best, best_text, best_rank = "", "", -1e9
    sample = raw[:_SAMPLE]
    for candidate in dict.fromkeys((_CP932, _EUC, codec, "utf_8")):
        if candidate in {"", _JIS} or (candidate == _EUC != codec and _euc_ceiling(sample) <= best_rank):
            continue
        text = _tolerant(sample, candidate)
        count = len(text) - len(text.encode("ascii", "ignore"))
        if candidate != codec and _hopeless(text.count("\ufffd") - 1, count, best_rank):
            continue
        broken = _broken(text, candidate)
        if broken and len(sample) == _SAMPLE:  # the sample may end inside a character
            broken -= 1
        rank = _rank(text, count, broken, candidate, codec)
        if rank > best_rank:
            best, best_text, best_rank = candidate, text, rank
    if best_rank <= 0 and not _WESTERN.match(codec):
        return Decoded(raw.decode("cp1252", "replace"), "cp1252", doubtful=not _looks_western(raw))
    text = best_text if len(raw) <= _SAMPLE else _tolerant(raw, best)
    return Decoded(text, best, doubtful=_broken(text, best) > 0)


def _euc_ceiling(sample: bytes) -> float:
    """The rank that EUC-JP cannot exceed, without decoding: every byte that EUC-JP has not is a broken place (but one
    at the end of the sample and one swallowed by a character cut off there), every other is a character at best."""
    broken = len(sample) - len(sample.translate(None, _NEVER_EUC)) - 2
    return 1.0 - 2.0 * broken / max(1, len(sample) - len(sample.translate(None, _HIGH_BYTES)))


def _hopeless(broken: int, count: int, best_rank: float) -> bool:
    """Whether a text of ``count`` characters outside ASCII, ``broken`` of them replaced, cannot come above
    ``best_rank`` however Japanese the others look (see ``_rank``)."""
    return count < 3 * broken and 1.0 - 2.0 * broken / max(1, count) <= best_rank


def _tolerant(raw: bytes, codec: str) -> str:
    """The text, with U+FFFD where there is no other way."""
    text = _strict(raw, codec)
    return raw.decode(codec, "sekisho.jis" if codec == _EUC else "replace") if text is None else text


def _broken(text: str, codec: str) -> int:
    """Number of places that had to be replaced, or stand for bytes without a meaning."""
    return text.count("\ufffd") + _odd_singles(text, codec)


def _odd_singles(text: str, codec: str) -> int:
    """Number of characters that stand for single bytes without a meaning; CP932 has but five of them."""
    return sum(map(text.count, _ODD_CP932)) if codec == _CP932 else len(_ODD_SINGLES.findall(text))


def _rank(text: str, count: int, broken: int, candidate: str, labelled: str) -> float:
    """Higher is more plausible; positive is acceptable. ``count``: characters outside ASCII.

    Against an explicit label of another language only text with kana stands as Japanese.
    """
    foreign_label = labelled not in {"", _CP932, _EUC, _JIS, "utf_8"}
    if foreign_label and candidate in {_CP932, _EUC} and len(_KANA.findall(text)) * 20 < count:
        return -1.0
    if _WESTERN.match(candidate):
        return 0.1 - broken
    if candidate == "utf_8" and count >= 3 * broken:  # its byte patterns do not come about by chance
        return 2.0
    rank = score(_foreign(text, count)) / max(1, min(count, _SCORED)) - 2 * broken / max(1, count)
    if candidate == labelled:
        return rank * 1.5 + 0.05 if rank > 0 else rank * 0.5 + (0 if broken else 0.3)
    return rank


def _foreign(text: str, count: int) -> str:
    """The first characters outside ASCII, as many as are scored; there are ``count`` of them."""
    first = _without_ascii(text[:_SCORED_IN])
    if len(first) < _SCORED and len(first) < count:
        first = _without_ascii(text)
    return first[:_SCORED]


def _without_ascii(text: str) -> str:
    """By way of bytes, which takes a fifth of the time: they stand in UTF-8 for ASCII alone."""
    return text.encode("utf-8", "surrogatepass").translate(None, _ASCII).decode("utf-8", "surrogatepass")


def _looks_western(raw: bytes) -> bool:
    """High bytes that stand alone inside ASCII words: an accented language, no Japanese."""
    sample = raw[:_SAMPLE]
    return len(_HIGH_PAIR.findall(sample)) * 4 <= len(_HIGH.findall(sample))


def _eight_bit_run(raw: bytes) -> str:
    return decode(raw).text


def _strict(raw: bytes, codec: str) -> str | None:
    try:
        return raw.decode(codec)
    except (UnicodeDecodeError, LookupError, ValueError):
        return None


def _flag(text: str, codec: str) -> Decoded:
    return Decoded(text, codec, doubtful="\ufffd" in text)


# --- plausibility of Japanese text --------------------------------------------------------------------------------

_KANA = re.compile("[ぁ-んァ-ヶ]")
_JAPANESE = re.compile("[ぁ-んァ-ヶ一-龥々]")
_ODD_SINGLES = re.compile("[\uf8f0-\uf8f3\x80-\x9f]")
_ANY_HALF = re.compile("[｡-ﾟ]")
_ODD_CP932 = "\x80\uf8f0\uf8f1\uf8f2\uf8f3"
_HALF_KANA = re.compile("[ｦ-ﾟ]{2,}")
_LONE_HALF_KANA = re.compile("(?<![ｦ-ﾟ])[｡-ﾟ](?![ｦ-ﾟ])|[｢｣､｡][ｱ-ﾝ]")


@cache
def _level_1() -> str:
    """The kanji of JIS level 1 (rows 16–47), and those of level 2 and beyond that are usual in names."""
    level_1 = bytes(b for row in range(0xB0, 0xD0) for cell in range(0xA1, 0xFF) for b in (row, cell))
    return level_1[: -2 * 43].decode("euc_jp") + "髙﨑德瀨邊邉齋齊濵彅祐神福羽隆榮眞惠龍澤廣櫻濱嶋曻"


@cache
def _common() -> re.Pattern[str]:
    """Runs of kana, Japanese punctuation, full-width letters and digits, and usual kanji."""
    return re.compile(f"[ぁ-んァ-ヶー、。・「」々〆０-９Ａ-Ｚａ-ｚ（）－〒{re.escape(_level_1())}]+")


@cache
def _rare() -> re.Pattern[str]:
    """What wrong decoding makes of Japanese: rare kanji, private characters, controls, Greek, Cyrillic."""
    usual = set(_level_1())
    kanji = "".join(chr(code) for code in range(ord("一"), ord("龥") + 1) if chr(code) not in usual)
    return re.compile(f"[{kanji}\ue000-\uf8ff\x01-\x08\x0b\x0e-\x1a\x80-\x9fΑ-ωА-я]")


def score(text: str) -> float:
    """How much like Japanese a decoded text looks: positive is plausible, negative is not."""
    usual = sum(map(len, _common().findall(text)))
    rare = len(_rare().findall(text))
    half = lone = 0
    if _ANY_HALF.search(text):
        half = sum(map(len, _HALF_KANA.findall(text)))
        lone = len(_LONE_HALF_KANA.findall(text))
    return usual + 0.6 * half - 1.2 * rare - 1.5 * lone
