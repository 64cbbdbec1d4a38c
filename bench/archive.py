"""An invented mail archive: 2–20 kB a message, Japanese charsets, HTML, replies, attachments, some ledger rows."""

import math
import random
from dataclasses import dataclass
from pathlib import Path

from tools.accuracy import carriers, charsets
from tools.ledger import RECEIVER, SENDER

from bench.synthetic import Record, records, rows_of_sender

PER_FILE = 2000
PLANTED = 20_000
"""Policies that are written about."""
CHARSETS = ("utf-8", "utf-8", "utf-8", "iso-2022-jp", "iso-2022-jp", "shift_jis")
SUBJECTS = "満期更改のご案内 会議のご連絡 お見積りの件 月次報告 研修のお知らせ 事務連絡 訪問日程の調整 資料送付".split()  # noqa: SIM905
OPENINGS = "お世話になっております。 いつもありがとうございます。 ご連絡いたします。 標題の件につきまして、".split()  # noqa: SIM905
CLAUSES = """\
先日の打ち合わせの内容を共有いたします。 資料を更新しましたのでご覧ください。 来週の予定は下記のとおりです。
ご不明な点がございましたらお知らせください。 社内で確認のうえ改めてご回答いたします。
日程の変更をお願いいたします。 申込書の記入例を添えてお送りします。 商品改定の説明会を開催いたします。
期限は今月末となっております。 担当者が不在のため折り返しご連絡いたします。 前回の議事録をあわせてお送りします。
手続きの流れは従来と変わりません。 会場までの地図は別紙をご参照ください。
参加人数が決まりましたらご一報ください。 受付番号は後日お知らせします。 見積りの条件に変更はございません。
必要書類は窓口でお受け取りください。 ご協力のほどよろしくお願いいたします。""".split()  # noqa: SIM905


@dataclass(slots=True)
class Made:
    """What an archive holds."""

    messages: int = 0
    bytes: int = 0
    attachments: int = 0
    with_ledger_rows: int = 0


class _Pool:
    """Paragraphs and attachments made once and drawn from, so that making the archive is quick."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        texts = [self._paragraph() for _ in range(1500)]
        self.paragraphs = {c: [_encoded(t, c) for t in texts] for c in set(CHARSETS)}
        self.files = [self._file(number) for number in range(240)]

    def _paragraph(self) -> str:
        rng = self.rng
        lines = [
            rng.choice(OPENINGS) + "".join(rng.choices(CLAUSES, k=rng.randrange(1, 4)))
            for _ in range(rng.randrange(2, 6))
        ]
        if rng.random() < 0.3:
            lines.append(f"日時：2024年{rng.randrange(1, 13)}月{rng.randrange(1, 29)}日 {rng.randrange(9, 18)}:00")
            lines.append(f"電話 03-0{rng.randrange(1000):03d}-{rng.randrange(10000):04d}")
        if rng.random() < 0.2:
            lines.append(f"受付番号 {rng.randrange(10**7):07d} 参考 http://www.example.com/{rng.randrange(10**6)}")
        return "\n".join(lines)

    def draw(self, charset: str, size: float) -> list[bytes]:
        """Paragraphs of at least ``size`` bytes together."""
        drawn: list[bytes] = []
        while size > 0:
            drawn.append(self.rng.choice(self.paragraphs[charset]))
            size -= len(drawn[-1])
        return drawn

    def _file(self, number: int) -> bytes:
        """A MIME part: a CSV in code page 932 or an XLSX with a list of no ledger."""
        rng = self.rng
        rows = [["番号", "品名", "数量", "単価", "備考"]]
        rows += [
            [str(n), rng.choice(SUBJECTS), str(rng.randrange(100)), str(rng.randrange(10**5)), rng.choice(CLAUSES)]
            for n in range(rng.randrange(15, 80))
        ]
        name, data = (
            ("一覧.csv", carriers.csv_file(rows, "cp932")) if number % 2 else ("一覧.xlsx", carriers.xlsx_file(rows))
        )
        return carriers.entity(data, "application/octet-stream", carriers.named(name, "rfc2231"))


def make_archive(folder: Path, policies: int, messages: int, seed: int = 7) -> Made:
    """Write mbox files into ``folder``; the same seed gives the same bytes. About one message in twenty holds rows of
    the ledger (of its first ``policies``) and goes to an insurer that may not have them."""
    pool, made = _Pool(random.Random(seed)), Made()
    ledger = records(rows_of_sender(policies, PLANTED))
    for start in range(0, messages, PER_FILE):
        with (folder / f"{start // PER_FILE:04d}.mbox").open("wb") as out:
            for number in range(start, min(start + PER_FILE, messages)):
                raw = _message(pool, ledger, number, made)
                made.messages += 1
                made.bytes += out.write(b"From sender@example.com Mon Apr  1 09:00:00 2024\n" + raw + b"\n\n")
    return made


def _message(pool: _Pool, ledger: list[Record], number: int, made: Made) -> bytes:
    rng = pool.rng
    charset = rng.choice(CHARSETS)
    text = pool.draw(charset, math.exp(rng.uniform(math.log(1000), math.log(8000))))
    parts: list[bytes] = []
    planted = rng.random() < 0.05
    if planted:
        made.with_ledger_rows += 1
        listed = [rng.choice(ledger) for _ in range(rng.randrange(1, 6))]
        if rng.random() < 0.4:
            parts.append(_ledger_file(listed))
        else:
            text.insert(1, _encoded(_ledger_text(rng.random() < 0.5, listed), charset))
    elif rng.random() < 0.19:
        parts.append(rng.choice(pool.files))
    made.attachments += len(parts)
    if rng.random() < 0.35:
        quoted = b"\n".join(pool.draw(charset, rng.uniform(500, 4000)))
        text.append(b"\n".join(b"> " + line for line in quoted.split(b"\n")))
    return _head(rng, number, charset, planted) + _body(rng, b"\n\n".join(text), charset, parts)


def _head(rng: random.Random, number: int, charset: str, planted: bool) -> bytes:
    subject = charsets.encoded_words(rng.choice(SUBJECTS), charset)
    to = RECEIVER if planted else f"staff{rng.randrange(50)}@agency0.example.jp"
    minute = f"{number % 60:02d}"
    lines = [
        f"Received: from mx{rng.randrange(9)}.example.jp by mail.example.jp; Mon, 1 Apr 2024 09:{minute}:00 +0900",
        f"From: {SENDER}",
        f"To: {to}",
        f"Date: Mon, 01 Apr 2024 09:{minute}:00 +0900",
        f"Message-ID: <bench-{number}@agency0.example.jp>",
        "MIME-Version: 1.0",
        "X-Mailer: Invented 1.0",
        "Subject: ",
    ]
    return "\n".join(lines).encode() + subject + b"\n"


def _body(rng: random.Random, text: bytes, charset: str, parts: list[bytes]) -> bytes:
    encoding = "7bit" if charset == "iso-2022-jp" else rng.choice(["8bit", "base64"])
    plain = f"Content-Type: text/plain; charset={charset}\nContent-Transfer-Encoding: {encoding}\n\n".encode()
    plain += charsets.transfer(text, encoding)
    if rng.random() < 0.3:
        markup = b"<html><body><p>" + text.replace(b"\n", b"<br>\n") + b"</p></body></html>"
        html = f"Content-Type: text/html; charset={charset}\nContent-Transfer-Encoding: {encoding}\n\n".encode()
        plain = _multipart("alternative", "alt", [plain, html + charsets.transfer(markup, encoding)])
    return _multipart("mixed", "mix", [plain, *parts]) if parts else plain


def _multipart(kind: str, mark: str, parts: list[bytes]) -> bytes:
    head = f'Content-Type: multipart/{kind}; boundary="=_{mark}"\n\n'.encode()
    line = f"--=_{mark}".encode()
    return head + b"".join(line + b"\n" + part + b"\n" for part in parts) + line + b"--\n"


def _ledger_text(as_table: bool, listed: list[Record]) -> str:
    if as_table:
        rows = [f"{p.policy_no}\t{p.holder}\t{p.expiry:%Y/%m/%d}\t{p.insurer_short}" for p in listed]
        return "\n".join(["証券番号\t契約者名\t満期日\t引受保険会社", *rows])
    return "\n".join(_line(p) for p in listed)


def _line(policy: Record) -> str:
    if policy.birth is None:
        return f"証券番号 {policy.policy_no}"
    return f"{policy.holder}様（生年月日 {policy.birth}）"


def _ledger_file(listed: list[Record]) -> bytes:
    rows = [
        ["証券番号", "契約者名", "満期日", "引受保険会社"],
        *[[p.policy_no, p.holder, f"{p.expiry:%Y/%m/%d}", p.insurer] for p in listed],
    ]
    return carriers.entity(carriers.csv_file(rows, "cp932"), "text/csv; name=list.csv", b"filename=list.csv")


def _encoded(text: str, charset: str) -> bytes:
    return charsets.encode(text, charset) or text.encode("cp932", "replace")
