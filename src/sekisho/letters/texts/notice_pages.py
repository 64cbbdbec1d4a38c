"""The public notice as text and as one HTML page: plain, readable aloud, nothing loaded from anywhere.

Accessible: language and title set, headings in order, the table with caption and headers, contrast above 7 : 1, text
that grows with the reader's setting. Every value is escaped; only the desk's number and an https address become links.
"""

from html import escape
from urllib.parse import urlsplit

from sekisho.letters.texts.notice import Agency, Notice, Section, desk_lines

_STYLE = """
body{font-family:"BIZ UDPGothic","Noto Sans JP","Hiragino Sans","Yu Gothic",sans-serif;line-height:1.8;color:#1a1a1c;
background:#fff;max-width:46rem;margin:0 auto;padding:1.5rem}
h1{font-size:1.5rem;line-height:1.4}h2{font-size:1.15rem;margin-top:2.2rem;border-left:.3rem solid #264a70;
padding-left:.6rem}p{margin:.7rem 0}.date,.sender{text-align:right}
table{border-collapse:collapse;width:100%;margin:1rem 0}caption{text-align:left;padding:.4rem 0;font-weight:bold}
th,td{border:1px solid #767676;padding:.4rem .7rem;text-align:left;vertical-align:top}thead th{background:#eef2f7}
td.n,th.n{text-align:right;width:4rem}dl{border:1px solid #767676;padding:.6rem 1rem;margin:1rem 0}
dt{font-weight:bold}dd{margin:0 0 .5rem 0;font-size:1.1rem}a{color:#00118f}
@media print{body{max-width:none;padding:0}tr{break-inside:avoid}}
"""


def as_text(notice: Notice) -> str:
    """The notice as plain text, each paragraph one line."""
    out = [notice.date_line, notice.company.name, "", notice.title, "", *notice.lead]
    for section in notice.sections:
        out += ["", section.heading, *section.paragraphs]
        if section.key == "agencies":
            out += [
                f"{number}. {agency.name}" + (f" (登録番号 {agency.registration_no})" if agency.registration_no else "")
                for number, agency in enumerate(notice.agencies, start=1)
            ]
        if section.key == "desk":
            out += [f"{name}: {value}" for name, value in desk_lines(notice.desk)]
        out += section.after
    return "\n".join([*out, "", "以上", ""])


def as_html(notice: Notice) -> str:
    """The notice as one page of HTML."""
    title = escape(notice.title)
    body = [
        f'<p class="date">{escape(notice.date_line)}</p>',
        f'<p class="sender">{_sender(notice)}</p>',
        f"<h1>{title}</h1>",
        *(f"<p>{escape(paragraph)}</p>" for paragraph in notice.lead),
        *(_section(section, notice) for section in notice.sections),
        '<p class="date">以上</p>',
    ]
    return (
        '<!DOCTYPE html>\n<html lang="ja">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{title} | {escape(notice.company.name)}</title>\n<style>{_STYLE}</style>\n</head>\n"
        "<body>\n<main>\n" + "\n".join(body) + "\n</main>\n</body>\n</html>\n"
    )


def _sender(notice: Notice) -> str:
    company = notice.company
    return "<br>".join(escape(line) for line in (company.name, company.representative, company.department) if line)


def _section(section: Section, notice: Notice) -> str:
    parts = [f"<h2>{escape(section.heading)}</h2>", *(f"<p>{escape(text)}</p>" for text in section.paragraphs)]
    if section.key == "agencies" and notice.agencies:
        parts.append(_table(notice.agencies, notice.columns))
    if section.key == "desk":
        parts.append(_desk(notice))
    parts += [f"<p>{escape(text)}</p>" for text in section.after]
    return f'<section id="{escape(section.key)}">\n' + "\n".join(parts) + "\n</section>"


def _table(agencies: tuple[Agency, ...], columns: tuple[str, str, str]) -> str:
    number, name, registration = (escape(column) for column in columns)
    has_registration = any(agency.registration_no for agency in agencies)
    head = f'<th scope="col" class="n">{number}</th><th scope="col">{name}</th>'
    head += f'<th scope="col">{registration}</th>' if has_registration else ""
    rows = []
    for place, agency in enumerate(agencies, start=1):
        cells = f'<td class="n">{place}</td><th scope="row">{escape(agency.name)}</th>'
        cells += f"<td>{escape(agency.registration_no) or '－'}</td>" if has_registration else ""
        rows.append(f"<tr>{cells}</tr>")
    caption = f"取扱代理店 ({len(agencies):,}店)"
    return (
        f"<table>\n<caption>{caption}</caption>\n<thead><tr>{head}</tr></thead>\n<tbody>\n"
        + "\n".join(rows)
        + "\n</tbody>\n</table>"
    )


def _desk(notice: Notice) -> str:
    entries = [f"<dt>{escape(name)}</dt><dd>{_linked(name, value)}</dd>" for name, value in desk_lines(notice.desk)]
    return "<dl>\n" + "\n".join(entries) + "\n</dl>"


def _linked(name: str, value: str) -> str:
    shown = escape(value)
    if name == "電話番号" and (digits := "".join(c for c in value if c in "+0123456789")):
        return f'<a href="tel:{digits}">{shown}</a>'
    if name == "ホームページ" and urlsplit(value).scheme == "https" and urlsplit(value).hostname:
        return f'<a href="{shown}">{shown}</a>'
    return shown
