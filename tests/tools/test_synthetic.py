"""The synthetic ledger of the bench: a function of the row number alone, with different policy numbers."""

import numpy as np
from bench import synthetic


def test_any_row_can_be_made_again_alone() -> None:
    whole = synthetic.policies(np.arange(5000))
    some = np.array([7, 4999, 1234])
    assert synthetic.policies(some).equals(whole.take(some))
    assert whole.equals(synthetic.policies(np.arange(5000)))


def test_policy_numbers_differ_and_people_recur() -> None:
    table = synthetic.policies(np.arange(50_000))
    assert len(set(table.column("policy_no").to_pylist())) == 50_000
    people = set(zip(table.column("holder_name").to_pylist(), table.column("birth_date").to_pylist(), strict=True))
    assert 0.8 < len(people) / 50_000 < 0.95


def test_batches_are_the_same_ledger() -> None:
    sizes = [table.num_rows for table in synthetic.batches(2500, 1000)]
    assert sizes == [1000, 1000, 500]
    assert next(synthetic.batches(2500, 1000)).equals(synthetic.policies(np.arange(1000)))


def test_records_are_of_the_sending_agency() -> None:
    rows = synthetic.rows_of_sender(10_000, 50)
    assert len(set(rows)) == 50
    assert set(synthetic.policies(np.array(rows)).column("agency_id").to_pylist()) == {"AG0"}
    assert [r.policy_no for r in synthetic.records(rows)] == synthetic.policies(np.array(rows)).column(
        "policy_no"
    ).to_pylist()
