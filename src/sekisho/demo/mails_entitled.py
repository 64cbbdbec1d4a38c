"""Planted mails that must not count: each looks like a leak and is none, for a reason of the rule."""

from collections.abc import Iterator
from datetime import UTC, datetime

from sekisho.demo.cast import SHORT
from sekisho.demo.lists import FEW, Policy, as_bullets, as_text, rows_of
from sekisho.demo.mailroom import BRANCHES, MailRoom, at


def entitled(room: MailRoom) -> None:
    """What looks like a leak and is none, each for a reason of the rule."""
    for key, text, sender, to, when, why in _consented(room):
        room.harmless(room.write(key, sender, [to], when, text, subject="お見積もりの件"), why)
    for key, policies, sender, recipients, when, why in _by_relation(room):
        text = "お世話になっております。\n\n" + as_text(rows_of(policies, FEW), "　")
        room.harmless(room.write(key, sender, recipients, when, text, subject="ご契約の件"), why)

    holder = room.take("KOU", "AOBA", 1)[0]
    text = f"{holder['holder_name']}様\n\n証券番号 {holder['policy_no']} の満期のご案内です。\n{holder['address']}\n"
    letter = room.write("h-subject", "watanabe", [holder["email"]], at("05-07"), text, subject="満期のご案内")
    room.harmless(letter, "to the holder himself")
    names = "、".join(f"{policy['holder_name'].replace('　', ' ')}様" for policy in room.take("KOU", "AOBA", 3))
    only = room.write(
        "h-name-only", "honma", ["kondo"], at("05-22"), f"近藤様\n\n明日は{names}をお訪ねします。\n", subject="明日の件"
    )
    room.harmless(only, "names alone are never evidence")

    before = room.write(
        "a1-10",
        "honma",
        ["kondo"],
        at("04-14", "15:00"),
        "近藤様\n\n" + as_bullets(rows_of([room.consents.estimate], FEW)),
        subject="お見積もりの件",
    )
    room.leak(before, "A1", [room.consents.estimate], ["OTSU"], agency="AOBA")
    after = room.write(
        "a1-11",
        "honma",
        ["kondo"],
        at("05-20", "15:00"),
        "近藤様\n\n" + as_bullets(rows_of([room.consents.withdrawn], FEW)),
        subject="お見積もりの件",
    )
    room.leak(after, "A1", [room.consents.withdrawn], ["OTSU"], agency="AOBA")


def _consented(room: MailRoom) -> Iterator[tuple[str, str, str, str, datetime, str]]:
    consents = room.consents
    in_japan_next_day = at("04-14", "16:30", UTC)
    for key, policy, columns, when, why in (
        (
            "h-consent-first-day",
            consents.estimate,
            FEW,
            in_japan_next_day,
            "in Japan it is the first day of the consent",
        ),
        ("h-consent", consents.withdrawn, FEW, at("04-25"), "the consent is not yet withdrawn"),
        ("h-consent-items", consents.few_items, FEW[:3], at("05-15"), "the consent covers just these items"),
    ):
        text = "近藤様\n\nお客さまの同意をいただいております。\n\n" + as_bullets(rows_of([policy], columns))
        yield key, text, "honma", "kondo", when, why


def _by_relation(room: MailRoom) -> Iterator[tuple[str, list[Policy], str, list[str], datetime, str]]:
    take = room.take
    moved = take("TEI", "SEIRYU", 2)
    office = [p for p in take("OTSU", "AOBA", 12) if p["office_id"] == "AOBA-kakuu"][:2]
    listed = take("KOU", "AOBA", 5)
    both = room.any_of(("KOU", "AOBA", 2), ("OTSU", "AOBA", 2))
    working = take("KOU", "AOBA", 2, working="MIDORI")
    yield "h-own-insurer", take("KOU", "AOBA", 4), "honma", ["takagi"], at("04-08"), f"{SHORT['KOU']}'s own policies"
    yield "h-handling", take("OTSU", "HINATA", 3), "kondo", ["kaneko"], at("04-09"), "to the handling agency"
    yield "h-branches", both, "honma", BRANCHES, at("04-10"), "inside the agency"
    yield "h-host", listed, "sato", ["honma", "ueda"], at("04-21"), "a secondee to his host's staff"
    yield "h-last-day", moved, "murata", ["hirano"], at("04-30", "23:50"), "on the last day of the appointment"
    yield "h-first-day", moved, "murata", ["ogawa"], at("05-01", "00:10"), "on the first day of the appointment"
    yield "h-working", working, "honma", ["midori-nakano"], at("05-13"), "to the working agency of these policies"
    yield "h-supervising", take("KOU", "MIDORI", 2), "midori-seki", ["honma"], at("05-14"), "to the supervising agency"
    yield "h-joint-use", take("KOU", "SAKURA", 2), "miura", ["fujii"], at("05-26"), "joint use inside 甲グループ"
    yield "h-duty", office, "honma", ["okada"], at("06-01"), "policies of the clerk's own office"
