"""One database with the world of the decision cases under row-level security."""

from collections.abc import Iterator

import pytest

from sekisho.entitlement.rls.options import VIEWERS, Options
from tests.entitlement.rls.server import APPLICATION, Database, database
from tests.entitlement.test_cases import load_world


@pytest.fixture(scope="session", params=[None, ""], ids=["all items of a row", "holding at all"])
def empty(postgres: str, request: pytest.FixtureRequest) -> Iterator[Database]:
    """Protected tables for worlds that a test fills in; sessions of an application say for whom they ask."""
    with database(postgres, "sekisho_rls_worlds") as made:
        made.protect(Options.made(request.param, application_roles=(APPLICATION,)))
        made.role(APPLICATION, [VIEWERS])
        yield made


@pytest.fixture(scope="session")
def cases(postgres: str) -> Iterator[Database]:
    """The world of ``tests/cases/entitlement``, protected; nobody writes to it."""
    with database(postgres, "sekisho_rls_cases") as made:
        made.protect(Options.made(application_roles=(APPLICATION,)))
        made.role(APPLICATION, [VIEWERS])
        made.fill(load_world())
        yield made
