"""A load killed at any moment, on either database: the load before it or the new one is in force, whole."""

import os
import signal
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from tests.registry.small import write
from tests.store.looking import AFTER, policy_numbers

from sekisho.store import Workspace

KILLED = """
import os, signal, sys
from sekisho.store import Workspace, loads
from sekisho.store.databases import postgres, sqlite

def die(*_, **__):
    os.kill(os.getpid(), signal.SIGKILL)

moment = sys.argv[3]
if moment == "while Parquet is written":
    plain = loads.pq.write_table
    written = []
    def write_table(*a, **k):
        plain(*a, **k)
        written.append(1)
        if len(written) == 5:
            die()
    loads.pq.write_table = write_table
elif moment == "before Parquet gets its name":
    loads.Path.rename = die
elif moment == "before the tables are replaced":
    for writer in (sqlite.SqliteWriter, postgres.PostgresWriter):
        writer.replace = die
elif moment == "while the tables are replaced":
    for module, name in ((sqlite, "_fill"), (postgres, "_replace")):
        def replace(con, table, data, plain=getattr(module, name)):
            plain(con, table, data)
            if table.name == "policies":
                die()
        setattr(module, name, replace)
elif moment == "before the commit":
    for writer in (sqlite.SqliteWriter, postgres.PostgresWriter):
        def replace(self, tables, load, plain=writer.replace):
            plain(self, tables, load)
            die()
        writer.replace = replace
elif moment == "after the commit":
    loads.prune = die
Workspace.open(sys.argv[1]).load(sys.argv[2])
"""


@pytest.mark.parametrize(
    ("moment", "policy_count"),
    [
        ("while Parquet is written", 2),
        ("before Parquet gets its name", 2),
        ("before the tables are replaced", 2),
        ("while the tables are replaced", 2),
        ("before the commit", 2),
        ("after the commit", 3),
    ],
)
def test_killed_at_any_moment_one_load_is_in_force(
    workspace: Workspace, tables: Path, moment: str, policy_count: int
) -> None:
    first = workspace.load(tables)
    write(tables, policies=AFTER)
    ended = subprocess.run(
        [sys.executable, "-c", KILLED, str(workspace.folder), str(tables), moment],
        env={**os.environ, "SEKISHO_NOW": "2026-04-02T09:00:00+09:00"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert ended.returncode == -signal.SIGKILL, ended.stderr
    assert [len(numbers) for numbers in policy_numbers(workspace)] == [policy_count] * 2
    assert (workspace.current().load_id == first.load_id) == (policy_count == 2)
    # The next load works and sweeps up what was left behind.
    assert workspace.load(tables).ok
    assert [len(numbers) for numbers in policy_numbers(workspace)] == [3, 3]
    with closing(workspace.connect()) as con:
        known = {row[0] for row in con.execute("select load_id from loads").fetchall()}
    assert {p.name for p in (workspace.folder / "loads").iterdir()} == known
