"""What decides the result of reading a message, as digests: a journal made under other ones does not fit.

What only the rule reads (appointments, people, addresses, who handles a policy) is not among them: judging is done
anew each time.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

import sekisho
from sekisho.disclosures.mail.worker import HANG_SECONDS, MATCH_SECONDS, WORKER_BYTES
from sekisho.matching.index.match_index import MatchIndex
from sekisho.registry.registry import Registry, version_of
from sekisho.sources.files.limits import Limits

_READING = ("kernel", "law/items.py", "law/parameters/items.yaml", "sources", "matching", "disclosures/mail/worker.py")
"""The sources, code and word lists, that reading and matching is made of."""

_FOR_THE_RULE = ("agency_id", "working_agency_id", "producer_id", "office_id", "line", "source")
"""Columns of the policies that matching does not read."""


def facts_of(
    registry: Registry, prebuilt: MatchIndex | None, patterns: Mapping[str, Sequence[str]] | None = None
) -> dict[str, str]:
    """Words for the user → digest. ``prebuilt``: an index used in place of the registry's policies; ``patterns``: those
    of policy numbers given by the user."""
    if prebuilt is None:
        policies = registry.tables["policies"]
        read = [name for name in policies.column_names if name not in _FOR_THE_RULE]
        ledger = version_of({"policies": policies.select(read)})
    else:
        generation = prebuilt.folder.name if prebuilt.folder else ""
        ledger = f"index {prebuilt.index_id} {generation} {prebuilt.rows}"
    limits = (Limits(), WORKER_BYTES, MATCH_SECONDS, HANG_SECONDS)
    return {
        "the policies (or the index of them)": ledger,
        "the names of the insurers": _digest(json.dumps(sorted(registry.insurer_names().items()))),
        "the patterns of policy numbers": _digest(json.dumps(sorted((patterns or {}).items()))),
        "the limits of reading": _digest(repr(limits)),
        "a version of Sekisho": program(),
    }


@cache
def program() -> str:
    """Of the version and the content of all that takes part in reading."""
    package = Path(sekisho.__file__).parent
    digest = hashlib.sha256(sekisho.__version__.encode())
    for part in _READING:
        under = package / part
        for path in [under] if under.is_file() else sorted(under.rglob("*")):
            if path.suffix in {".py", ".yaml", ".tsv"} and "__pycache__" not in path.parts:
                digest.update(f"{path.relative_to(package)}\0".encode())
                digest.update(path.read_bytes())
    return digest.hexdigest()


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
