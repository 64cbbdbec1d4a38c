"""Whether an incident may be closed: what has not been done yet (REQUIREMENTS B8).

Closing is for people to decide; this says what they would leave open.
"""

from collections.abc import Sequence

from sekisho.incidents.model import Dossier, Measure, Task


def open_points(dossier: Dossier, *, undecided_duties: Sequence[str] = (), open_letters: int = 0) -> list[str]:
    """What stands in the way, in words; empty when nothing does.

    ``undecided_duties``: titles of duties about which nothing was decided; ``open_letters``: letters that are neither
    delivered nor replaced by a substitute notice.
    """
    points = []
    incident = dossier.incident
    if not dossier.reasons:
        points.append("原因分析が登録されていません")
    if not dossier.measures:
        points.append("再発防止策が登録されていません")
    points += [f"再発防止策 {m.number}: {_open_measure(m)}" for m in dossier.measures if _open_measure(m)]
    points += [f"作業 {task.number}: {task.text} が済んでいません" for task in dossier.tasks if _is_open(task)]
    points += [f"「{title}」の要否が判断されていません" for title in undecided_duties]
    if open_letters:
        points.append(f"通知の済んでいない方が {open_letters:,}人います (配達・説明・代替措置のいずれでもない)")
    if not dossier.statements:
        points.append("件数が一度も確定されていません (sekisho incident state)")
    if dossier.findings.num_rows and not incident.secondary_damage:
        points.append("二次被害の有無が記録されていません")
    return points


def _is_open(task: Task) -> bool:
    return task.done_on is None


def _open_measure(measure: Measure) -> str:
    """A planned measure may stay planned, if it is known who does it by when."""
    if measure.done_on is not None or (measure.owner and measure.due):
        return ""
    lacking = [word for word, value in (("担当", measure.owner), ("期限", measure.due)) if not value]
    return f"未実施で、{'と'.join(lacking)}が決まっていません"
