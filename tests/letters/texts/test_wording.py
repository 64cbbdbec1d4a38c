"""The letters' text: five duty items for every cause, facts from the incident only, faults told all at once."""

from dataclasses import replace
from datetime import date
from importlib import resources
from pathlib import Path

import pytest

from sekisho.incidents.model import Reason
from sekisho.incidents.sender import Desk
from sekisho.kernel.errors import InputError
from sekisho.law.causes import causes
from sekisho.letters.texts.wording import columns, form_of, wording
from sekisho.letters.texts.wording_texts import PLACEHOLDER, duty_items, templates
from tests.letters.cast import dossier

DAY = date(2024, 8, 30)
TOLD = [code for code in causes() if code != "A3"]


def everything(*codes: str, **how: object) -> str:
    text = wording(dossier(reasons=(Reason("確認の手順を定めておりませんでした。"),)), codes, written_on=DAY, **how)  # type: ignore[arg-type]
    return "\n".join([text.title, *text.opening, "[表]", *text.closing])


@pytest.mark.parametrize("looked_at", [False, True])
@pytest.mark.parametrize("cause", TOLD)
def test_every_cause_has_a_whole_letter(cause: str, looked_at: bool) -> None:
    text = everything(cause, looked_at=looked_at)
    assert PLACEHOLDER.search(text) is None
    headings = [
        "1. 概要",
        "2. 原因",
        "3. 対象となった",
        "[表]",
        "4. 二次被害",
        "5. 当社の対応",
        "6. お客さまへのお願い",
    ]
    places = [text.index(heading) for heading in headings]
    assert places == sorted(places)
    assert "確認の手順を定めておりませんでした。" in text
    assert "不正に使用された事実は確認されておりません" in text


def test_the_five_duty_items_are_those_of_the_rules() -> None:
    assert list(duty_items().values()) == ["概要", "項目", "原因", "二次被害又はそのおそれ", "その他参考となる事項"]


def test_could_see_and_did_see_are_two_letters() -> None:
    assert form_of("C1") == "C_could"
    assert "実際に参照された記録は確認されておりません" in everything("C2")
    did = everything("C2", looked_at=True)
    assert "実際に参照された記録がございました" in did
    assert "確認されておりません。\n" not in did.split("2. 原因")[0]


def test_the_columns_fit_what_happened() -> None:
    assert columns(["A1"]) == ("関係する代理店", "情報が伝わった先")
    assert columns(["C1"])[1] == "参照できた代理店"
    assert columns(["C1", "C3"], looked_at=True)[1] == "参照した代理店"
    assert columns(["A1", "C1"]) == columns(["A1"])


def test_several_causes_are_told_once_each_with_their_own_reasons() -> None:
    both = dossier(reasons=(Reason("一つ目の原因です。", "A1"), Reason("二つ目の原因です。", "B1")))
    text = wording(both, ["A1", "B1"], written_on=DAY)
    opening = "\n".join(text.opening)
    assert opening.count("1. 概要") == 1
    assert "複数の保険会社の保険を取り扱う代理店" in opening
    assert "出向していた社員" in opening
    assert opening.index("一つ目の原因です。") < opening.index("二つ目の原因です。")
    assert "\n".join(text.closing).count("お手続きはございません") == 1


def test_measures_belong_to_their_cause_and_may_be_none() -> None:
    closing = "\n".join(wording(dossier(), ["A1"], written_on=DAY).closing)
    assert "・代理店に対する研修を実施します。" in closing
    assert "宛先を点検する仕組み" not in closing
    without = "\n".join(wording(dossier(measures=()), ["A1"], written_on=DAY).closing)
    assert "当社の対応" not in without and "5. お客さまへのお願い" in without, "no number is skipped"


def test_the_days_and_sender() -> None:
    text = wording(dossier(), ["A1"], written_on=DAY)
    assert text.date_line == "2024年8月30日"
    assert text.company.name == "甲損害保険株式会社"


def test_facts_that_are_missing_are_named_all_at_once() -> None:
    empty = dossier(reasons=())
    empty = replace(empty, incident=replace(empty.incident, secondary_damage=" "))
    with pytest.raises(InputError) as refused:
        wording(empty, ["A1"], written_on=DAY)
    assert "{reason}, {secondary_damage}" in str(refused.value)
    assert "原因 (事案の原因分析); 二次被害又はそのおそれの有無及びその内容 (事案)" in str(refused.value)


@pytest.mark.parametrize(
    ("desk", "match"),
    [(Desk(), "電話番号"), (Desk(phone="0120-000-0000"), "受付時間")],
)
def test_nobody_is_told_to_call_a_desk_that_is_not_there(desk: Desk, match: str) -> None:
    with pytest.raises(InputError, match=match):
        wording(dossier(desk=desk), ["A1"], written_on=DAY)


def test_other_insurers_customers_are_told_by_their_insurer() -> None:
    with pytest.raises(InputError, match="each tells its own customers"):
        wording(dossier(), ["A1", "A3"], written_on=DAY)


@pytest.mark.parametrize(("codes", "match"), [([], "at least one cause"), (["Z9"], "no wording for Z9")])
def test_no_letter_without_a_known_cause(codes: list[str], match: str) -> None:
    with pytest.raises(InputError, match=match):
        wording(dossier(), codes, written_on=DAY)


# A file of the user's --------------------------------------------------------------------------------------------


def users(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "wording.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_users_file_says_only_what_it_says_otherwise(tmp_path: Path) -> None:
    own = users(tmp_path, '[common]\ntitle = "お詫び"\n[forms.A1]\noutline = "{known_on}に判明しました。"\n')
    text = wording(dossier(), ["A1"], written_on=DAY, known=templates(own))
    assert text.title == "お詫び"
    assert "2024年5月23日に判明しました。" in text.opening
    assert "複数の保険会社" not in "".join(text.opening)
    assert "4. 二次被害またはそのおそれ" in text.closing


def test_a_new_form_of_the_users(tmp_path: Path) -> None:
    own = users(tmp_path, '[forms.H1]\noutline = "独自の事案です。"\ncause = "{reason}"\n')
    reasons = dossier(reasons=(Reason("手順の誤りです。"),))
    assert "独自の事案です。" in wording(reasons, ["H1"], written_on=DAY, known=templates(own)).opening


def test_a_duty_item_left_out_is_an_error(tmp_path: Path) -> None:
    own = users(tmp_path, '[common]\nother = []\n[forms.A1]\ncause = " "\n')
    with pytest.raises(InputError) as refused:
        wording(dossier(), ["A1"], written_on=DAY, known=templates(own))
    assert "原因 ([forms.A1] cause), その他参考となる事項 ([forms.A1] other)" in str(refused.value)


def test_unknown_placeholders_are_named(tmp_path: Path) -> None:
    own = users(tmp_path, '[common]\nother = ["{namae}様", "{}"]\n[forms.A1]\noutline = "{顧客}"\n')
    with pytest.raises(InputError) as refused:
        templates(own)
    assert "{} ([common] other), {namae} ([common] other), {顧客} ([forms.A1] outline)" in str(refused.value)


def test_a_copy_of_the_whole_file_says_the_same(tmp_path: Path) -> None:
    own = users(tmp_path, resources.files("sekisho.letters.texts").joinpath("wording.toml").read_text(encoding="utf-8"))
    assert wording(dossier(), ["A1"], written_on=DAY, known=templates(own)) == wording(
        dossier(), ["A1"], written_on=DAY
    )


def test_one_heading_may_be_changed(tmp_path: Path) -> None:
    own = users(tmp_path, '[common]\nheadings = {outline = "■ 概要"}\n')
    opening = wording(dossier(), ["A1"], written_on=DAY, known=templates(own)).opening
    assert "■ 概要" in opening
    assert "2. 原因" in opening


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ('[duty_items]\noutline = "概要"\n', "is the law's"),
        ('[common]\nheadings = ["x"]', "headings: a table"),
        ('[common]\nother = {a = "x"}', "headings: a table"),
        ("titel = 1", "unknown: titel"),
        ('[common]\ntitel = "x"', "is no section"),
        ("[common]\ntitle = 3", "must be text"),
        ('[common]\nheadings = {outlines = "x"}', r"\[common\] headings: unknown outlines"),
        ("[forms]\nA1 = 3", "must be a table"),
        ("forms = 3", "one table for each form"),
        ("[common", "no TOML in UTF-8"),
    ],
)
def test_a_file_of_another_shape_is_refused(tmp_path: Path, text: str, match: str) -> None:
    with pytest.raises(InputError, match=match):
        templates(users(tmp_path, text))
