"""Who is who in the invented industry: companies, agencies, people, and the relations that entitle them.

Registry tables as rows of text (the policies stand in ``policies.py``). The cast is the one of all tests: 甲損害保険,
乙損害保険, 丙生命保険, 青葉保険サービス (supervising), みどり保険事務所 (working agency), the secondee 佐藤.
Relations that matter to a planted case carry a comment.
"""

from dataclasses import dataclass

Row = dict[str, str]

FIRST_DAY, LAST_DAY = "2026-04-01", "2026-06-30"
"""The evidence covers this quarter."""

INSURERS: list[Row] = [
    {
        "insurer_id": "KOU",
        "name": "甲損害保険株式会社",
        "kind": "nonlife",
        "group": "甲グループ",
        "aliases": "甲損保;甲損",
    },
    {
        "insurer_id": "OTSU",
        "name": "乙損害保険株式会社",
        "kind": "nonlife",
        "group": "乙グループ",
        "aliases": "乙損保;乙損",
    },
    {"insurer_id": "TEI", "name": "丁損害保険株式会社", "kind": "nonlife", "group": "", "aliases": "丁損保;丁損"},
    {"insurer_id": "KI", "name": "己損害保険株式会社", "kind": "nonlife", "group": "", "aliases": "己損保;己損"},
    {
        "insurer_id": "HEI",
        "name": "丙生命保険株式会社",
        "kind": "life",
        "group": "甲グループ",
        "aliases": "丙生命;丙生保",
    },
    {
        "insurer_id": "BO",
        "name": "戊生命保険株式会社",
        "kind": "life",
        "group": "乙グループ",
        "aliases": "戊生命;戊生保",
    },
]
LINE = {row["insurer_id"]: row["kind"] for row in INSURERS}
NAME = {row["insurer_id"]: row["name"].removesuffix("株式会社") for row in INSURERS}
SHORT = {row["insurer_id"]: row["aliases"].split(";")[0] for row in INSURERS}

_AGENCIES = [
    ("AOBA", "青葉保険サービス株式会社", "青葉保険;青葉", "aoba.example.jp"),
    ("SAKURA", "さくら総合保険株式会社", "さくら総合", "sakura.example.jp"),
    ("HINATA", "ひなた保険プランニング株式会社", "ひなた保険", "hinata.example.jp"),
    ("KOMOREBI", "有限会社こもれび保険", "こもれび", "komorebi.example.jp"),
    ("SEIRYU", "清流エージェンシー株式会社", "清流", "seiryu.example.jp"),
    ("TSUBAME", "つばめ保険企画株式会社", "つばめ", "tsubame.example.jp"),
    ("NAGISA", "株式会社なぎさライフ", "なぎさ", "nagisa.example.jp"),
    ("MIDORI", "みどり保険事務所", "みどり", ""),
    ("KAEDE", "かえで保険オフィス", "かえで", ""),
    ("ASAGIRI", "あさぎり保険代行", "あさぎり", ""),
]
AGENCIES: list[Row] = [
    {
        "agency_id": agency,
        "name": name,
        "aliases": aliases,
        "registration_no": f"例示第{1000 + at}号",
        "contact": f"03-0000-00{at:02d}",
    }
    for at, (agency, name, aliases, _) in enumerate(_AGENCIES)
]
DOMAIN = {agency: domain for agency, _, _, domain in _AGENCIES if domain} | {
    row["insurer_id"]: f"{row['insurer_id'].lower()}.example.jp" for row in INSURERS
}
AGENCY_NAME = {row["agency_id"]: row["name"] for row in AGENCIES}

_OFFICES = [
    ("AOBA", "honsha 本社 mihon 見本支店 reiji 例示支店 kakuu 架空支店"),
    ("SAKURA", "honsha 本店 higashi 東支店 nishi 西支店"),
    ("HINATA", "honsha 本社 ekimae 駅前店"),
    *((agency, "honsha 本店") for agency in ("KOMOREBI", "SEIRYU", "TSUBAME", "NAGISA", "MIDORI", "KAEDE", "ASAGIRI")),
    *((insurer, "honsha 本社 eigyo1 営業第一部 eigyo2 営業第二部") for insurer in ("KOU", "OTSU", "TEI")),
    *((insurer, "honsha 本社") for insurer in ("KI", "HEI", "BO")),
]
OFFICES: list[Row] = [
    {
        "office_id": f"{party}-{words[at]}",
        "party_id": party,
        "name": words[at + 1],
        "head_office": "true" if at == 0 else "false",
    }
    for party, listed in _OFFICES
    for words in [listed.split()]
    for at in range(0, len(words), 2)
]


@dataclass(frozen=True, slots=True)
class Person:
    """One employee. ``mail`` is his address at work; ``end`` "" = still there."""

    person_id: str
    name: str
    kana: str
    party: str
    office: str
    role: str
    mail: str
    start: str = "2015-04-01"
    end: str = ""


def _people(party: str, listed: str) -> list[Person]:
    """``listed``: one line per person: local part, office, surname, given name, kana, role."""
    people = []
    for at, line in enumerate(listed.strip().splitlines()):
        local, office, surname, given, kana, role = line.split()
        domain = DOMAIN.get(party, "example.com")
        person_id = f"{party}-{at + 1:02d}"
        office_id = f"{party}-{office}"
        kana = kana.replace("・", "　")
        people.append(Person(person_id, f"{surname}　{given}", kana, party, office_id, role, f"{local}@{domain}"))
    return people


PEOPLE: list[Person] = [
    *_people("KOU", """takagi eigyo1 髙木 健司 タカギ・ケンジ 営業担当
        miura eigyo1 三浦 恵子 ミウラ・ケイコ 営業担当
        sakai eigyo2 酒井 拓也 サカイ・タクヤ 業務担当
        onodera honsha 小野寺 正人 オノデラ・マサト 情報管理部
        ito honsha 伊藤 雄介 イトウ・ユウスケ 営業担当"""),
    *_people("OTSU", """kondo eigyo1 近藤 直樹 コンドウ・ナオキ 営業担当
        hayashi eigyo2 林 千恵 ハヤシ・チエ 営業担当
        shimada eigyo1 嶋田 隆之 シマダ・タカユキ 営業課長
        sato eigyo1 佐藤 一郎 サトウ・イチロウ 営業担当"""),
    *_people("TEI", """ono eigyo1 小野 文彦 オノ・フミヒコ 営業担当
        murata eigyo2 村田 由香 ムラタ・ユカ 営業担当"""),
    *_people("KI", "kudo honsha 工藤 純一 クドウ・ジュンイチ 営業担当"),
    *_people("HEI", """fujii honsha 藤井 麻美 フジイ・マミ 営業担当
        nomura honsha 野村 達也 ノムラ・タツヤ 営業担当"""),
    *_people("BO", "arai honsha 荒井 智子 アライ・トモコ 営業担当"),
    *_people("AOBA", """honma honsha 本間 浩一 ホンマ・コウイチ 業務管理
        ueda honsha 上田 真美 ウエダ・マミ 事務
        watanabe mihon 渡邊 大介 ワタナベ・ダイスケ 募集人
        yoshida reiji 𠮷田 彩花 ヨシダ・アヤカ 募集人
        saito kakuu 齋藤 俊平 サイトウ・シュンペイ 募集人
        okada kakuu 岡田 里奈 オカダ・リナ 事務
        suzuki mihon 鈴木 勝也 スズキ・カツヤ 募集人"""),
    *_people("SAKURA", """harada honsha 原田 信之 ハラダ・ノブユキ 業務管理
        yamazaki higashi 山﨑 久美 ヤマサキ・クミ 募集人
        morita nishi 森田 圭介 モリタ・ケイスケ 募集人
        sugiura nishi 杉浦 敏江 スギウラ・トシエ 募集人"""),
    *_people("HINATA", """kaneko honsha 金子 英明 カネコ・ヒデアキ 業務管理
        chiba ekimae 千葉 佳奈 チバ・カナ 募集人"""),
    *_people("KOMOREBI", "kubo honsha 久保 和夫 クボ・カズオ 募集人"),
    *_people("SEIRYU", "ogawa honsha 小川 良平 オガワ・リョウヘイ 募集人"),
    *_people("TSUBAME", "hirano honsha 平野 節子 ヒラノ・セツコ 募集人"),
    *_people("NAGISA", "hamada honsha 濱田 友美 ハマダ・トモミ 募集人"),
    *_people("MIDORI", """midori-nakano honsha 中野 幸治 ナカノ・コウジ 募集人
        midori-seki honsha 関 千代 セキ・チヨ 募集人"""),
    *_people("KAEDE", "kaede-tsuji honsha 辻 英樹 ツジ・ヒデキ 募集人"),
    *_people("ASAGIRI", "asagiri-baba honsha 馬場 敬吾 ババ・ケイゴ 募集人"),
]  # fmt: skip
PERSON = {person.mail.split("@")[0]: person for person in PEOPLE}
"""People by the local part of their address at work (unique over the industry)."""

LEAVER = "suzuki"
LEFT_ON = "2026-03-31"

SECONDMENTS: list[Row] = [
    # 佐藤 of 乙 at 青葉: the cases B1 and B2. 伊藤 of 甲 at さくら.
    {
        "person_id": "OTSU-04",
        "home_insurer_id": "OTSU",
        "host_agency_id": "AOBA",
        "start": "令和7年4月1日",
        "end": "令和9年3月31日",
    },
    {
        "person_id": "KOU-05",
        "home_insurer_id": "KOU",
        "host_agency_id": "SAKURA",
        "start": "令和7年10月1日",
        "end": "令和8年9月30日",
    },
]
SECONDEE_ADDRESS = {"sato": "sato@aoba.example.jp", "ito": "ito@sakura.example.jp"}

DUTIES: list[Row] = [
    # Need to know: these two see less than their whole agency.
    {
        "person_id": "AOBA-06",
        "party_id": "AOBA",
        "office_id": "AOBA-kakuu",
        "own_only": "",
        "start": "2020-04-01",
        "end": "",
    },
    {
        "person_id": "SAKURA-04",
        "party_id": "SAKURA",
        "office_id": "",
        "own_only": "true",
        "start": "2020-04-01",
        "end": "",
    },
]

_APPOINTED = """
KOU nonlife 平成18年4月1日 AOBA SAKURA KOMOREBI TSUBAME
KOU nonlife 令和2年4月1日 MIDORI
OTSU nonlife 平成元年10月1日 AOBA SAKURA HINATA SEIRYU
OTSU nonlife 令和3年7月1日 ASAGIRI
TEI nonlife 2012/04/01 AOBA SAKURA HINATA
KI nonlife H28.4.1 AOBA SAKURA
HEI life 2010-04-01 AOBA SAKURA HINATA NAGISA
HEI life 令和4年4月1日 KAEDE
BO life 2011-10-01 AOBA HINATA NAGISA
"""
APPOINTMENTS: list[Row] = [
    {"insurer_id": insurer, "agency_id": agency, "line": line, "start": start, "end": ""}
    for insurer, line, start, *agencies in map(str.split, _APPOINTED.strip().splitlines())
    for agency in agencies
] + [
    # 丁 changed its agency between two days of the quarter: lists on the last and on the first day are in order.
    {"insurer_id": "TEI", "agency_id": "TSUBAME", "line": "nonlife", "start": "H22.4.1", "end": "令和8年4月30日"},
    {"insurer_id": "TEI", "agency_id": "SEIRYU", "line": "nonlife", "start": "令和8年5月1日", "end": ""},
    {
        "insurer_id": "OTSU",
        "agency_id": "KOMOREBI",
        "line": "nonlife",
        "start": "平成12年4月1日",
        "end": "平成30年3月31日",
    },
]

SUPERVISIONS: list[Row] = [
    {"supervising_agency_id": "AOBA", "working_agency_id": "MIDORI", "start": "2020-04-01", "end": ""},
    {"supervising_agency_id": "SAKURA", "working_agency_id": "KAEDE", "start": "2022-04-01", "end": ""},
    {"supervising_agency_id": "HINATA", "working_agency_id": "ASAGIRI", "start": "2021-07-01", "end": ""},
]
WORKING = {row["working_agency_id"]: row["supervising_agency_id"] for row in SUPERVISIONS}

JOINT_USES: list[Row] = [
    {
        "joint_use_id": "JU-1",
        "party_ids": "KOU;HEI",
        "purpose": "グループ内の総合的な保険サービスの案内",
        "items": "",
        "start": "2019-05-01",
        "end": "",
    }
]


def people_rows() -> list[Row]:
    """The table people; the leaver's last day stands in it."""
    return [
        {
            "person_id": p.person_id,
            "name": p.name,
            "kana": p.kana,
            "party_id": p.party,
            "office_id": p.office,
            "role": p.role,
            "start": p.start,
            "end": LEFT_ON if p.mail.startswith(f"{LEAVER}@") else p.end,
        }
        for p in PEOPLE
    ]


def address_rows() -> list[Row]:
    """Mail addresses: of people, of secondees at their hosts, of offices, and whole domains."""
    rows = [{"address": p.mail, "person_id": p.person_id, "party_id": "", "start": p.start, "end": ""} for p in PEOPLE]
    for name, address in SECONDEE_ADDRESS.items():
        secondment = next(s for s in SECONDMENTS if s["person_id"] == PERSON[name].person_id)
        rows.append(
            {
                "address": address,
                "person_id": PERSON[name].person_id,
                "party_id": "",
                "start": secondment["start"],
                "end": secondment["end"],
            }
        )
    for office in OFFICES:
        party, local = office["office_id"].split("-", 1)
        if party in AGENCY_NAME and party in DOMAIN:
            address = f"{local}@{DOMAIN[party]}"
            rows.append({"address": address, "person_id": "", "party_id": party, "start": "", "end": ""})
    for party, domain in DOMAIN.items():
        rows.append({"address": f"@{domain}", "person_id": "", "party_id": party, "start": "", "end": ""})
    return rows


def account_rows() -> list[Row]:
    """Accounts of the agency system: one for each person at an agency (secondees there too). The leaver's was never
    closed."""
    rows = []
    for p in PEOPLE:
        name = p.mail.split("@")[0]
        party = {"sato": "AOBA", "ito": "SAKURA"}.get(name, p.party)
        if party in AGENCY_NAME:
            start = "2025-10-01" if name in SECONDEE_ADDRESS else p.start
            rows.append(
                {
                    "account_id": account_of(name),
                    "system": "代理店システム",
                    "person_id": p.person_id,
                    "party_id": party,
                    "start": start,
                    "end": "",
                }
            )
    return rows


def account_of(name: str) -> str:
    """The account of a person, given the local part of his address."""
    return f"u-{name}"
