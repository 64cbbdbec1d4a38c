"""Which rows a session gets: the policies of the protected tables."""

from dataclasses import dataclass

from sekisho.entitlement.rls.options import OWNER, POLICY, REGISTRY_SCHEMA, RLS_SCHEMA, Options, Protected, ident

ASKING = ""
"""In place of a role: whoever runs the statement."""
CARRIERS = ("policies", "transfers", "consents")
"""The registry's tables that carry data of policies; all other tables nobody but Sekisho reads."""


@dataclass(frozen=True, slots=True)
class Policy:
    """A policy for one command of SQL, to be read and, where it ``writes``, written by."""

    name: str
    schema: str
    table: str
    command: str
    roles: tuple[str, ...]
    using: str
    writes: bool

    @property
    def on(self) -> str:
        return f"{ident(self.schema)}.{ident(self.table)}"

    def create(self) -> str:
        roles = ", ".join("CURRENT_USER" if role == ASKING else ident(role) for role in self.roles)
        check = f"\nWITH CHECK (\n{self.using}\n)" if self.writes else ""
        return f"CREATE POLICY {self.name} ON {self.on} FOR {self.command} TO {roles}\nUSING (\n{self.using}\n){check};"


def policies(options: Options) -> tuple[Policy, ...]:
    """All policies that there shall be, and no others may be, on the protected tables."""
    found = []
    for table in CARRIERS:
        shown = _POLICIES if table == "policies" else _as_its_policy(table, "insurer_id", "policy_no")
        found += [
            Policy(POLICY, REGISTRY_SCHEMA, table, "SELECT", (options.viewers,), shown, False),
            Policy(f"{POLICY}_functions", REGISTRY_SCHEMA, table, "SELECT", (OWNER,), "  true", False),
        ]
    for own in options.tables:
        shown = _as_its_policy(own.table, own.insurer_column, own.policy_column)
        found.append(Policy(POLICY, own.schema, own.table, "ALL", (options.viewers,), shown, True))
    if options.keepers:
        found += [
            Policy(f"{POLICY}_keepers", table.schema, table.table, "ALL", options.keepers, "  true", True)
            for table in protected(options)
        ]
    return tuple(found)


def protected(options: Options) -> tuple[Protected, ...]:
    """Every table under row-level security."""
    return (*(Protected(REGISTRY_SCHEMA, table) for table in CARRIERS), *options.tables)


def _as_its_policy(table: str, insurer: str, policy: str) -> str:
    """Exactly when the policy is: read with the rights of whoever asks."""
    return (
        f"  EXISTS (SELECT FROM {REGISTRY_SCHEMA}.policies sekisho_seen\n"
        f"          WHERE sekisho_seen.insurer_id = CAST({ident(table)}.{ident(insurer)} AS text)\n"
        f"            AND sekisho_seen.policy_no = CAST({ident(table)}.{ident(policy)} AS text))"
    )


def _reach(what: str) -> str:
    return f"ANY ((SELECT {RLS_SCHEMA}.my_reach('{what}'))::text[])"


_OFFICE = f"COALESCE(CASE WHEN office_id = {_reach('offices')} THEN office_id END, '')"
_PRODUCER = f"COALESCE(CASE WHEN producer_id = {_reach('producers')} THEN producer_id END, '')"
_POLICIES = f"""\
  -- of an insurer as a whole
  (insurer_id = {_reach("insurers")}
   AND (insurer_id, COALESCE(line, ''), {_OFFICE}, {_PRODUCER})
       IN (SELECT in_insurer, in_line, in_office, in_producer FROM {RLS_SCHEMA}.my_insurers()))
  -- of an agency, by class
  OR ((agency_id = {_reach("agencies")} OR working_agency_id = {_reach("agencies")})
   AND (insurer_id, COALESCE(agency_id, ''), COALESCE(working_agency_id, ''), COALESCE(line, ''),
        {_OFFICE}, {_PRODUCER})
       IN (SELECT in_insurer, in_agency, in_working, in_line, in_office, in_producer FROM {RLS_SCHEMA}.my_classes()))
  -- single ones with a history of their own
  OR (policy_no = ANY ((SELECT array_agg(of_policy) FROM {RLS_SCHEMA}.my_policies())::text[])
   AND (insurer_id, policy_no) IN (SELECT of_insurer, of_policy FROM {RLS_SCHEMA}.my_policies()))"""  # noqa: S608
