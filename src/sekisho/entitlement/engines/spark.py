"""The rule on a cluster (Apache Spark): for policies, questions and logs that one machine does not hold.

The same views as everywhere, translated by ``dialects``; they stand in the session as temporary views. What is large
lies as Parquet where every node sees it and is read there, only the columns that the rule reads; what is small comes
from this machine as Arrow and goes to every node. Nothing large comes back unless it is asked for: answers can be
written by the nodes. ``docs/cluster.md``.

Questions and answers are customers' data. They pass and spill encrypted, and Spark writes no plan and no log in which
it would quote a value asked for: a session that does otherwise is refused. ``kernel.cluster.connected`` makes one.
"""

import importlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

import pyarrow as pa

from sekisho.entitlement.dialects import SPARK, created, needed, translated, views_in
from sekisho.entitlement.engines.base import KEPT, by_number
from sekisho.entitlement.inputs import ASKED, DAY, EXTRA_POLICIES, FLAG, NUMBER, REGISTRY, TEXT, fitted, rows_of
from sekisho.kernel.cluster import SPILLS_ENCRYPTED, check_encrypted, kind_of
from sekisho.kernel.errors import InputError, SekishoError

Frame = Any
"""``pyspark.sql.DataFrame``: an extra, without which all the rest must work and be checked."""

Given = Any
"""A relation: ``pyarrow.Table``, path of a Parquet file or folder that every node sees, or ``Frame``."""

SETTINGS: Mapping[str, str] = {
    "spark.eventLog.enabled": "false",  # it would keep plans, and plans quote values
    "spark.sql.parquet.filterPushdown": "false",  # Parquet's reader would log the values it looks for, on the nodes
    "spark.sql.parquet.datetimeRebaseModeInRead": "CORRECTED",  # an open start is the year 1, in today's calendar
    "spark.sql.parquet.datetimeRebaseModeInWrite": "CORRECTED",
}
"""What ``kernel.cluster.connected`` must be told for a session of this engine."""

_DEMANDED = {SPILLS_ENCRYPTED: "true", "spark.eventLog.enabled": "false", "spark.sql.parquet.filterPushdown": "false"}
_PER_POLICY = frozenset({"policies", "transfers", "consents"})
_BROADCAST_BYTES = 32 << 20
"""Relations up to this size are copied to every node instead of being sorted: a few hundred thousand people."""

_TYPES: Mapping[pa.DataType, tuple[str, ...]] = {
    TEXT: ("string",),
    DAY: ("date",),
    NUMBER: ("bigint", "int", "smallint", "tinyint"),
    FLAG: ("boolean",),
}
"""Types that are taken, the first of them as it is. Nothing is guessed: a policy number kept as a number has lost its
zeros."""

_MAY_LACK = {
    "policies": frozenset({"working_agency_id", "producer_id", "office_id", "email"}),
    "transfers": frozenset({"working_agency_id"}),
    "asked": frozenset({"insurer_id", "purpose"}),
    "extra_policies": frozenset(EXTRA_POLICIES) - {"policy_no", "insurer_id"},
}
_JUDGE = "SELECT ask_id, verdict, party_id, person_id, seconded_from, ground, missing FROM answer"


class SparkSession:
    """Relations on the cluster, and around them the views of the rule, each made when a query first reads it."""

    def __init__(self, session: Any) -> None:
        self._spark = session
        self._names: list[str] = []
        self._stored: list[Frame] = []

    def frame(self, sql: str, parameters: Sequence[object] = ()) -> Frame:
        """The rows on the cluster, as a DataFrame to go on with. It is to be read within this session's context."""
        self._prepare(sql)
        return _said_plainly(partial(self._spark.sql, _translated(sql), args=list(parameters)))

    def arrow(self, sql: str, schema: pa.Schema, parameters: Sequence[object] = ()) -> pa.Table:
        frame = self.frame(sql, parameters)
        table: pa.Table = _said_plainly(frame.toArrow).cast(schema)
        return table

    def rows(self, sql: str, parameters: Sequence[object] = ()) -> list[dict[str, object]]:
        frame = self.frame(sql, parameters)
        found: list[dict[str, object]] = _said_plainly(frame.toArrow).to_pylist()
        return found

    def tuples(self, sql: str, parameters: Sequence[object] = ()) -> list[tuple[object, ...]]:
        return [tuple(row.values()) for row in self.rows(sql, parameters)]

    def numbered(self, sql: str, columns: Sequence[str]) -> Sequence[Sequence[object]]:
        return by_number(self.tuples(sql))

    def write(self, sql: str, path: str | Path, parameters: Sequence[object] = ()) -> None:
        """Have the nodes write the rows as a folder of Parquet files on storage that all of them see. It must not
        exist yet."""
        frame = self.frame(sql, parameters)
        _said_plainly(partial(frame.write.mode("error").parquet, _path(path)))

    def script(self, text: str) -> None:
        """Run ``CREATE TEMP VIEW|TABLE name AS SELECT …;`` statements of ours, written in what SQLite and DuckDB
        share. Tables are computed at once, and kept until the context ends."""
        for made in created(text, SPARK):
            self._prepare(made.select)
            self._make(made.name, _said_plainly(partial(self._spark.sql, made.select)), stored=made.stored)

    def add(self, name: str, frame: Frame) -> None:
        """A relation under this name, for as long as the context lasts."""
        self._make(name, frame, stored=False)

    def put(self, name: str, table: pa.Table) -> None:
        """A relation of this machine's, copied to every node when it is small: in the JVMs of driver and nodes it takes
        several times as much."""
        frame = _said_plainly(partial(self._spark.createDataFrame, table))
        self.add(name, _broadcast(frame) if table.nbytes <= _BROADCAST_BYTES // 8 else frame)

    def columns(self, name: str) -> list[str]:
        """The columns of a relation."""
        found: list[str] = self._spark.table(name).columns
        return found

    def close(self) -> None:
        """Forget all of it, here and on the nodes."""
        for name in reversed(self._names):
            self._spark.catalog.dropTempView(name)
        for frame in self._stored:
            with suppress(Exception):  # a cluster that is gone keeps nothing
                frame._jdf.queryExecution().analyzed().rdd().unpersist(False)
        self._names, self._stored = [], []

    def _prepare(self, sql: str) -> None:
        """Make the views of the rule that this query reads, if they are not there yet. Without questions there are
        none; a script's own names may then be like theirs."""
        if "asked" not in self._names:
            return
        wanted = needed(sql) - set(self._names)
        for view in views_in(SPARK):
            if view.name in wanted:
                made = _said_plainly(partial(self._spark.sql, view.select))
                self._make(view.name, made, stored=view.name in KEPT)

    def _make(self, name: str, frame: Frame, *, stored: bool) -> None:
        if name in self._names:
            raise ValueError(f"there is a relation {name} already")
        if stored:
            # Computed now and cut off from its origin: Spark would otherwise plan, and compute, all of it at each
            # mention (its cache only shortens the latter). On two nodes, so that losing one does not cost the job.
            level = importlib.import_module("pyspark").StorageLevel.MEMORY_AND_DISK_2
            frame = _said_plainly(partial(frame.localCheckpoint, eager=True, storageLevel=level))
            self._stored.append(frame)
        frame.createOrReplaceTempView(name)
        self._names.append(name)


@contextmanager
def relations(session: Any) -> Iterator[SparkSession]:
    """Relations of the caller's own on the cluster, for scripts of his own, until the context ends. ``session``: as for
    ``SparkEngine``."""
    _check(session)
    there = SparkSession(session)
    try:
        yield there
    finally:
        there.close()


class SparkEngine:
    """The rule over a registry on a cluster. ``session``: a ``pyspark.sql.SparkSession`` of its own, made by
    ``kernel.cluster.connected`` with ``SETTINGS``; ``tables``: as ``Registry.tables``, or where they lie as Parquet."""

    at_once: int | None = None

    def __init__(self, session: Any, tables: Mapping[str, Given]) -> None:
        _check(session)
        self._spark = session
        self._tables = {name: self._relation(name, tables.get(name), columns) for name, columns in REGISTRY.items()}
        self._asking = False

    @contextmanager
    def asking(self, asked: Given, extra_policies: Given = None) -> Iterator[SparkSession]:
        """``asked`` and ``extra_policies`` may lie on the cluster too: a path of Parquet, or a DataFrame."""
        with self.reading() as session:
            session.add("asked", self._relation("asked", asked, ASKED))
            session.add("extra_policies", self._relation("extra_policies", extra_policies, EXTRA_POLICIES))
            yield session

    def asking_rows(self, asked: Sequence[Sequence[object]]) -> AbstractContextManager[SparkSession]:
        return self.asking(rows_of(asked))

    @contextmanager
    def answers(self, asked: Given, extra_policies: Given = None) -> Iterator[Frame]:
        """``Rule.judge`` without collecting: the answers as a DataFrame (``inputs.ANSWER``, in no order), to be
        written or gone on with inside the context."""
        with self.asking(asked, extra_policies) as session:
            yield session.frame(_JUDGE)

    @contextmanager
    def reading(self, **others: Given) -> Iterator[SparkSession]:
        """The registry alone, without questions, and ``others`` (a log) as they are: for scripts of their own."""
        if self._asking:
            raise RuntimeError("one context of this engine at a time: the names of views belong to the session")
        self._asking = True
        session = SparkSession(self._spark)
        try:
            for name, frame in self._tables.items():
                session.add(name, frame)
            for name, given in others.items():
                session.add(name, self._frame(name, given))
            yield session
        finally:
            self._asking = False
            session.close()

    def _relation(self, name: str, given: Given, columns: Mapping[str, pa.DataType]) -> Frame:
        """What is given, with the columns that the rule reads."""
        if given is None or (isinstance(given, pa.Table) and not given.num_rows):
            listed = ", ".join(f"CAST(NULL AS {_TYPES[kind][0]}) AS `{column}`" for column, kind in columns.items())
            return self._spark.sql(f"SELECT {listed} WHERE FALSE")  # Spark sees that it is empty, and plans without
        if not isinstance(given, pa.Table):
            return _selected(name, self._frame(name, given), columns)
        table = fitted(given, columns)
        frame = self._spark.createDataFrame(table)
        return _broadcast(frame) if name not in _PER_POLICY and table.nbytes <= _BROADCAST_BYTES else frame

    def _frame(self, name: str, given: Given) -> Frame:
        if isinstance(given, pa.Table):
            return self._spark.createDataFrame(given)
        return parquet(self._spark, name, given) if isinstance(given, str | Path) else given


def parquet(session: Any, name: str, path: str | Path) -> Frame:
    """The relation ``name`` as the nodes read it. Raises InputError when they cannot."""
    try:
        return session.read.parquet(_path(path))
    except Exception as error:
        remedy = "give a Parquet file or folder that every node sees under the same path"
        raise InputError(f"{name}: cannot read it ({kind_of(error)})", where=str(path), remedy=remedy) from None


def _check(session: Any) -> None:
    conf = session.sparkContext.getConf()
    check_encrypted(session, session.sparkContext.master)
    for setting, value in _DEMANDED.items():
        if conf.get(setting, "") != value:
            raise InputError(
                f"this session has not {setting}={value}: Spark would leave customers' data in files",
                where="Spark",
                remedy="make it with sekisho.kernel.cluster.connected and the SETTINGS of this engine",
            )


def _selected(name: str, frame: Frame, columns: Mapping[str, pa.DataType]) -> Frame:
    """The columns that the rule reads. Raises InputError when one is missing or of another type."""
    there = dict(frame.dtypes)
    listed = []
    for column, kind in columns.items():
        wanted = _TYPES[kind]
        if column not in there:
            if column not in _MAY_LACK.get(name, ()) and column != "name":
                remedy = "write it from the loaded registry (Registry.tables)"
                raise InputError(f"there is no column {column}", where=name, remedy=remedy)
            listed.append(f"CAST(NULL AS {wanted[0]}) AS `{column}`")
        elif there[column] == wanted[0]:
            listed.append(f"`{column}`")
        elif there[column] in wanted or there[column] == "void":
            listed.append(f"CAST(`{column}` AS {wanted[0]}) AS `{column}`")
        else:
            remedy = f"write the column as {wanted[0]}"
            raise InputError(f"column {column} is {there[column]}", where=name, remedy=remedy)
    return frame.selectExpr(*listed)


def _broadcast(frame: Frame) -> Frame:
    return importlib.import_module("pyspark.sql.functions").broadcast(frame)


@lru_cache(256)
def _translated(sql: str) -> str:
    return translated(sql, SPARK)


def _path(path: str | Path) -> str:
    """Absolute where it is one of this machine's; ``hdfs://…`` and the like as they are."""
    return str(path) if "://" in str(path) else Path(path).absolute().as_uri()


def _said_plainly(action: Callable[[], Any]) -> Any:
    """Do it. What Spark says when it fails quotes data: only the kind of its error is told."""
    try:
        return action()
    except Exception as error:
        raise SekishoError(
            f"the cluster gave up ({kind_of(error)})",
            where="Spark",
            remedy="look at the executors' logs and at the memory of executors and driver, then run it again",
        ) from None
