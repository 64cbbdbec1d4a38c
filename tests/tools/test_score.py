"""Calibration: a finding is right when it was planted, or is of the person whose data was planted."""

from tools.accuracy import score
from tools.accuracy.clean import Clean
from tools.accuracy.score import Calibration, Found, Holders
from tools.accuracy.units import Source
from tools.ledger import make_ledger


def test_findings_are_right_planted_of_the_person_or_wrong() -> None:
    ledger = make_ledger(3000, seed=5)
    unit = next(u for u in iter(lambda: Source(ledger, 1).number("utf-8"), None)).placed(
        "plant-000001", "h", "utf-8", "body"
    )
    person = ledger.parts["surname"] * 10**9 + ledger.parts["given"] * 10**5 + ledger.parts["birth"]
    stranger = next(row for row in range(3000) if person[row] != person[unit.row])
    other = ledger.policy(stranger)
    found = Found()
    for key, confidence in (
        (score.unit_key(unit), "certain"),
        (("plant-000001", other.insurer.insurer_id, score.squeezed(other.policy_no)), "certain"),
        (("mail-000001", other.insurer.insurer_id, score.squeezed(other.policy_no)), "probable"),
        (("neardigit-000001", other.insurer.insurer_id, score.squeezed(other.policy_no)), "possible"),
    ):
        found.best[key] = confidence
        found.rows[key] = {"matched_by": "ledger:holder_name(12)+birth_date(31)"}
    empty = [Clean("mail-000001", "mail", b""), Clean("neardigit-000001", "digit", b"")]
    calibration = Calibration([unit], empty, found, Holders(ledger))
    lines = calibration.table().splitlines()
    assert "| planted + real | certain | 2 | 1 | 0 | 1 | 0.5000 |" in lines[2]
    assert "| planted + real | probable | 1 | 0 | 0 | 1 | 0.0000 |" in lines[3]
    assert "| planted + real | possible | 0 |" in lines[4]
    assert "| with near misses | possible | 1 |" in lines[7]
    assert "FAIL" in lines[2]
    assert "`ledger:holder_name+birth_date`" in calibration.by_evidence()
