"""Planted mails of agencies (A1, seed 001): lists to branches with insurers in Cc, in every way of writing them."""

from sekisho.demo.attachments import csv_bytes, docx_file, pdf_file, xlsx_file, zip_file
from sekisho.demo.lists import FEW, Policy, as_bullets, as_html, as_text, in_era, quoted, rows_of
from sekisho.demo.mailroom import BRANCHES, MailRoom, address_of, at, sign
from sekisho.demo.mime import Attachment, Draft, write_message


def lists_to_branches(room: MailRoom) -> list[Policy]:
    """A1 as in seed 001: the head office mails renewal lists to its branches, with staff of several insurers in Cc.

    Returns the policies of 甲 in the first list, some of which 甲's own staff sends once more (note ※2)."""
    own = [room.yamada, *room.take("KOU", "AOBA", 11)]
    rest = room.any_of(("OTSU", "AOBA", 8), ("TEI", "AOBA", 5))
    without_ledger = _policies_without_ledger(room, 3)
    rows = rows_of([*own, *rest, *without_ledger])
    lead = "各支店 御中\n\n5月の満期一覧を送ります。各社ご担当者さまにもCCでお送りしています。\n"
    first = room.write(
        "a1-01",
        "honma",
        BRANCHES,
        at("04-06"),
        lead,
        subject="【共有】5月満期一覧",
        cc=["takagi", "kondo", "ono"],
        attachments=[xlsx_file("5月満期一覧.xlsx", rows, title="青葉保険サービス 5月満期一覧")],
    )
    room.leak(first, "A1", [*own, *rest, *without_ledger], ["KOU", "OTSU", "TEI"], agency="AOBA")

    listed = room.any_of(("KOU", "AOBA", 6), ("OTSU", "AOBA", 4))
    body = "各支店 御中\n\n未更改の契約は次のとおりです。\n\n" + as_text(rows_of(listed, FEW, style=1), "　")
    second = room.write(
        "a1-02",
        "honma",
        BRANCHES,
        at("04-13"),
        body,
        subject="未更改契約のご確認",
        cc=["tantou7@kou.example.jp", "kanri@otsu.example.jp"],
    )
    room.leak(second, "A1", listed, ["KOU", "OTSU"], agency="AOBA")
    answer = "本間さん\n\n1件目は更改済みです。\n\n" + quoted(body)
    third = room.write(
        "a1-05",
        "watanabe",
        ["honma"],
        at("04-14", "10:05"),
        answer,
        subject="Re: 未更改契約のご確認",
        cc=["takagi", "kondo"],
        charset="euc_jp",
        in_reply_to=second.message_id,
    )
    room.leak(third, "A1", listed, ["KOU", "OTSU"], agency="AOBA")

    zipped = room.any_of(("KOU", "AOBA", 5), ("TEI", "AOBA", 4))
    files = {
        "満期一覧_6月.csv": csv_bytes(rows_of(zipped, style=2)),
        "お読みください.txt": "6月分です。".encode("cp932"),
    }
    fourth = room.write(
        "a1-03",
        "ueda",
        BRANCHES,
        at("05-11"),
        "各支店 御中\n\n添付をご確認ください。\n",
        subject="6月満期一覧の送付",
        cc=["takagi", "kudo"],
        charset="cp932",
        attachments=[zip_file("6月満期一覧.zip", files)],
    )
    room.leak(fourth, "A1", zipped, ["KOU", "KI"], agency="AOBA")
    return own


def _policies_without_ledger(room: MailRoom, count: int) -> list[Policy]:
    """Policies of 己損害保険, of which no ledger is held: found by reading the table only."""
    borrowed = room.take("KOU", "AOBA", count)
    return [
        policy
        | {
            "policy_no": f"KI20{room.roll.between(10**9, 10**10 - 1)}",
            "insurer_id": "KI",
            "holder_name": f"例示　{given}",
            "holder_kana": "",
        }
        for policy, given in zip(borrowed, ("一号", "二号", "三号"), strict=True)
    ]


def other_ways_of_writing(room: MailRoom) -> None:
    """A1 again: HTML table, Bcc, Word, PDF, forwarded message, subject, file name, name with a second item."""
    table = room.any_of(("KOU", "SAKURA", 5), ("OTSU", "SAKURA", 4))
    lead = "東支店・西支店のみなさま 満期対応の進捗を共有します。"
    html = room.write(
        "a1-04",
        "harada",
        ["higashi@sakura.example.jp", "nishi@sakura.example.jp"],
        at("05-12"),
        "HTML形式のメールです。\n",
        subject="満期進捗",
        html=as_html(lead, rows_of(table)),
        charset="utf-8",
        cc=["sakai", "hayashi"],
    )
    room.leak(html, "A1", table, ["KOU", "OTSU"], agency="SAKURA")

    word = room.any_of(("TEI", "HINATA", 3), ("OTSU", "HINATA", 2))
    hidden = room.write(
        "a1-06",
        "kaneko",
        ["chiba"],
        at("05-18"),
        "資料を添付します。\n",
        subject="拠点会議資料",
        charset="utf-8",
        attachments=[docx_file("拠点会議資料.docx", ["駅前店 会議資料"], rows_of(word, FEW, style=1))],
        bcc=["kondo"],
    )
    room.leak(hidden, "A1", word, ["OTSU"], agency="HINATA")

    page = room.any_of(("KOU", "SAKURA", 3), ("TEI", "SAKURA", 3))
    pdf = room.write(
        "a1-12",
        "harada",
        ["yamazaki"],
        at("06-02"),
        "添付のとおりです。\n",
        subject="更改状況(PDF)",
        cc=["sakai", "murata"],
        attachments=[pdf_file("更改状況.pdf", as_text(rows_of(page)).splitlines())],
        charset="cp932",
    )
    room.leak(pdf, "A1", page, ["KOU", "TEI"], agency="SAKURA")

    inner_list = room.take("KOU", "AOBA", 4)
    inner = Draft(
        "a1-07-inner@kou.example.jp",
        at("05-20", "16:10"),
        address_of("takagi"),
        [address_of("ueda")],
        "貴店扱い契約のご連絡",
        "上田様\n\n" + as_bullets(rows_of(inner_list, FEW)) + "\n" + sign("takagi"),
    )
    forwarded = room.write(
        "a1-07",
        "ueda",
        ["kondo"],
        at("05-21"),
        "近藤様\n\nご参考まで転送します。\n",
        subject="Fwd: 貴店扱い契約のご連絡",
        attachments=[Attachment("", write_message(inner), "message/rfc822")],
    )
    room.leak(forwarded, "A1", inner_list, ["OTSU"], agency="AOBA")

    life = room.take("HEI", "NAGISA", 3)
    bullets = "荒井様\n\n次の契約の保全について教えてください。\n\n" + as_bullets(
        rows_of(life, ("policy_no", "holder_name", "product"))
    )
    asked = room.write("a1-14", "hamada", ["arai"], at("06-09"), bullets, subject="保全手続きの件")
    room.leak(asked, "A1", life, ["BO"], agency="NAGISA")
    second_items(room)


def second_items(room: MailRoom) -> None:
    """A1 without a list: name + birth date, name + telephone, a number in the subject or in a file's name."""
    born, phoned = room.take("KOU", "AOBA", 2)
    name = born["holder_name"].replace("　", " ")
    text = f"嶋田課長\n\n{name}様（{in_era(born['birth_date'])}生）の更改について、条件をご相談させてください。\n"
    by_birth = room.write("a1-08", "honma", ["shimada"], at("05-25"), text, subject="ご相談")
    room.leak(by_birth, "A1", [born], ["OTSU"], agency="AOBA")

    text = f"近藤様\n\n{phoned['holder_name']}様（携帯 {phoned['mobile']}）から、貴社の見積もりも見たいとのことです。\n"
    by_phone = room.write("a1-09", "saito", ["kondo"], at("05-27"), text, subject="見積もりのお願い", charset="cp932")
    room.leak(by_phone, "A1", [phoned], ["OTSU"], agency="AOBA")

    subject, named = room.any_of(("KOU", "SAKURA", 1), ("OTSU", "SAKURA", 1))
    note = Attachment(
        f"{named['policy_no']}_更改見積.txt", "見積もりは別途お送りします。\r\n".encode("cp932"), "text/plain"
    )
    marked = room.write(
        "a1-13",
        "yamazaki",
        ["ono"],
        at("06-11"),
        "小野様\n\n件名の件、ご確認をお願いします。\n",
        subject=f"【証券番号 {subject['policy_no']}】の件",
        attachments=[note],
        charset="cp932",
    )
    room.leak(marked, "A1", [subject, named], ["TEI"], agency="SAKURA")
