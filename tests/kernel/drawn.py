"""Looking into a drawing: what is written in it, and what lies outside of it."""

from lxml import etree

SVG = "{http://www.w3.org/2000/svg}"
ALLOWED = {"svg", "title", "desc", "rect", "line", "text"}


def parsed(drawn: str) -> etree._Element:
    return etree.fromstring(drawn)


def texts(drawn: str) -> list[str]:
    """Everything written, in order."""
    return [element.text or "" for element in parsed(drawn).iter(f"{SVG}text")]


def spoken(drawn: str) -> str:
    """Title and description."""
    root = parsed(drawn)
    return f"{root.findtext(f'{SVG}title')}\n{root.findtext(f'{SVG}desc')}"


def outside(drawn: str) -> list[str]:
    """Shapes and writing that begin or end outside the picture, and elements that have no business in it."""
    root = parsed(drawn)
    width, height = float(root.attrib["width"]), float(root.attrib["height"])
    wrong = [element.tag for element in root.iter() if element.tag.removeprefix(SVG) not in ALLOWED]
    for element in root.iter():
        if "style" in element.attrib:
            wrong.append(f"style on {element.tag}")
        at = element.attrib
        places = []
        if element.tag == f"{SVG}rect" and "x" in at:
            x, y = float(at["x"]), float(at["y"])
            places = [(x, y), (x + float(at["width"]), y + float(at["height"]))]
        elif element.tag == f"{SVG}line":
            places = [(float(at["x1"]), float(at["y1"])), (float(at["x2"]), float(at["y2"]))]
        elif element.tag == f"{SVG}text":
            places = [(float(at["x"]), float(at["y"]))]
        wrong += [f"{element.tag} at {x}, {y}" for x, y in places if not (0 <= x <= width and 0 <= y <= height)]
    return wrong
