"""Words of the formats, which random changes would hardly ever hit upon."""

MIME = (
    b"Content-Type: multipart/mixed; boundary=a\n\n--a\n", b"Content-Transfer-Encoding: base64\n\n", b"\n--a--\n",
    b"Content-Transfer-Encoding: quoted-printable\n\n", b"charset=iso-2022-jp", b"charset=utf-7", b"\x1b$B", b"\x1b(B",
    b"=?ISO-2022-JP?B?GyRC?=", b"=?utf-8?Q?=E3?=", b"Content-Type: message/rfc822\n\n", b"begin 644 a\n", b"From a\n",
    b"filename*0*=utf-8''%e6", b"Content-Disposition: attachment; filename=", b"name=winmail.dat", b"format=flowed",
)  # fmt: skip
MARKUP = (
    b"<table>", b"<tr>", b"<td>", b"</table>", b"<!--", b"-->", b"<![CDATA[", b"&#x26;", b"&#", b"<script>", b"<style>",
    b"<br>", b"<td colspan=9>", b"<plaintext>", b"charset=",
)  # fmt: skip
RTF = (
    b"\\u-10179?", b"\\'8e", b"\\bin9 ", b"{\\*\\", b"\\uc0", b"\\cell ", b"\\row", b"{\\fonttbl", b"\\fcharset128",
    b"\\htmlrtf",
)  # fmt: skip
CSV = (b'"', b'""', b"\t", b";", b"\r\n", b"KA12345678")
TEXT = (b"\x1b$B", b"\x1b(I", b"KA12345678")
ADDRESSES = (b"=?utf-8?B?5bGx?=", b'\\"', b"<", b"@", b";", b"*0*=")
LOG = (b'"', b",", b"2024-04-01", b"account_id", b"at")
PASSWORDS = ("パスワード".encode(), b"PW:", "：".encode(), "「".encode())
LEDGER = tuple(
    w.encode() for w in ("証券番号", "契約者名", "昭和", "丁目", "KA", "\u200b髙\U000e0100", ",", "\n", "\x00")
)
