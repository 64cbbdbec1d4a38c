"""What would undo row-level security, found in the catalogue of the server: nothing of the registry is read.

Each part returns its findings; none of them trusts what the others found. REQUIREMENTS D2; ``docs/rls.md``.
"""

from collections.abc import Callable, Sequence
from typing import Any

from sekisho.entitlement.rls.options import RLS_SCHEMA, Options
from sekisho.entitlement.rls.script import versions
from sekisho.kernel.errors import InputError
from sekisho.store.databases.connecting import driver
from sekisho.store.rls import grants, objects, others, roles
from sekisho.store.rls.finding import Finding
from sekisho.store.rls.server import applied, options_of

__all__ = ["Finding", "check"]

_PARTS: Sequence[Callable[[Any, Options], list[Finding]]] = (
    objects.tables,
    objects.functions,
    objects.policies,
    roles.own_roles,
    roles.powerful_members,
    roles.owning_members,
    roles.preset_viewers,
    grants.on_schemas,
    grants.on_registry,
    grants.on_other_tables,
    grants.by_default,
    others.views,
    others.relatives,
    others.foreign_tables,
    others.publications,
    others.definer_functions,
    others.leakproof_functions,
)


def check(connection: Any, options: Options | None = None) -> list[Finding]:
    """Everything that would let a session see more (or less) than `sekisho list`, in a fixed order; nothing is changed.

    ``options``: what should stand there; none = what the last run recorded. Raises ``InputError`` when it cannot be
    checked.
    """
    try:
        document = applied(connection)
        if document is None:
            return [Finding("absent", RLS_SCHEMA, "行レベルセキュリティが設定されていない", "sekisho rls --apply")]
        meant = options or options_of(document)
        with connection.transaction(force_rollback=True):
            connection.execute("SET LOCAL search_path = pg_catalog, pg_temp")
            found = _drift(document, meant)
            for part in _PARTS:
                found += part(connection, meant)
            return found
    except driver().Error as error:
        raise InputError(
            f"the server refused to answer ({type(error).__name__})",
            where="sekisho rls --check",
            remedy="connect as a superuser or as the owner of the registry's tables",
        ) from None


def _drift(document: Any, meant: Options) -> list[Finding]:
    found = []
    for name, value in versions().items():
        if document.get(name) != value:
            what = "規則" if name == "rule_version" else "Sekisho"
            found.append(
                Finding(
                    "drift",
                    RLS_SCHEMA,
                    f"{what}の版が違う (設定時 {document.get(name)}、現在 {value})",
                    "sekisho rls --apply で作り直す",
                )
            )
    if options_of(document) != meant:
        found.append(
            Finding("drift", RLS_SCHEMA, "設定時のオプションと違う", "同じオプションで sekisho rls --apply を実行する")
        )
    return found
