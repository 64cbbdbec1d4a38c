"""What a cluster has to do before anything is sent to it."""

from types import SimpleNamespace

import pytest

from sekisho.kernel.cluster import check_encrypted
from sekisho.kernel.errors import InputError


@pytest.mark.parametrize(
    ("master", "on", "allowed"),
    [
        ("spark://a:7077", (), False),
        ("spark://a:7077", ("authenticate",), False),
        ("spark://a:7077", ("network.crypto.enabled",), False),
        ("spark://a:7077", ("authenticate", "network.crypto.enabled"), True),
        ("yarn", ("authenticate", "ssl.rpc.enabled"), True),
        ("local[2]", (), True),
    ],
)
def test_nothing_is_sent_in_the_clear(master: str, on: tuple[str, ...], allowed: bool) -> None:
    conf = {f"spark.{name}": "true" for name in on}
    session = SimpleNamespace(sparkContext=SimpleNamespace(getConf=lambda: conf))
    if allowed:
        check_encrypted(session, master)
    else:
        with pytest.raises(InputError, match=r"spark\.authenticate"):
            check_encrypted(session, master)
