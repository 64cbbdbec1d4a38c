"""The nine items, what goes to the person, and substitutes."""

from sekisho.law.reporting import difficulties, notice_form, notice_items, report_items, substitutes


def test_the_nine_items_in_the_order_of_the_rules() -> None:
    assert [item.number for item in report_items()] == list(range(1, 10))
    assert [item.code for item in report_items()] == [
        "outline",
        "data_items",
        "people",
        "cause",
        "secondary_damage",
        "response",
        "publication",
        "prevention",
        "other",
    ]
    assert all(item.reference == f"施行規則 8条1項{item.number}号" for item in report_items())


def test_the_person_is_told_five_of_them() -> None:
    assert [item.number for item in notice_items()] == [1, 2, 4, 5, 9]
    assert "必要な範囲" in notice_form().scope
    assert len(notice_form().means) == 2


def test_a_notice_may_be_replaced_where_the_contact_is_missing_or_old() -> None:
    assert [substitute.code for substitute in substitutes()] == ["publication", "desk"]
    assert [difficulty.code for difficulty in difficulties()] == ["no_contact", "old_contact"]
