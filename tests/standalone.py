"""A real Spark cluster on 127.0.0.1 for the tests: a standalone master and workers, each a JVM of its own.

As an operator would set it up: authenticated and encrypted, configured by a ``spark-defaults.conf``. Ports are chosen
by the system, nothing listens beyond this machine, everything written lies under the given folder.
"""

import ctypes
import importlib.util
import os
import re
import secrets
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
LIMIT = 120.0
SHORT_LIVED = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"
"""Java for clusters that live for a minute: started soon, never fast."""

_MASTER = "org.apache.spark.deploy.master.Master"
_WORKER = "org.apache.spark.deploy.worker.Worker"


def missing() -> str:
    """What has to be installed before Spark can run here; empty when it can."""
    lacking = [f"pip install 'sekisho[spark]' ({name})" for name in ("pyspark", "pandas") if not _importable(name)]
    if not (shutil.which("java") or os.environ.get("JAVA_HOME")):
        lacking.append("a Java 17 runtime (Debian: apt-get install default-jre-headless)")
    return "; ".join(lacking)


def _importable(name: str) -> bool:
    return importlib.util.find_spec(name) is not None


@dataclass(frozen=True, slots=True)
class Cluster:
    """``master``: its address; ``environment``: what a program needs to reach it; ``folder``: logs and work."""

    master: str
    environment: dict[str, str]
    folder: Path

    def logs(self) -> str:
        """All that master, workers and executors wrote."""
        found = sorted([*self.folder.glob("*.log"), *self.folder.glob("work*/*/*/std*")])
        return "\n".join(f"== {path}\n{path.read_text('utf-8', 'replace')[-5000:]}" for path in found)


@contextmanager
def cluster(
    folder: Path, *, workers: int = 2, encrypted: bool = True, memory_mib: int = 512, java: str = SHORT_LIVED
) -> Iterator[Cluster]:
    """Start master and workers; whatever happens inside, they and all their children are ended. ``memory_mib``: of
    driver and each executor."""
    environment = {**_environment(folder, encrypted=encrypted, memory_mib=memory_mib), "JAVA_TOOL_OPTIONS": java}
    running: list[subprocess.Popen[bytes]] = []
    try:
        log = folder / "master.log"
        running.append(_start(_MASTER, log, environment, "--port", "0"))
        master = _found_in(log, r"Starting Spark master at (spark://\S+)", running[0])
        for number in range(workers):
            log = folder / f"worker{number}.log"
            options = (
                "--port",
                "0",
                "--cores",
                "1",
                "--memory",
                f"{2 * memory_mib}M",
                "--work-dir",
                str(folder / f"work{number}"),
            )
            running.append(_start(_WORKER, log, environment, *options, master))
        for number in range(workers):
            _found_in(folder / f"worker{number}.log", r"(Successfully registered) with master", running[1 + number])
        yield Cluster(master, environment, folder)
    finally:
        for process in reversed(running):
            _end(process)


def _environment(folder: Path, *, encrypted: bool, memory_mib: int) -> dict[str, str]:
    import pyspark

    settings = folder / "conf"
    settings.mkdir(parents=True)
    (folder / "events").mkdir()
    lines = [f"spark.executor.memory {memory_mib}m", "spark.executor.cores 1", f"spark.driver.memory {memory_mib}m"]
    lines += ["spark.eventLog.enabled true", f"spark.eventLog.dir {(folder / 'events').as_uri()}"]
    lines += ["spark.eventLog.compress false", "spark.sql.shuffle.partitions 8"]
    if encrypted:
        lines += ["spark.authenticate true", f"spark.authenticate.secret {secrets.token_hex(32)}"]
        lines += ["spark.network.crypto.enabled true"]
    path = settings / "spark-defaults.conf"
    path.touch(0o600)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    (folder / "scratch").mkdir()
    return {
        **{name: value for name, value in os.environ.items() if not name.startswith(("SPARK_", "PYSPARK_"))},
        "SPARK_HOME": str(Path(pyspark.__file__).parent),
        "SPARK_CONF_DIR": str(settings),
        "SPARK_LOCAL_IP": "127.0.0.1",
        "SPARK_LOCAL_DIRS": str(folder / "scratch"),
        "SPARK_DAEMON_MEMORY": "256m",
        "PYTHONPATH": os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]),
    }


def _start(what: str, log: Path, environment: dict[str, str], *options: str) -> "subprocess.Popen[bytes]":
    command = [str(Path(environment["SPARK_HOME"]) / "bin" / "spark-class"), what]
    with log.open("wb") as out:
        return subprocess.Popen(
            [*command, "--host", "127.0.0.1", "--webui-port", "0", *options],
            env=environment,
            cwd=log.parent,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # so that the whole family can be ended together
            preexec_fn=_ends_with_us,  # noqa: PLW1509  (one system call, no lock)
        )


def _ends_with_us() -> None:
    """Should the tests be killed, the system ends the cluster (Linux)."""
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(1, signal.SIGTERM)  # PR_SET_PDEATHSIG


def _found_in(log: Path, pattern: str, process: "subprocess.Popen[bytes]") -> str:
    """The first group of ``pattern`` in the log, as soon as it stands there."""
    end = time.monotonic() + LIMIT
    while time.monotonic() < end and process.poll() is None:
        if found := re.search(pattern, log.read_text("utf-8", "replace")):
            return found[1]
        time.sleep(0.1)
    raise AssertionError(f"it did not start:\n{log.read_text('utf-8', 'replace')}")


def _end(process: "subprocess.Popen[bytes]") -> None:
    """Politely (a worker then ends its executors), then surely."""
    process.terminate()
    with suppress(subprocess.TimeoutExpired):
        process.wait(20)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait(LIMIT)
