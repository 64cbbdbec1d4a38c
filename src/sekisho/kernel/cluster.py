"""A connection to an Apache Spark cluster that nobody can listen to.

PySpark is an extra: it is imported when a connection is made, and all the rest works and is checked without it. What
passes between the machines of a cluster is authenticated and encrypted, or nothing is sent; what Spark spills to disks
is always encrypted. See docs/cluster.md.
"""

import importlib
import importlib.util
import os
import shutil
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any

from sekisho.kernel.errors import InputError, SekishoError

Session = Any
"""``pyspark.sql.SparkSession``: an extra, without which all the rest must work and be checked."""

SPILLS_ENCRYPTED = "spark.io.encryption.enabled"
_SETTINGS = {
    SPILLS_ENCRYPTED: "true",  # whatever Spark spills to a disk
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.log.level": "ERROR",
}


def check_installed(where: str) -> None:
    """Raises SekishoError, with what to install, when this machine cannot start Spark. ``where``: what asked for it."""
    if any(importlib.util.find_spec(name) is None for name in ("pyspark", "pandas")):
        raise SekishoError("Spark is not installed", where=where, remedy="pip install 'sekisho[spark]'")
    if not (shutil.which("java") or os.environ.get("JAVA_HOME")):
        remedy = "install a Java 17 runtime (Debian: apt-get install default-jre-headless)"
        raise SekishoError("Spark needs Java, and there is none", where=where, remedy=remedy)


@contextmanager
def connected(master: str, name: str, settings: Mapping[str, str]) -> Iterator[Session]:
    """A session of an application ``name`` at ``master`` (``spark://host:7077``, ``yarn``, ``k8s://…``, ``local[2]``),
    ended on the way out together with everything that still runs there for us.

    Raises SekishoError: the cluster is out of reach; InputError: it would carry what is sent in the clear.
    """
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    builder = importlib.import_module("pyspark.sql").SparkSession.builder.master(master).appName(name)
    for setting, value in {**_SETTINGS, **settings}.items():
        builder = builder.config(setting, value)
    try:
        session = builder.getOrCreate()
    except Exception as error:
        remedy = "check the address, that the cluster runs, and its secret in spark-defaults.conf (docs/cluster.md)"
        raise SekishoError(f"cannot connect ({said(error)})", where=master, remedy=remedy) from None
    try:
        check_encrypted(session, master)
        yield session
    finally:
        with suppress(Exception):  # a connection that broke has been told of already
            session.stop()


def check_encrypted(session: Session, master: str) -> None:
    """Customers' data, and keys to it, pass between machines: only authenticated and encrypted. Raises InputError."""
    conf = session.sparkContext.getConf()
    on = {name for name in ("authenticate", "network.crypto.enabled", "ssl.rpc.enabled")
          if conf.get(f"spark.{name}", "false") == "true"}  # fmt: skip
    if master.startswith("local") or ("authenticate" in on and len(on) > 1):
        return
    raise InputError(
        "this cluster does not authenticate and encrypt what passes between its machines",
        where=master,
        remedy="set spark.authenticate, its secret and spark.network.crypto.enabled on every machine (docs/cluster.md)",
    )


def kind_of(error: Exception) -> str:
    """What kind of error Spark tells of, without its text: that may quote data."""
    condition = getattr(error, "getCondition", lambda: None)()
    return str(condition or type(error).__name__)


def said(error: Exception) -> str:
    """The first line of what Spark says; the rest is stack traces. Not for errors in data: Spark quotes the values."""
    java = getattr(error, "java_exception", None)
    text = str(java.getMessage() if java is not None else error) or type(error).__name__
    return text.strip().splitlines()[0][:300]
