"""The counting of the expected table, on cases small enough to count by hand."""

from sekisho.demo.planted import CauseCount, ExpectedFinding, Planted, count


def finding(
    cause: str, policy: str, agency: str = "AOBA", recipient: str = "OTSU", *, known: bool = True
) -> ExpectedFinding:
    return ExpectedFinding("mail", cause, "KOU", policy, recipient, agency, "m1", known)


def test_one_record_however_many_recipients_and_mails() -> None:
    assert count([finding("A1", "1"), finding("A1", "1", recipient="TEI"), finding("A1", "2")]) == {
        "A1": CauseCount(agencies=1, records=2)
    }


def test_what_is_both_counts_under_the_agency_only() -> None:
    both = [finding("A1", "1"), finding("A2", "1"), finding("A2", "2"), finding("A2", "1", agency="SAKURA")]
    assert count(both) == {"A1": CauseCount(1, 1), "A2": CauseCount(2, 2)}


def test_other_causes_are_not_set_off() -> None:
    assert count([finding("A1", "1"), finding("B1", "1")]) == {"A1": CauseCount(1, 1), "B1": CauseCount(1, 1)}


def test_unresolved_ones_stand_apart() -> None:
    planted = Planted(findings=[finding("A1", "1"), finding("G2", "2", recipient="?x.example.com", known=False)])
    assert planted.table() == {"A1": CauseCount(1, 1)}
    assert planted.apart() == {"G2": CauseCount(1, 1)}
