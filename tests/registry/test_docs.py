"""docs/registry.md describes every table and column. ``python -m tests.registry.test_docs`` writes its tables anew."""

from pathlib import Path

from sekisho.registry.headers import usual_files, usual_headers
from sekisho.registry.schema import TABLES, Column, Kind, Table
from sekisho.registry.values import choice_words, flag_words

DOCUMENT = Path(__file__).parents[2] / "docs" / "registry.md"
BEGIN, END = "<!-- tables: begin -->\n", "<!-- tables: end -->\n"
FORMS = {
    Kind.TEXT: "文字 text",
    Kind.IDENTIFIER: "コード id",
    Kind.DATE: "日付 date",
    Kind.START: "日付 date (空 = 初めから always before)",
    Kind.END: "日付 date (空 = 期限なし open)",
    Kind.FLAG: "真偽 true / false",
    Kind.YEN: "円 whole yen",
    Kind.IDENTIFIERS: "コード ids (`;`)",
    Kind.TEXTS: "文字 words (`;`)",
    Kind.ITEMS: "項目 items (`;`、空 = すべて all)",
    Kind.ADDRESS: "メールアドレス又は `@domain`",
}
HEADERS_SHOWN = 5


def described() -> str:
    return "\n".join(_table(table) for table in TABLES.values())


def _table(table: Table) -> str:
    files = "、".join(usual_files(table.name)[:HEADERS_SHOWN])
    required = "必須 required" if table.required else "任意 optional"
    key = f"。一意 unique: {' + '.join(f'`{name}`' for name in table.key)}" if table.key else ""
    head = f"### {table.ja} `{table.name}`\n\n{required}{key}。ファイル名 file: `{table.name}` / {files}\n\n"
    head += "| 列 column | 日本語 | 形 form | 必須 | 参照先 refers to | 見出しの例 usual headers |\n"
    head += "|---|---|---|---|---|---|\n"
    return head + "".join(_row(table, column) for column in table.columns)


def _row(table: Table, column: Column) -> str:
    form = " / ".join(f"`{c}` ({'、'.join(choice_words(c)[1:3])})" for c in column.choices) or FORMS[column.kind]
    if column.kind is Kind.START and column.required:
        form = FORMS[Kind.DATE]
    refers = ", ".join(f"`{name}`" for name in column.refers_to) + ("" if column.strict else " (警告のみ warning)")
    required = "○" if column.required else ""
    headers = "、".join(usual_headers(table.name, column.name)[:HEADERS_SHOWN])
    return f"| `{column.name}` | {column.ja} | {form} | {required} | {refers} | {headers} |\n"


def test_every_table_and_column_is_described_as_it_is() -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    assert text[text.index(BEGIN) + len(BEGIN) : text.index(END)] == described()


def test_every_wording_of_yes_and_no_is_named() -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    for word in (*flag_words(True), *flag_words(False)):
        assert f"`{word}`" in text, word


if __name__ == "__main__":
    old = DOCUMENT.read_text(encoding="utf-8")
    DOCUMENT.write_text(old[: old.index(BEGIN) + len(BEGIN)] + described() + old[old.index(END) :], encoding="utf-8")
