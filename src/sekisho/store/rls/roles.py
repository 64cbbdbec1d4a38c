"""Roles whose sessions would not be held by row-level security, or could lift it."""

from typing import Any

from sekisho.entitlement.rls.options import OWNER, Options
from sekisho.entitlement.rls.policies import protected
from sekisho.store.rls.finding import Finding

_POWERFUL = (
    "pg_read_all_data",
    "pg_write_all_data",
    "pg_read_server_files",
    "pg_write_server_files",
    "pg_execute_server_program",
    "pg_read_all_stats",
    "pg_monitor",
)
"""Roles of PostgreSQL whose members can read rows, files or others' statements."""
_ATTRIBUTES = (
    ("rolsuper", "SUPERUSER"),
    ("rolbypassrls", "BYPASSRLS"),
    ("rolcreaterole", "CREATEROLE"),
    ("rolreplication", "REPLICATION"),
)
MEMBERS = """
    WITH RECURSIVE reader AS (
      SELECT oid FROM pg_roles WHERE rolname = ANY (%(readers)s)
      UNION
      SELECT m.member FROM pg_auth_members m JOIN reader r ON r.oid = m.roleid
    ), belongs AS (
      SELECT oid AS member, oid AS to_role FROM reader
      UNION
      SELECT b.member, m.roleid FROM pg_auth_members m JOIN belongs b ON b.to_role = m.member
    )
"""
"""``reader``: the viewers' role, the application roles and all their members; ``belongs``: what they are members of."""


def readers(options: Options) -> dict[str, list[str]]:
    return {"readers": [options.viewers, *options.application_roles]}


def own_roles(connection: Any, options: Options) -> list[Finding]:
    """The roles of ours exist, cannot log in, and nobody is a member of the functions' owner."""
    rows = connection.execute(
        "SELECT rolname, rolcanlogin, rolsuper OR rolbypassrls OR rolcreaterole OR rolreplication FROM pg_roles"
        " WHERE rolname = ANY (%s)",
        [[OWNER, options.viewers, *options.application_roles, *options.keepers]],
    ).fetchall()
    known = {row[0]: row for row in rows}
    found = [
        Finding("role_missing", role, "ロールがない", "ロールを作るか、オプションから外して sekisho rls --apply")
        for role in (OWNER, options.viewers, *options.application_roles, *options.keepers)
        if role not in known
    ]
    if OWNER in known and (known[OWNER][1] or known[OWNER][2]):
        remedy = f"ALTER ROLE {OWNER} NOLOGIN NOSUPERUSER NOBYPASSRLS NOCREATEROLE NOREPLICATION"
        found.append(Finding("role_powerful", OWNER, "関数の所有者がログインできるか、強い属性を持つ", remedy))
    members = connection.execute(
        "SELECT pg_get_userbyid(m.member)::text FROM pg_auth_members m JOIN pg_roles r ON r.oid = m.roleid"
        # the owner of the registry's tables sees all of them anyway; who made a role may grant it to himself
        " WHERE r.rolname = %s AND m.member <> (SELECT relowner FROM pg_class WHERE oid = 'sekisho.policies'::regclass)"
        " ORDER BY 1",
        [OWNER],
    ).fetchall()
    found += [
        Finding("role_member", member, f"{OWNER} のメンバーで、すべての行を読める", f"REVOKE {OWNER} FROM {member}")
        for (member,) in members
    ]
    return found


def powerful_members(connection: Any, options: Options) -> list[Finding]:
    """No role that reads rows passes by row-level security, by attribute or by membership."""
    columns = ", ".join(f"r.{column}" for column, _ in _ATTRIBUTES)
    rows = connection.execute(
        f"{MEMBERS} SELECT r.rolname::text, {columns} FROM pg_roles r JOIN reader USING (oid) ORDER BY 1",  # noqa: S608
        readers(options),
    ).fetchall()
    found = []
    for name, *has in rows:
        for (_, attribute), held in zip(_ATTRIBUTES, has, strict=True):
            if held:
                remedy = f"ALTER ROLE {name} NO{attribute}"
                found.append(Finding("role_powerful", name, f"{attribute} を持ち、保護の外にいる", remedy))
    rows = connection.execute(
        f"""{MEMBERS}
        SELECT DISTINCT m.rolname::text, g.rolname::text
        FROM belongs b JOIN pg_roles m ON m.oid = b.member JOIN pg_roles g ON g.oid = b.to_role
        WHERE g.rolname = ANY (%(powerful)s) ORDER BY 1, 2""",  # noqa: S608
        {**readers(options), "powerful": [*_POWERFUL, *options.keepers]},
    ).fetchall()
    found += [
        Finding("role_powerful", member, f"{group} のメンバーで、保護の外を読める", f"REVOKE {group} FROM {member}")
        for member, group in rows
    ]
    return found


def owning_members(connection: Any, options: Options) -> list[Finding]:
    """No role that reads rows is, or may become, the owner of a protected table: owners can lift the protection."""
    rows = connection.execute(
        f"""{MEMBERS}
        SELECT DISTINCT m.rolname::text, g.rolname::text, format('%%I.%%I', n.nspname, c.relname)
        FROM belongs b JOIN pg_roles m ON m.oid = b.member JOIN pg_roles g ON g.oid = b.to_role
        JOIN pg_class c ON c.relowner = b.to_role AND c.relkind IN ('r', 'p')
        JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname || '.' || c.relname = ANY (%(tables)s) ORDER BY 1, 2, 3""",  # noqa: S608
        {**readers(options), "tables": [f"{table.schema}.{table.table}" for table in protected(options)]},
    ).fetchall()
    return [
        Finding(
            "role_owns",
            member,
            f"{table} を所有する {owner} として、保護を外せる",
            "所有者とアプリケーションのロールを分ける",
        )
        for member, owner, table in rows
    ]


def preset_viewers(connection: Any, options: Options) -> list[Finding]:
    """No role or database starts its sessions as somebody."""
    rows = connection.execute(
        """
        SELECT COALESCE(pg_get_userbyid(NULLIF(s.setrole, 0))::text, 'ALL'), setting
        FROM pg_db_role_setting s, unnest(s.setconfig) setting
        WHERE setting LIKE 'sekisho.viewer=%'
          AND (s.setdatabase = 0 OR s.setdatabase = (SELECT oid FROM pg_database WHERE datname = current_database()))
        """
    ).fetchall()
    return [
        Finding(
            "viewer_preset",
            role,
            "sekisho.viewer が初めから決まっている",
            f"ALTER ROLE {role} RESET sekisho.viewer (または ALTER DATABASE)",
        )
        for role, _ in rows
        if options.application_roles
    ]
