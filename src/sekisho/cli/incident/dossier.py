"""Everything about one incident, gathered from the records and the registry: what documents are made of."""

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

import pyarrow as pa

from sekisho.incidents.by_hand import table_by_hand
from sekisho.incidents.counting.persons import Persons, persons_of
from sekisho.incidents.model import Dossier
from sekisho.incidents.table import disclosure_table
from sekisho.kernel.clock import today
from sekisho.registry.registry import Registry
from sekisho.store.workspace import Workspace

if TYPE_CHECKING:
    from sekisho.store.records.records import Records


def loaded_registry(workspace: Workspace) -> Registry | None:
    """The registry in force; None when nothing was loaded yet (an incident by hand needs none)."""
    return workspace.registry() if workspace.database.current() else None


def persons(kept: "Records", findings: pa.Table, registry: Registry | None) -> Persons:
    """Who is behind the policies of findings, with what was decided about doubtful pairs."""
    return persons_of(findings, registry, kept.decisions(), secret=kept.workspace.persons_key())


def dossier(kept: "Records", number: int, as_of: date | None = None, registry: Registry | None = None) -> Dossier:
    """The incident with its figures as of a day (today, unless told)."""
    day = as_of or today()
    known = registry or loaded_registry(kept.workspace)
    settings = kept.workspace.settings()
    incident, findings = kept.incident(number), kept.findings(number)
    names = known.party_names() if known else {}
    company = settings.company
    return Dossier(
        incident=incident,
        company=company if company.name else replace(company, name=names.get(incident.own_party, incident.own_party)),
        desk=settings.desk,
        as_of=day,
        table=table_by_hand(incident.by_hand, day)
        if incident.by_hand
        else disclosure_table(findings, as_of=day, persons=persons(kept, findings, known)),
        findings=findings,
        names=names,
        events=tuple(kept.events(number)),
        reasons=tuple(kept.reasons(number)),
        measures=tuple(kept.measures(number)),
        tasks=tuple(kept.tasks(number)),
        statements=tuple(kept.statements(number)),
    )
