"""The functions of schema ``sekisho_rls``: ``functions.sql`` with the rule put in."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import resources

from sekisho.entitlement.rls.options import RLS_SCHEMA, Options, literal
from sekisho.entitlement.rls.queries import columns_of, no_rows, rule_query
from sekisho.registry.schema import LINES

SETTINGS = {
    "search_path": "pg_catalog, pg_temp",  # no name of ours can be shadowed by the session's
    "plan_cache_mode": "force_generic_plan",  # the rule is planned once for a session, not at each call
    "jit": "off",
}
"""What holds while one of our functions runs, whatever the session has set."""

TYPES = f"""\
CREATE TYPE {RLS_SCHEMA}.reached AS (
  my_viewer text, my_system text, my_day date, my_parties text[], my_persons text[],
  my_insurers text[], my_agencies text[], my_offices text[], my_producers text[]
);
CREATE TYPE {RLS_SCHEMA}.candidate AS (
  n bigint, insurer_id text, policy_no text, agency_id text, working_agency_id text, line text, office_id text,
  producer_id text, moved boolean
);"""

_FUNCTION = re.compile(r"((?:^--[^\n]*\n)+)((?:DECLARE|BEGIN)\n.*?^END$)", re.MULTILINE | re.DOTALL)
_SIGNATURE = re.compile(
    r"^-- function (\w+)(\(.*?\))(?:\n--)? *(returns .*?)?; for (owner|viewers)(, planned each time)?\n",
    re.MULTILINE | re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Function:
    """``arguments`` with their brackets; ``called`` the types by which it is named; ``body`` what PostgreSQL keeps as
    its source."""

    name: str
    arguments: str
    returns: str
    says: str
    body: str
    for_viewers: bool
    planned_once: bool

    @property
    def inputs(self) -> tuple[str, ...]:
        """The types of its arguments."""
        given = (words.split() for words in self.arguments.strip("()").split(","))
        return tuple(words[-1] for words in given if words and words[0] != "OUT")

    @property
    def settings(self) -> Mapping[str, str]:
        """What holds while it runs, whatever the session has set."""
        return SETTINGS if self.planned_once else {**SETTINGS, "plan_cache_mode": "force_custom_plan"}

    @property
    def called(self) -> str:
        return f"{RLS_SCHEMA}.{self.name}({', '.join(self.inputs)})"

    def create(self) -> str:
        """The statement that makes it."""
        settings = " ".join(f"SET {name} = {value}" for name, value in self.settings.items())
        return (
            f"{self.says}CREATE FUNCTION {RLS_SCHEMA}.{self.name}{self.arguments} {self.returns}\n"
            f"LANGUAGE plpgsql STABLE PARALLEL RESTRICTED SECURITY DEFINER {settings}\n"
            f"AS $sekisho${self.body}$sekisho$;"
        )


def functions(options: Options) -> tuple[Function, ...]:
    """All functions, each after those that it calls."""
    text = resources.files("sekisho.entitlement.rls").joinpath("functions.sql").read_text(encoding="utf-8")
    found = []
    for header, body in _FUNCTION.findall(text):
        signature = _SIGNATURE.search(header)
        if signature is None:
            raise ValueError(f"functions.sql: a body without signature after {header[:60]!r}")
        name, arguments, returns, who, anew = (re.sub(r"\s*\n--\s*", " ", part or "") for part in signature.groups())
        says = _filled(_SIGNATURE.sub("", header), options)
        source = f"\n#variable_conflict use_column\n{_filled(body, options)}\n"
        found.append(Function(name, arguments, returns, says, source, who == "viewers", not anew))
    return tuple(found)


def _filled(text: str, options: Options) -> str:
    texts = {
        "system": options.system,
        "system_literal": literal(options.system),
        "application_roles": ", ".join(literal(role) for role in options.application_roles),
        "lines": ", ".join(f"({literal(line)})" for line in (*LINES, "")),
    }
    for name, value in texts.items():
        text = text.replace(f"@{{{name}}}", value)

    def rule(match: re.Match[str]) -> str:
        query = rule_query(_GIVEN[match[2]](options), match[2])
        return "\n".join(f"{match[1]}{line}" for line in query.splitlines())

    return re.sub(r"^( *)@\{rule (\w+)\}", rule, text, flags=re.MULTILINE)


_ACCOUNTS = f"""
SELECT {columns_of("accounts", "a")}
FROM sekisho.accounts a
WHERE a.account_id = me.my_viewer AND (me.my_system IS NULL OR a.system = me.my_system)
"""  # noqa: S608  (our own names, here and below)
_ONE_ASKED = """
SELECT CAST(0 AS bigint) AS ask_id, me.my_viewer AS viewer, CAST(NULL AS text) AS insurer_id,
       CAST(NULL AS text) AS policy_no, me.my_day AS on_date, CAST(0 AS bigint) AS items, CAST(NULL AS text) AS purpose
"""
_ASKED = """
SELECT c.n AS ask_id, me.my_viewer AS viewer, c.insurer_id, c.policy_no, me.my_day AS on_date,
       CAST({items} AS bigint) AS items, CAST(NULL AS text) AS purpose
FROM candidate c
"""
_POLICIES = f"""
SELECT {columns_of("policies", "p")}
FROM candidate c JOIN sekisho.policies p ON p.insurer_id = c.insurer_id AND p.policy_no = c.policy_no
WHERE NOT of_class
UNION ALL
SELECT c.policy_no, c.insurer_id, c.agency_id, c.working_agency_id, c.producer_id, c.office_id, c.line, NULL
FROM candidate c
WHERE of_class
"""  # noqa: S608


def _of_candidates(table: str) -> str:
    """What a table has about the candidates; nothing about a class."""
    return f"""
SELECT DISTINCT {columns_of(table, "t")}
FROM candidate c JOIN sekisho.{table} t ON t.insurer_id = c.insurer_id AND t.policy_no = c.policy_no
WHERE NOT of_class
"""  # noqa: S608


_GIVEN: Mapping[str, Callable[[Options], Mapping[str, str]]] = {
    "acting": lambda _: {"asked": _ONE_ASKED, "accounts": _ACCOUNTS},
    "answer": lambda options: {
        "candidate": "SELECT * FROM unnest(candidates)",
        "asked": _ASKED.format(items=options.items),
        "extra_policies": no_rows("extra_policies"),
        "accounts": _ACCOUNTS,
        "policies": _POLICIES,
        "transfers": _of_candidates("transfers"),
        "consents": _of_candidates("consents"),
    },
}
"""What is put in place of questions and tables, by the view that is asked for."""
