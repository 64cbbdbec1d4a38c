"""Where the service may listen."""

from pathlib import Path

import pytest

from sekisho.decisions.serve import Listening
from sekisho.kernel.errors import InputError


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.2", "::1", "localhost"])
def test_this_machine_needs_no_tls(host: str) -> None:
    Listening(host).check()


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "pdp.example.jp", ""])  # noqa: S104
def test_everything_else_does(host: str) -> None:
    with pytest.raises(InputError, match="without TLS"):
        Listening(host).check()
    Listening(host, behind_proxy=True).check()


def test_certificate_and_key_belong_together(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="both"):
        Listening(certificate=tmp_path / "c.pem").check()
    with pytest.raises(InputError, match="both"):
        Listening(key=tmp_path / "k.pem").check()
    with pytest.raises(InputError, match="No such file"):
        Listening(certificate=tmp_path / "c.pem", key=tmp_path / "k.pem").check()
    for name in ("c.pem", "k.pem"):
        (tmp_path / name).write_text("no certificate", encoding="utf-8")
    with pytest.raises(InputError, match="cannot be used"):
        Listening(certificate=tmp_path / "c.pem", key=tmp_path / "k.pem").check()


@pytest.mark.parametrize(
    "url", ["http://pdp.example.jp", "https://pdp.example.jp?a=1", "https://a#b", "pdp.example.jp"]
)
def test_the_url_that_is_told_is_https_without_query(url: str) -> None:
    with pytest.raises(InputError, match="https"):
        Listening(url=url).check()


def test_the_address_that_is_told() -> None:
    assert Listening().address == "http://127.0.0.1:8181"
    assert Listening("::1", 443, Path("c"), Path("k")).address == "https://[::1]:443"
    assert Listening(url="https://pdp.example.jp/a").address == "https://pdp.example.jp/a"
