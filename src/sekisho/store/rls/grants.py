"""Rights that are wider than what was given."""

from typing import Any

from sekisho.entitlement.rls.functions import functions
from sekisho.entitlement.rls.options import OWNER, REGISTRY_SCHEMA, RLS_SCHEMA, Options
from sekisho.entitlement.rls.policies import CARRIERS
from sekisho.store.rls.finding import Finding
from sekisho.store.rls.roles import MEMBERS, readers

_PAST_RLS = ("TRUNCATE", "REFERENCES", "TRIGGER")
"""Rights on a table that row-level security does not hold."""


def on_schemas(connection: Any, options: Options) -> list[Finding]:
    """In both schemas only owners make objects and only roles of ours look up names; viewers call the functions."""
    rows = connection.execute(
        """
        SELECT n.nspname::text, COALESCE(r.rolname, 'PUBLIC')::text, a.privilege_type
        FROM pg_namespace n, aclexplode(COALESCE(n.nspacl, acldefault('n', n.nspowner))) a
        LEFT JOIN pg_roles r ON r.oid = a.grantee
        WHERE n.nspname = ANY (%s) AND a.grantee <> n.nspowner ORDER BY 1, 2, 3
        """,
        [[REGISTRY_SCHEMA, RLS_SCHEMA]],
    ).fetchall()
    known = {OWNER, options.viewers, *options.keepers}
    found = [
        Finding("grant_wide", schema, f"{role} に {right} がある", f"REVOKE {right} ON SCHEMA {schema} FROM {role}")
        for schema, role, right in rows
        if right == "CREATE" or role not in known
    ]
    callers = {function.name: {options.viewers} if function.for_viewers else set() for function in functions(options)}
    rows = connection.execute(
        """
        SELECT p.proname::text, COALESCE(r.rolname, 'PUBLIC')::text
        FROM pg_proc p, aclexplode(COALESCE(p.proacl, acldefault('f', p.proowner))) a
        LEFT JOIN pg_roles r ON r.oid = a.grantee
        WHERE p.pronamespace = %s::regnamespace AND a.grantee <> p.proowner ORDER BY 1, 2
        """,
        [RLS_SCHEMA],
    ).fetchall()
    found += [
        Finding(
            "grant_wide",
            f"{RLS_SCHEMA}.{name}",
            f"{role} が実行できる",
            f"REVOKE EXECUTE ON ALL ROUTINES IN SCHEMA {RLS_SCHEMA} FROM {role}; sekisho rls --apply",
        )
        for name, role in rows
        if name in callers and role not in callers[name]
    ]
    return found


def on_registry(connection: Any, options: Options) -> list[Finding]:
    """Viewers only read, and only the tables that carry data of policies; the functions' owner only reads."""
    rows = connection.execute(
        """
        SELECT c.relname::text, COALESCE(r.rolname, 'PUBLIC')::text, a.privilege_type
        FROM pg_class c
        CROSS JOIN LATERAL (
          SELECT x.* FROM aclexplode(c.relacl) x
          UNION ALL
          SELECT x.* FROM pg_attribute t, aclexplode(t.attacl) x WHERE t.attrelid = c.oid
        ) a
        LEFT JOIN pg_roles r ON r.oid = a.grantee
        WHERE c.relnamespace = %s::regnamespace AND a.grantee <> c.relowner
        GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
        """,
        [REGISTRY_SCHEMA],
    ).fetchall()
    found = []
    for table, role, right in rows:
        may = right == "SELECT" and (role == OWNER or (role == options.viewers and table in CARRIERS))
        if not may and role not in options.keepers:
            name = f"{REGISTRY_SCHEMA}.{table}"
            found.append(
                Finding("grant_wide", name, f"{role} に {right} がある", f"REVOKE {right} ON {name} FROM {role}")
            )
    return found


def on_other_tables(connection: Any, options: Options) -> list[Finding]:
    """On the tables of other schemas PUBLIC has nothing, and nobody who reads has what passes by the policies."""
    found = []
    for table in options.tables:
        rows = connection.execute(
            f"""{MEMBERS}
            SELECT DISTINCT COALESCE(r.rolname, 'PUBLIC')::text, a.privilege_type
            FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace, aclexplode(c.relacl) a
            LEFT JOIN pg_roles r ON r.oid = a.grantee
            WHERE n.nspname = %(schema)s AND c.relname = %(table)s AND a.grantee <> c.relowner
              AND (a.grantee = 0 OR (a.privilege_type = ANY (%(past)s)
                                     AND a.grantee IN (SELECT to_role FROM belongs UNION SELECT oid FROM reader)))
            ORDER BY 1, 2""",  # noqa: S608
            {**readers(options), "schema": table.schema, "table": table.table, "past": list(_PAST_RLS)},
        ).fetchall()
        found += [
            Finding(
                "grant_wide", table.name, f"{role} に {right} がある", f"REVOKE {right} ON {table.name} FROM {role}"
            )
            for role, right in rows
        ]
    return found


def by_default(connection: Any, options: Options) -> list[Finding]:
    """New tables in the registry's schema are not given to anybody by default."""
    rows = connection.execute(
        """
        SELECT DISTINCT pg_get_userbyid(d.defaclrole)::text, COALESCE(r.rolname, 'PUBLIC')::text
        FROM pg_default_acl d, aclexplode(d.defaclacl) a LEFT JOIN pg_roles r ON r.oid = a.grantee
        WHERE d.defaclobjtype = 'r' AND a.grantee <> d.defaclrole
          AND d.defaclnamespace IN (0, %s::regnamespace) ORDER BY 1, 2
        """,
        [REGISTRY_SCHEMA],
    ).fetchall()
    return [
        Finding(
            "grant_default",
            REGISTRY_SCHEMA,
            f"{giver} の作る表が初めから {role} に開かれる",
            f"ALTER DEFAULT PRIVILEGES FOR ROLE {giver} IN SCHEMA {REGISTRY_SCHEMA} REVOKE ALL ON TABLES FROM {role}",
        )
        for giver, role in rows
        if role not in options.keepers
    ]
