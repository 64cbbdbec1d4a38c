"""Whether tables, functions and policies are what they were made."""

from typing import Any

from sekisho.entitlement.rls.functions import functions as wanted_functions
from sekisho.entitlement.rls.options import OWNER, RLS_SCHEMA, Options, ident
from sekisho.entitlement.rls.policies import ASKING, Policy, protected
from sekisho.entitlement.rls.policies import policies as wanted_policies
from sekisho.store.databases.connecting import driver
from sekisho.store.rls.finding import Finding

NO_PRIVILEGE = "42501"
AGAIN = "sekisho rls --apply で作り直す"


def tables(connection: Any, options: Options) -> list[Finding]:
    """Every protected table is there, with row-level security on and forced."""
    found = []
    for table in protected(options):
        row = connection.execute(
            """
            SELECT c.relrowsecurity, c.relforcerowsecurity
            FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE n.nspname = %s AND c.relname = %s AND c.relkind IN ('r', 'p')
            """,
            [table.schema, table.table],
        ).fetchone()
        if row is None:
            found.append(Finding("table_missing", table.name, "表がない", f"名前を確かめ、{AGAIN}"))
            continue
        is_forced = row[1] or table not in options.tables
        for is_on, code, words in ((row[0], "rls_off", "ENABLE"), (is_forced, "rls_not_forced", "FORCE")):
            if not is_on:
                what = (
                    "行レベルセキュリティが無効" if code == "rls_off" else "表の所有者に行レベルセキュリティが効かない"
                )
                found.append(Finding(code, table.name, what, f"ALTER TABLE {table.name} {words} ROW LEVEL SECURITY"))
    return found


def functions(connection: Any, options: Options) -> list[Finding]:
    """Every function is there and unchanged, and no other function in their schema."""
    rows = connection.execute(
        """
        SELECT p.proname, p.prosrc, l.lanname, p.prosecdef, p.provolatile, p.proleakproof, p.proconfig,
               pg_get_userbyid(p.proowner), p.prokind, p.pronargs
        FROM pg_proc p JOIN pg_language l ON l.oid = p.prolang
        WHERE p.pronamespace = %s::regnamespace ORDER BY p.proname, p.oid
        """,
        [RLS_SCHEMA],
    ).fetchall()
    standing: dict[str, list[tuple[Any, ...]]] = {}
    for name, *rest in rows:
        rest[5] = sorted(rest[5] or ())
        standing.setdefault(name, []).append(tuple(rest))
    found = []
    wanted = {function.name: function for function in wanted_functions(options)}
    for name, function in wanted.items():
        settings = sorted(f"{name}={value}" for name, value in function.settings.items())
        expected = (function.body, "plpgsql", True, "s", False, settings, OWNER, "f", len(function.inputs))
        there = standing.get(name, [])
        if not there:
            found.append(Finding("function_missing", f"{RLS_SCHEMA}.{name}", "関数がない", AGAIN))
        elif expected not in there:
            found.append(Finding("function_changed", f"{RLS_SCHEMA}.{name}", "関数が書き換えられている", AGAIN))
        elif len(there) > 1:
            found.append(Finding("function_foreign", f"{RLS_SCHEMA}.{name}", "同名の別の関数がある", AGAIN))
    found += [
        Finding("function_foreign", f"{RLS_SCHEMA}.{name}", "Sekisho の作ったものでない関数がある", AGAIN)
        for name in standing
        if name not in wanted
    ]
    return found


def policies(connection: Any, options: Options) -> list[Finding]:
    """Every policy is there and unchanged, and no other policy lets anybody see more."""
    found = []
    wanted = wanted_policies(options)
    for table in protected(options):
        rows = connection.execute(
            """
            SELECT p.polname, p.polpermissive, p.polcmd::text,
                   ARRAY(SELECT CASE r WHEN 0 THEN 'PUBLIC' ELSE pg_get_userbyid(r)::text END
                         FROM unnest(p.polroles) r ORDER BY 1),
                   pg_get_expr(p.polqual, p.polrelid), pg_get_expr(p.polwithcheck, p.polrelid)
            FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE n.nspname = %s AND c.relname = %s ORDER BY 1
            """,
            [table.schema, table.table],
        ).fetchall()
        standing = {row[0]: row for row in rows}
        ours = {policy.name: policy for policy in wanted if policy.on == table.name}
        for name, policy in ours.items():
            row = standing.get(name)
            where = f"{name} ({table.name})"
            if row is None:
                found.append(Finding("policy_missing", where, "ポリシーがない", AGAIN))
                continue
            expected = _as_kept(connection, policy)
            if expected is None or (True, expected[0], sorted(policy.roles), *expected[1:]) != tuple(row[1:]):
                found.append(Finding("policy_changed", where, "ポリシーが書き換えられている", AGAIN))
        for name, row in standing.items():
            if name not in ours and row[1]:
                remedy = f"DROP POLICY {ident(name)} ON {table.name}"
                found.append(Finding("policy_foreign", f"{name} ({table.name})", "別のポリシーが行を見せる", remedy))
    return found


def _as_kept(connection: Any, policy: Policy) -> tuple[str, str | None, str | None] | None:
    """Command, USING and WITH CHECK as this server writes them back: made for a moment on an empty temporary table of
    the same form, since every version writes them in its own way. None when they cannot be made here."""
    probe = Policy(policy.name, "pg_temp", policy.table, policy.command, (ASKING,), policy.using, policy.writes)
    try:
        with connection.transaction(force_rollback=True):
            connection.execute(f"CREATE TEMP TABLE {ident(policy.table)} (LIKE {policy.on})")
            connection.execute(probe.create())
            row = connection.execute(
                "SELECT polcmd::text, pg_get_expr(polqual, polrelid), pg_get_expr(polwithcheck, polrelid)"
                " FROM pg_policy WHERE polname = %s AND polrelid = %s::regclass",
                [probe.name, probe.on],
            ).fetchone()
            return (row[0], row[1], row[2]) if row else None
    except driver().errors.SyntaxErrorOrAccessRuleViolation as error:
        if error.sqlstate == NO_PRIVILEGE:
            raise
        return None  # a table, column or function that it names is not there: that is told already
