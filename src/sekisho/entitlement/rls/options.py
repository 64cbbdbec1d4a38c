"""What an installation chooses about its row-level security, and how names and texts of it are written in SQL."""

import json
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from sekisho.kernel.errors import InputError
from sekisho.law.items import codes_of, items, mask_of
from sekisho.registry.schema import TABLES, Table

REGISTRY_SCHEMA = "sekisho"
"""Where the registry's tables lie."""
RLS_SCHEMA = "sekisho_rls"
"""Where the functions lie; nothing else is in it."""
OWNER = "sekisho_rls"
"""The role without login that owns the functions, and the only one as which they read."""
VIEWERS = "sekisho_viewers"
POLICY = "sekisho_rls"
"""The names of our policies begin with it."""

_NAME_BYTES = 63


@dataclass(frozen=True, slots=True)
class Protected:
    """A table of another schema whose rows are shown exactly when their policy is: the names of the columns in which
    the insurer and the policy number stand."""

    schema: str
    table: str
    insurer_column: str = "insurer_id"
    policy_column: str = "policy_no"

    @staticmethod
    def parse(text: str, where: str = "--table") -> "Protected":
        """``schema.table`` or ``schema.table:insurer_column,policy_column``. Raises ``InputError``."""
        found = re.fullmatch(r"([^.:,]+)\.([^.:,]+)(?::([^.:,]+),([^.:,]+))?", text)
        if found is None:
            raise InputError(
                f"{text!r} names no table", where=where, remedy="write schema.table or schema.table:insurer,policy"
            )
        if found[1] in (REGISTRY_SCHEMA, RLS_SCHEMA):
            raise InputError(
                f"the tables of schema {found[1]} are Sekisho's own",
                where=where,
                remedy="leave it out: policies, transfers and consents are always protected",
            )
        return Protected(*(part for part in found.groups() if part is not None))

    @property
    def name(self) -> str:
        """As SQL writes it."""
        return f"{ident(self.schema)}.{ident(self.table)}"


@dataclass(frozen=True, slots=True)
class Options:
    """``viewers``: the role whose members get rows at all. ``application_roles``: members of these say by the setting
    ``sekisho.viewer`` for whom they ask; everybody else is the account that bears the name of his role, in ``system``.
    ``keepers``: roles that see all rows beside the owner of the tables. ``items``: for holding which items the rule is
    asked. ``tables``: those of other schemas."""

    viewers: str = VIEWERS
    application_roles: tuple[str, ...] = ()
    system: str = "postgresql"
    keepers: tuple[str, ...] = ()
    items: int = -1
    tables: tuple[Protected, ...] = ()

    @staticmethod
    def made(items_of_row: str | None = None, **chosen: Any) -> "Options":
        """From the words of a command; ``items_of_row`` are item codes, ``;``-separated ("" = holding at all)."""
        if items_of_row is None:
            mask = items_shown()
        else:
            mask = mask_of(items_of_row.split(";")) if items_of_row else 0
        made = Options(items=mask, **chosen)
        for name in (made.viewers, *made.application_roles, *made.keepers):
            ident(name)
            if name == OWNER:
                raise InputError(f"the role {OWNER} is the functions' own", remedy="name another role")
        literal(made.system)
        if len({table.name for table in made.tables}) < len(made.tables):
            raise InputError("a table is named twice", where="--table", remedy="name it once")
        return made

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "items": ";".join(codes_of(self.items))}

    @staticmethod
    def from_json(document: Mapping[str, Any]) -> "Options":
        """What ``as_json`` gave. Raises ``InputError`` for anything else."""
        try:
            return Options.made(
                str(document["items"]),
                viewers=str(document["viewers"]),
                application_roles=tuple(map(str, document["application_roles"])),
                system=str(document["system"]),
                keepers=tuple(map(str, document["keepers"])),
                tables=tuple(Protected(**table) for table in document["tables"]),
            )
        except (KeyError, TypeError) as error:
            raise InputError(
                f"what schema {RLS_SCHEMA} says of itself is not what this version writes ({type(error).__name__})",
                remedy="run sekisho rls --apply again, with all options",
            ) from None

    def recorded(self, version: Mapping[str, str]) -> str:
        """The comment of the schema: versions and options, so that a check knows what was meant."""
        return json.dumps({**version, "options": self.as_json()}, ensure_ascii=False, sort_keys=True)


def items_shown() -> int:
    """The items that a row of ``policies`` shows: who may hold only some of them must not get the row."""
    stored = set(stored_columns(TABLES["policies"])) | {"insurer"}
    return mask_of(code for code in items() if code in stored)


def stored_columns(table: Table) -> tuple[str, ...]:
    """The columns of a table that the operational database holds."""
    secret = {column.name for column in table.columns if column.secret}
    return tuple(name for name in table.arrow_schema.names if name not in secret)


def ident(name: str) -> str:
    """A name as SQL writes it. Raises ``InputError`` for what PostgreSQL cannot have as a name."""
    if not name or _odd(name) or len(name.encode()) > _NAME_BYTES:
        raise InputError(
            f"{name[:80]!r} cannot be a name in PostgreSQL", remedy=f"use 1 to {_NAME_BYTES} bytes of plain text"
        )
    if name in TABLES or (name.startswith("sekisho") and re.fullmatch(r"[a-z_]+", name)):
        return name  # our own, read better without quotes
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """A text as SQL writes it. Refuses backslashes: what they mean can be changed by a setting of the session."""
    if _odd(text) or "\\" in text:
        raise InputError(f"{text[:80]!r} has a character that cannot be used here", remedy="choose another name")
    return "'" + text.replace("'", "''") + "'"


def _odd(text: str) -> bool:
    """Whether a text could end a comment or a quoted body of ours before its time."""
    return any(unicodedata.category(sign) in {"Cc", "Zl", "Zp"} for sign in text) or "$sekisho$" in text
