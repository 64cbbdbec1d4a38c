"""Documents that cannot rot: what the program has stands in them, and what they name exists."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer
import yaml

from sekisho.cli.main import app
from sekisho.cli.on_demand import OnDemand
from sekisho.kernel.content import REASONS
from sekisho.law.causes import causes, legal_characters
from sekisho.law.items import items

ROOT = Path(__file__).parent.parent
PARAMETERS = sorted((ROOT / "src" / "sekisho" / "law" / "parameters").glob("*.yaml"))
FRONT = ["README.md", "README.ja.md", "CONTRIBUTING.md", "THREAT_MODEL.md", "CHANGELOG.md"]
REQUIREMENTS = [
    *(f"A{n}" for n in range(1, 13)),
    *(f"B{n}" for n in range(1, 13)),
    *(f"C{n}" for n in range(1, 9)),
    *(f"C9.{n}" for n in range(1, 12)),
    *(f"C{n}" for n in range(10, 17)),
    *(f"D{n}" for n in range(1, 6)),
]


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def first_cells(text: str) -> list[str]:
    """The first column of every table row."""
    return [row.split("|")[1].strip() for row in text.splitlines() if row.startswith("|")]


def commands(command: object, name: str = "sekisho") -> Iterator[str]:
    """Every command with its full name."""
    children: dict[str, object] | None = getattr(command, "commands", None)
    if isinstance(command, OnDemand):
        children = {child: command.get_command(None, child) for child in command.list_commands(None)}
    if children is None:
        yield name
        return
    for child, inner in children.items():
        yield from commands(inner, f"{name} {child}")


def own_documents() -> list[Path]:
    return [ROOT / name for name in FRONT] + sorted((ROOT / "docs").rglob("*.md"))


def test_every_dependency_has_its_reason() -> None:
    project = tomllib.loads(read("pyproject.toml"))
    wanted = project["project"]["dependencies"] + project["dependency-groups"]["dev"]
    names = {re.split(r"[<>=\[; ]", line)[0] for line in wanted}
    assert names == {cell for cell in first_cells(read("docs/dependencies.md")) if cell not in ("package", "---")}


def test_every_requirement_has_its_state() -> None:
    rows = [row.split("|") for row in read("docs/coverage.md").splitlines() if re.match(r"\| [A-D]\d", row)]
    assert [row[1].strip() for row in rows] == REQUIREMENTS
    for row in rows:
        state, by_what = row[3].strip(), row[4].strip()
        assert state in ("works", "partly", "not yet"), row
        assert by_what or state == "not yet", row


def test_every_command_is_documented() -> None:
    text = read("README.md") + "".join(
        path.read_text(encoding="utf-8") for path in sorted((ROOT / "docs").rglob("*.md"))
    )
    found = sorted(commands(typer.main.get_command(app)))
    assert "sekisho sweep mail" in found
    assert [name for name in found if not re.search(rf"{re.escape(name)}\b", text)] == []


def test_every_command_named_in_the_readme_exists() -> None:
    groups = {name.rsplit(" ", 1)[0] for name in commands(typer.main.get_command(app)) if name.count(" ") == 2}
    known = set(commands(typer.main.get_command(app))) | groups
    for name in ("README.md", "README.ja.md"):
        for words in re.findall(r"sekisho ((?:[a-z][a-z-]* ?){1,2})", re.sub(r"src/sekisho\S*", "", read(name))):
            first, *rest = words.split()
            assert f"sekisho {first}" in known, (name, words)
            if f"sekisho {first}" in groups and rest:
                assert f"sekisho {first} {rest[0]}" in known, (name, words)


@pytest.mark.parametrize(
    "codes", [causes(), items(), legal_characters(), REASONS], ids=["causes", "items", "legal", "unread"]
)
def test_every_code_is_in_the_glossary(codes: dict[str, object]) -> None:
    text = read("docs/glossary.md")
    listed = set(first_cells(text)) | set(re.findall(r"`([a-z_]+)`", text))
    assert set(codes) <= listed


def test_the_glossary_uses_the_names_of_the_law_data() -> None:
    text = read("docs/glossary.md")
    assert [c.code for c in causes().values() if f"| {c.code} | {c.ja} | {c.what} |" not in text] == []
    assert [i.code for i in items().values() if f"| {i.code} | {i.ja} |" not in text] == []


@pytest.mark.parametrize("path", PARAMETERS, ids=lambda path: path.stem)
def test_every_law_parameter_file_has_reference_and_date(path: Path) -> None:
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert content["reference"].strip()
    assert content["effective_from"].isoformat()


def test_both_readmes_have_the_same_parts() -> None:
    english, japanese = read("README.md"), read("README.ja.md")
    assert english.count("\n## ") == japanese.count("\n## ")
    assert re.findall(r"^sekisho .*?(?=  |$)", english, re.M) == re.findall(r"^sekisho .*?(?=  |$)", japanese, re.M)
    assert re.findall(r"^\.venv/bin/.*$", english, re.M) == re.findall(r"^\.venv/bin/.*$", japanese, re.M)


def test_links_lead_somewhere() -> None:
    broken = [
        f"{path.relative_to(ROOT)}: {target}"
        for path in own_documents()
        for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", path.read_text(encoding="utf-8"))
        if "://" not in target and not (path.parent / target).exists()
    ]
    assert broken == []


def test_files_named_in_the_map_exist() -> None:
    rooms = re.findall(r"^  ([a-z]+)/", read("CONTRIBUTING.md"), re.M)
    assert sorted(rooms) == sorted(
        path.name for path in (ROOT / "src" / "sekisho").iterdir() if (path / "__init__.py").exists()
    )
