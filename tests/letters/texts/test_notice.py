"""The public notice: the agencies that the customers know, what the letters would have said, safe and readable HTML."""

from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from sekisho.incidents.model import Reason
from sekisho.incidents.sender import Desk
from sekisho.kernel.errors import InputError
from sekisho.letters.addressing.recipients import gathered
from sekisho.letters.model import Held, HeldBack
from sekisho.letters.sending.status import Sent
from sekisho.letters.texts.notice import Agency, Handled, handling_agencies, notice, to_publish
from sekisho.letters.texts.notice_pages import as_html, as_text
from sekisho.registry.registry import Registry
from tests.letters.addressing.test_recipients import WHO, changed, findings, persons
from tests.letters.cast import AS_OF, DESK, dossier

AOBA = Agency("AOBA", "青葉保険サービス株式会社", "")


def test_the_agency_is_the_one_that_the_customer_knows(registry: Registry) -> None:
    found = findings(
        {"policy": "KOU:KA22345678", "agency": "MIDORI"},
        {"policy": "KOU:XX1", "agency": "SAKURA", "items": "premium"},
        {"policy": "KOU:XX2", "agency": ""},
        {"policy": "KOU:KA12345678", "agency": "MIDORI", "items": "birth_date"},
    )
    unreached = ["takahashi", "KOU/XX1", "KOU/XX2"]
    handled = handling_agencies(found, registry, persons(WHO), unreached)
    assert [agency.agency_id for agency in handled.agencies] == ["SAKURA", "AOBA"]  # by name
    assert handled.unplaced_count == 1
    assert handled.items == ("policy_no", "holder_name", "premium")


def test_everybody_held_back_is_covered_by_an_agency_or_told_apart(registry: Registry) -> None:
    found = findings({"policy": "KOU:KA22345678"}, {"policy": "OTSU:OT-9000001"}, {"policy": ":Z1", "agency": "MIDORI"})
    ledger = changed(registry, "KOU:KA22345678", address=None)
    with gathered(found, ledger, persons(WHO), insurer_ids=["KOU"]) as mailing:
        unreached = [held.person for held in mailing.held]
    handled = handling_agencies(found, ledger, persons(WHO), unreached, insurer_ids=["KOU"])
    assert [agency.agency_id for agency in handled.agencies] == ["MIDORI", "AOBA"]
    assert handled.unplaced_count == 0


def test_who_is_told_by_publication() -> None:
    held = [HeldBack(reason.value, reason, "") for reason in Held]
    letters = [Sent("1", "a", state="returned", reason="moved"), Sent("2", "b", state="returned", reason="refused")]
    letters += [Sent("3", "c", state="substituted", reason="unknown"), Sent("4", "d", state="delivered")]
    assert to_publish(held, letters) == {"unknown_policy", "no_name", "no_address", "no_postal_code", "a", "c"}


def test_what_was_never_decided_names_no_agency(registry: Registry) -> None:
    found = findings({"policy": "KOU:KA22345678", "missing": "unresolved:viewer"})
    assert handling_agencies(found, registry, persons(WHO), ["takahashi"]).agencies == ()
    assert handling_agencies(found, registry, persons(WHO), ["takahashi"], unresolved=True).agencies == (AOBA,)


def made(unplaced_count: int = 0, **how: object):
    handled = Handled((AOBA,), unplaced_count, ("policy_no",))
    return notice(dossier(), handled, published_on=AS_OF, **how)  # type: ignore[arg-type]


def test_it_says_what_the_letter_would_have_said() -> None:
    text = as_text(made(unplaced_count=1))
    order = """2024年8月30日|甲損害保険株式会社|1. 概要|複数の保険会社の保険を取り扱う代理店|証券番号|3. 原因
        誤認しておりました|4. 二次被害|1. 青葉保険サービス株式会社|特定できていないお客さま|6. お客さまへのお願い
        電話番号: 0120-000-0000|受付時間: 9:00|以上"""
    places = [text.index(words.strip()) for line in order.splitlines() for words in line.split("|")]
    assert places == sorted(places)


def test_the_public_is_told_of_scopes_in_general() -> None:
    scope = dossier(reasons=(Reason("設定の誤りです。"),))
    text = as_text(notice(scope, Handled((AOBA,), 0, ()), published_on=AS_OF, causes=["C1"]))
    assert "参照できる状態になっておりました" in text
    assert "実際に参照された" not in text


def test_what_we_received_of_others_is_not_ours_to_publish() -> None:
    both = replace(dossier().incident, causes=("A3", "A1"))
    text = as_text(notice(dossier(incident=both), Handled((AOBA,), 0, ()), published_on=AS_OF))
    assert "複数の保険会社の保険を取り扱う代理店" in text


def test_without_a_way_to_ask_it_is_not_published() -> None:
    with pytest.raises(InputError, match="受付時間"):
        notice(dossier(desk=Desk(phone="0120-000-0000")), Handled((AOBA,), 0, ()), published_on=AS_OF)


def test_nobody_to_tell_no_notice() -> None:
    with pytest.raises(InputError, match="nobody who must be told"):
        notice(dossier(), Handled((), 0, ()), published_on=AS_OF)


class Page(HTMLParser):
    """Tags in order, and the text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


def test_the_page_can_be_read_aloud() -> None:
    page = Page(as_html(made()))
    tags = [tag for tag, _ in page.tags]
    assert dict(page.tags)["html"] == {"lang": "ja"}
    assert tags.count("h1") == 1
    assert tags.index("h1") < tags.index("h2")
    assert {"title", "main", "table", "caption", "dl"} <= set(tags)
    assert [about.get("scope") for tag, about in page.tags if tag == "th"] == ["col", "col", "row"]
    assert not {"script", "img", "iframe", "link"} & set(tags)
    assert [about["href"] for tag, about in page.tags if tag == "a"] == ["tel:01200000000"]


def test_registration_numbers_only_where_there_are_any() -> None:
    listed = notice(dossier(), Handled((AOBA, Agency("M", "みどり", "12-3456")), 0, ()), published_on=AS_OF)
    assert "登録番号" in as_html(listed)
    assert "登録番号" not in as_html(made())


@pytest.mark.parametrize("place", ["agency", "desk", "url", "secondary"])
def test_nothing_that_somebody_entered_becomes_markup(place: str) -> None:
    bad = "<script>alert(1)</script>\"'&"
    incident = replace(dossier().incident, secondary_damage=bad if place == "secondary" else "ありません。")
    desk = replace(DESK, name=bad if place == "desk" else "窓口", url="javascript:alert(1)" if place == "url" else "")
    agency = Agency("X", bad if place == "agency" else "青葉", bad if place == "agency" else "")
    html = as_html(notice(dossier(incident=incident, desk=desk), Handled((agency,), 0, ()), published_on=AS_OF))
    page = Page(html)
    assert "script" not in [tag for tag, _ in page.tags]
    assert all("javascript" not in (about.get("href") or "") for _, about in page.tags)
    assert bad in page.text or place == "url"


def test_the_desks_own_page_is_a_link() -> None:
    desk = replace(DESK, url="https://kou.example.jp/notice?a=1&b=2")
    html = as_html(notice(dossier(desk=desk), Handled((AOBA,), 0, ()), published_on=AS_OF))
    assert '<a href="https://kou.example.jp/notice?a=1&amp;b=2">' in html


def test_a_users_own_texts(tmp_path: Path) -> None:
    own = tmp_path / "notice.yaml"
    own.write_text("title: お知らせ\nheadings: {agencies: 代理店}\n", encoding="utf-8")
    text = as_text(made(texts=own))
    assert "\nお知らせ\n" in text
    assert "\n代理店\n" in text
    assert "1. 概要" in text


@pytest.mark.parametrize(
    "text", ["[", "titel: x", "headings: {outlines: x}", "title: [x]", "lead: [1]", "headings: {outline: 3}", "3"]
)
def test_texts_of_another_shape_are_refused(tmp_path: Path, text: str) -> None:
    own = tmp_path / "notice.yaml"
    own.write_text(text, encoding="utf-8")
    with pytest.raises(InputError):
        made(texts=own)
