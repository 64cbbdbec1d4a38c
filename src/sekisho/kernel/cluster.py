"""A connection to an Apache Spark cluster that nobody can listen to.

PySpark is an extra: it is imported when a connection is made, and all the rest works and is checked without it. What
passes between the machines of a cluster is authenticated and encrypted, or nothing is sent; what Spark spills to disks
is always encrypted. See docs/cluster.md.
"""

import importlib
import importlib.util
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from math import nan
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
    "spark.driver.defaultJavaOptions": "-XX:+ExitOnOutOfMemoryError",  # half a driver would be waited for without end
}
_REMEDY = "give it more memory (spark.driver.memory in spark-defaults.conf), see that this machine has it, run it again"


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

    Raises SekishoError: the cluster is out of reach, or Spark's own process on this machine has ended or has no memory
    left (whatever the block raised for that reason); InputError: the cluster would carry what is sent in the clear.
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
    watch = _Watch(session)
    try:
        check_encrypted(session, master)
        watch.start()
        yield session
    except Exception:
        if watch.ended():
            raise SekishoError("Spark's own process on this machine has ended", where=master, remedy=_REMEDY) from None
        raise
    finally:
        watch.stop()
        with suppress(Exception):  # a connection that broke has been told of already
            session.stop()


class _Watch(threading.Thread):
    """Ends Spark's own process here (the driver's JVM) when it does hardly anything but look for free memory: calls to
    it would otherwise wait without end. A process that has ended breaks them off by itself."""

    EVERY = 5.0
    SAMPLES = 12
    MOST = 0.9
    """The share of the time that may go into the search, throughout so many samples."""

    def __init__(self, session: Session) -> None:
        super().__init__(daemon=True, name="spark-watch")
        self._session = session
        self._process = getattr(session.sparkContext._gateway, "proc", None)
        self._over = threading.Event()

    def run(self) -> None:
        full = 0
        last = self._searched()
        while self._process is not None and not self._over.wait(self.EVERY):
            if self._process.poll() is not None:
                return
            now = self._searched()
            full = full + 1 if now - last >= self.MOST * self.EVERY else 0
            last = now
            if full >= self.SAMPLES:
                self._process.kill()
                return

    def _searched(self) -> float:
        """Seconds that all of its collectors have taken so far; nan when it does not say."""
        try:
            beans = self._session._jvm.java.lang.management.ManagementFactory.getGarbageCollectorMXBeans()
            return float(sum(bean.getCollectionTime() for bean in beans)) / 1000
        except Exception:
            return nan

    def ended(self) -> bool:
        """Whether the process is gone. One that is about to end is given a moment."""
        if self._process is None:
            return False
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(2)
        return self._process.poll() is not None

    def stop(self) -> None:
        self._over.set()


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
