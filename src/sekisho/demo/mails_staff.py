"""Planted mails of insurers' staff (A2), of secondees (B1, B2), to strangers (D, G2), and what cannot be read."""

from collections.abc import Sequence

from sekisho.demo.attachments import broken_xlsx, csv_file, locked_zip, xlsx_file
from sekisho.demo.lists import FEW, Policy, as_bullets, as_text, rows_of
from sekisho.demo.mailroom import BRANCHES, MailRoom, at
from sekisho.demo.planted import ExpectedUnread


def insurer_staff(room: MailRoom, shared: Sequence[Policy]) -> None:
    """A2 as in seed 001: staff sends the own insurer's policies to the insurer that compiles meeting material.

    ``shared``: policies that the agency sent too; they are counted under A1 only (note ※2)."""
    listed = room.any_of(("KOU", "SAKURA", 7), ("KOU", "TSUBAME", 3))
    text = "近藤様\n\n会議資料のとりまとめ、ありがとうございます。弊社分をお送りします。\n"
    first = room.write(
        "a2-01",
        "takagi",
        ["kondo"],
        at("04-22"),
        text,
        subject="会議資料(弊社分)",
        attachments=[xlsx_file("会議資料_甲損保分.xlsx", rows_of(listed), title="会議資料")],
    )
    room.leak(first, "A2", listed, ["OTSU"])

    again = [*shared[1:5], *room.take("KOU", "AOBA", 2)]
    second = room.write(
        "a2-02",
        "takagi",
        ["shimada"],
        at("04-24"),
        "嶋田課長\n\n弊社分です。\n",
        subject="青葉様の会議資料",
        attachments=[csv_file("青葉様_会議資料.csv", rows_of(again))],
    )
    room.leak(second, "A2", again, ["OTSU"])

    few = room.take("TEI", "HINATA", 3)
    text = "酒井様\n\n拠点会議の弊社分です。\n\n" + as_bullets(rows_of(few, style=2))
    third = room.write("a2-03", "murata", ["sakai"], at("06-15"), text, subject="拠点会議資料", charset="cp932")
    room.leak(third, "A2", few, ["KOU"])


def secondees(room: MailRoom) -> None:
    """B1: seconded staff sends the host's policies of other insurers home. B2: because home asked."""
    others = room.any_of(("KOU", "AOBA", 9), ("TEI", "AOBA", 4))
    own = room.take("OTSU", "AOBA", 3)
    text = "近藤さん 嶋田課長\n\n青葉の満期一覧です。営業の参考にしてください。\n"
    first = room.write(
        "b1-01",
        "sato",
        ["kondo", "shimada"],
        at("04-20", "18:40"),
        text,
        subject="青葉 満期一覧",
        attachments=[csv_file("満期.csv", rows_of([*others, *own]))],
    )
    room.leak(first, "B1", others, ["OTSU"], agency="AOBA")

    listed = room.take("OTSU", "SAKURA", 5)
    text = "髙木さん\n\n乙損保分です。\n\n" + as_text(rows_of(listed, FEW), "\t")
    second = room.write("b1-02", "ito", ["takagi"], at("05-08", "19:15"), text, subject="乙損保分", charset="utf-8")
    room.leak(second, "B1", listed, ["KOU"], agency="SAKURA")

    life = room.take("HEI", "AOBA", 3)
    text = "本社 営業推進 御中\n\n" + as_bullets(rows_of(life, ("policy_no", "holder_name", "product", "insurer")))
    third = room.write("b1-03", "sato", ["suishin@otsu.example.jp"], at("05-28"), text, subject="生保契約の状況")
    room.leak(third, "B1", life, ["OTSU"], agency="AOBA")

    request = room.write(
        "b2-00",
        "shimada",
        ["sato"],
        at("06-03", "08:50"),
        "佐藤さん\n\n青葉の他社分の6月満期の一覧を送ってください。\n",
        subject="他社分の件",
    )
    room.harmless(request, "a request without customer data")
    wanted = [*others[:2], *room.any_of(("KOU", "AOBA", 3), ("TEI", "AOBA", 3))]
    answer = room.write(
        "b2-01",
        "sato",
        ["shimada"],
        at("06-03", "11:20"),
        "嶋田課長\n\nお送りします。\n",
        subject="Re: 他社分の件",
        attachments=[xlsx_file("6月満期_他社分.xlsx", rows_of(wanted, style=1))],
        in_reply_to=request.message_id,
    )
    room.leak(answer, "B2", wanted, ["OTSU"], agency="AOBA")


def strangers(room: MailRoom) -> None:
    """D: to another agency. G2: to an address that nobody in the registry has."""
    listed = room.take("KOU", "SAKURA", 4)
    text = "千葉様\n\n担当替えの候補です。\n\n" + as_text(rows_of(listed), "\t")
    first = room.write("d-01", "yamazaki", ["chiba"], at("05-14"), text, subject="担当替えの候補", charset="utf-8")
    room.leak(first, "D", listed, ["HINATA"], agency="SAKURA")
    few = room.take("KOU", "TSUBAME", 2)
    text = "久保様\n\n次のお客さまをご紹介します。\n\n" + as_bullets(rows_of(few, FEW))
    second = room.write("d-02", "hirano", ["kubo"], at("06-18"), text, subject="ご紹介")
    room.leak(second, "D", few, ["KOMOREBI"], agency="TSUBAME")

    missent = room.take("OTSU", "SAKURA", 1)
    text = f"{missent[0]['holder_name']}様\n\nご契約（証券番号 {missent[0]['policy_no']}）の更改のご案内です。\n"
    third = room.write("g2-01", "morita", ["kyaku.tanaka@wrong.example.com"], at("05-19"), text, subject="更改のご案内")
    room.leak(third, "G2", missent, ["?wrong.example.com"], agency="SAKURA")
    other = room.take("KOU", "KOMOREBI", 2)
    fourth = room.write(
        "g2-02",
        "miura",
        ["info@elsewhere.example.com"],
        at("06-22"),
        "ご担当者様\n\n添付をご確認ください。\n",
        subject="ご確認のお願い",
        attachments=[csv_file("確認表.csv", rows_of(other))],
    )
    room.leak(fourth, "G2", other, ["?elsewhere.example.com"])


def unreadable(room: MailRoom) -> None:
    """Two attachments that nobody can open without more: to be listed as unread, never skipped."""
    locked = locked_zip("7月満期一覧.zip", "list.csv", room.dice.roll("noise"))
    first = room.write(
        "u-01",
        "honma",
        BRANCHES,
        at("06-08"),
        "パスワードは別途お知らせします。\n",
        subject="7月満期一覧",
        cc=["takagi", "kondo"],
        attachments=[locked],
    )
    room.planted.unread.append(ExpectedUnread(first.message_id, "7月満期一覧.zip", "encrypted"))
    rows = rows_of(room.take("KOU", "AOBA", 2))
    second = room.write(
        "u-02",
        "ueda",
        ["kondo"],
        at("06-10"),
        "壊れていたら教えてください。\n",
        subject="再送",
        attachments=[broken_xlsx("再送.xlsx", rows)],
        charset="utf-8",
    )
    room.planted.unread.append(ExpectedUnread(second.message_id, "再送.xlsx", "broken"))
