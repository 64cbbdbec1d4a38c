"""Objects of others by which rows could get past row-level security."""

import re
from typing import Any

from sekisho.entitlement.rls.options import RLS_SCHEMA, Options
from sekisho.entitlement.rls.policies import protected
from sekisho.store.rls.finding import Finding

_PROTECTED = """
    protected AS (
      SELECT c.oid FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE n.nspname || '.' || c.relname = ANY (%(tables)s)
    )
"""


def _given(options: Options) -> dict[str, Any]:
    return {"tables": [f"{table.schema}.{table.table}" for table in protected(options)]}


def views(connection: Any, options: Options) -> list[Finding]:
    """Views over protected tables, directly or through other views, are read with the rights of whoever asks; there are
    no materialised ones."""
    rows = connection.execute(
        f"""
        WITH RECURSIVE {_PROTECTED}, over AS (
          SELECT r.ev_class AS oid FROM pg_depend d JOIN pg_rewrite r ON r.oid = d.objid
          WHERE d.classid = 'pg_rewrite'::regclass AND d.refclassid = 'pg_class'::regclass
            AND d.refobjid IN (SELECT oid FROM protected) AND r.ev_class <> d.refobjid
          UNION
          SELECT r.ev_class FROM over o
          JOIN pg_depend d ON d.refobjid = o.oid AND d.refclassid = 'pg_class'::regclass
                          AND d.classid = 'pg_rewrite'::regclass
          JOIN pg_rewrite r ON r.oid = d.objid AND r.ev_class <> o.oid
        )
        SELECT c.oid::regclass::text, c.relkind::text, c.reloptions FROM over JOIN pg_class c USING (oid) ORDER BY 1
        """,  # noqa: S608
        _given(options),
    ).fetchall()
    found = []
    for name, kind, settings in rows:
        if kind == "m":
            found.append(
                Finding("view_stored", name, "実体化ビューは全員に同じ行を見せる", f"DROP MATERIALIZED VIEW {name}")
            )
        elif kind == "v" and not {"security_invoker=true", "security_invoker=on", "security_invoker=1"} & set(
            settings or ()
        ):
            remedy = f"ALTER VIEW {name} SET (security_invoker = true)"
            found.append(Finding("view_definer", name, "ビューが所有者の権限で読む", remedy))
    return found


def relatives(connection: Any, options: Options) -> list[Finding]:
    """Partitions, heirs and ancestors of protected tables are protected too: each is read under its own policies."""
    rows = connection.execute(
        f"""
        WITH {_PROTECTED}
        SELECT DISTINCT c.oid::regclass::text FROM pg_inherits i JOIN protected p ON p.oid IN (i.inhrelid, i.inhparent)
        JOIN pg_class c ON c.oid IN (i.inhrelid, i.inhparent)
        WHERE c.oid NOT IN (SELECT oid FROM protected) ORDER BY 1
        """,  # noqa: S608
        _given(options),
    ).fetchall()
    return [
        Finding("table_relative", name, "保護された表の区分または親の表で、別に読める", "--table で名を挙げて保護する")
        for (name,) in rows
    ]


def foreign_tables(connection: Any, options: Options) -> list[Finding]:
    """No foreign table leads to a table of such a name: it reads with the rights of its user mapping."""
    rows = connection.execute(
        """
        SELECT f.ftrelid::regclass::text, o.option_value FROM pg_foreign_table f, pg_options_to_table(f.ftoptions) o
        WHERE o.option_name = 'table_name' ORDER BY 1
        """
    ).fetchall()
    names = {table.table for table in protected(options)}
    return [
        Finding("table_foreign", name, f"外部表が {target} という表を別の権限で読む", f"DROP FOREIGN TABLE {name}")
        for name, target in rows
        if target in names
    ]


def publications(connection: Any, options: Options) -> list[Finding]:
    """No publication sends rows elsewhere: what is sent is not asked of the policies."""
    rows = connection.execute(
        "SELECT DISTINCT pubname::text, format('%%I.%%I', schemaname, tablename) FROM pg_publication_tables"
        " WHERE schemaname || '.' || tablename = ANY (%(tables)s) ORDER BY 1, 2",
        _given(options),
    ).fetchall()
    return [
        Finding("publication", name, f"{table} の全行を複製先へ送る", f"ALTER PUBLICATION {name} DROP TABLE {table}")
        for name, table in rows
    ]


def definer_functions(connection: Any, options: Options) -> list[Finding]:
    """No function of others reads protected tables with its owner's rights."""
    rows = connection.execute(
        """
        SELECT p.oid::regprocedure::text, p.prosrc || COALESCE(pg_get_function_sqlbody(p.oid), '')
        FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
        WHERE p.prosecdef AND n.nspname NOT IN ('pg_catalog', 'information_schema', %s) ORDER BY 1
        """,
        [RLS_SCHEMA],
    ).fetchall()
    names = "|".join(re.escape(table.table) for table in protected(options))
    return [
        Finding(
            "function_definer",
            name,
            "保護された表を所有者の権限で読む関数の疑い",
            f"読む必要がなければ ALTER FUNCTION {name} SECURITY INVOKER",
        )
        for name, body in rows
        if re.search(rf"\b({names})\b", body, re.IGNORECASE)
    ]


def leakproof_functions(connection: Any, options: Options) -> list[Finding]:
    """No function of others may run before the policies because it is declared to leak nothing."""
    rows = connection.execute(
        """
        SELECT p.oid::regprocedure::text FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
        WHERE p.proleakproof AND n.nspname NOT IN ('pg_catalog', 'information_schema', %s) ORDER BY 1
        """,
        [RLS_SCHEMA],
    ).fetchall()
    return [
        Finding(
            "function_leakproof",
            name,
            "LEAKPROOF と宣言され、行の判定より先に動く",
            f"ALTER FUNCTION {name} NOT LEAKPROOF",
        )
        for (name,) in rows
    ]
