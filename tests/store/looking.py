"""What a workspace holds, as the store's tests see it."""

from contextlib import closing

from tests.registry.small import TABLES as SMALL

from sekisho.store import Workspace

AFTER = SMALL["policies"] + "KA-0003,KOU,AOBA,nonlife,鈴木,,\n"
"""The policies, and one more."""


def policy_numbers(workspace: Workspace) -> tuple[list[str], list[str]]:
    """What the database and what Parquet hold."""
    with closing(workspace.connect()) as con:
        stored = [row[0] for row in con.execute("select policy_no from policies order by 1").fetchall()]
    return stored, workspace.registry().tables["policies"]["policy_no"].to_pylist()
