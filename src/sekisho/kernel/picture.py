"""A drawing as a file: SVG as it is, or PNG for programs that show no SVG."""

from pathlib import Path

import pylopdf_fonts_jp
import typst

from sekisho.kernel.errors import InputError
from sekisho.kernel.files import whole_file
from sekisho.kernel.svg import Drawing

DOTS_PER_INCH = 144
_PAGE = """#set page(width: auto, height: auto, margin: 0pt)
#image(bytes(sys.inputs.at("svg")), format: "svg")
"""


def check_picture(path: Path) -> None:
    """Raise ``InputError`` for an ending that we cannot write."""
    if path.suffix.lower() not in (".svg", ".png"):
        raise InputError("a chart is an SVG or a PNG file", where=str(path), remedy="let the name end in .svg or .png")


def write_picture(drawing: Drawing, path: Path) -> None:
    """Write ``drawing`` to ``path``, whole or not at all; the ending decides. Raises ``InputError`` for another one."""
    check_picture(path)
    if path.suffix.lower() == ".svg":
        content = drawing.render().encode()
    else:
        content = png(drawing)
    with whole_file(path) as temporary:
        temporary.write_bytes(content)


def png(drawing: Drawing) -> bytes:
    """``drawing`` as PNG, in the font of our own documents."""
    fonts = typst.Fonts(include_system_fonts=False, font_paths=[str(Path(pylopdf_fonts_jp.sans_path()).parent)])
    content = typst.compile(
        _PAGE.encode(), format="png", ppi=DOTS_PER_INCH, font_paths=fonts, sys_inputs={"svg": drawing.render()}
    )
    if not isinstance(content, bytes):
        raise TypeError("one picture, one page")
    return content
