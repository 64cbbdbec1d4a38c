"""Office talk without any customer data, to give mails their everyday size."""

from itertools import accumulate

from sekisho.demo.dice import Roll

_WHO = [
    "業務課",
    "支店長",
    "事務センター",
    "研修担当",
    "コンプライアンス担当",
    "システム担当",
    "総務課",
    "会議の事務局",
]
_WHAT = [
    "来月の会議",
    "帳票の様式",
    "研修の日程",
    "システムの停止予定",
    "棚の整理",
    "名刺の発注",
    "朝礼の当番",
    "募集資料の在庫",
    "避難訓練",
    "健康診断の予約",
    "パンフレットの改訂",
    "駐車場の使い方",
]
_WHEN = ["今週中", "月末まで", "来週の前半", "連休の前", "次の朝礼", "十五日ごろ", "お手すきのとき", "本日の夕方"]
_HOW = [
    "お知らせください",
    "ご確認をお願いします",
    "ご回覧ください",
    "調整しております",
    "ご意見をお寄せください",
    "掲示しました",
    "引き続き準備しています",
    "ご協力をお願いいたします",
]


def _lines() -> list[str]:
    """Sentences of every combination, in an order that repeats late."""
    roll = Roll(7)
    return [
        f"{roll.pick(_WHAT)}につきまして、{roll.pick(_WHO)}より{roll.pick(_WHEN)}に{roll.pick(_HOW)}。\n"
        for _ in range(1_200)
    ]


_LINES = _lines()
_TEXT = "".join(_LINES)
_STARTS = [0, *accumulate(len(line) for line in _LINES)]


def filler(roll: Roll, characters: int) -> str:
    """About ``characters`` characters in whole lines."""
    if characters <= 0:
        return ""
    start = _STARTS[roll.below(len(_LINES) // 2)]
    return _TEXT[start : _TEXT.find("\n", min(start + characters, len(_TEXT) - 2)) + 1]
