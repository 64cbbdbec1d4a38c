"""Programs that the tests run on a cluster: ``python -m … crash MASTER INDEX`` and ``python -m … sweep WORDS…``.

``crash``: the engine alone, first with an index that no node sees, then with a reader on the nodes that ends its
process at one message; prints, as JSON, what it was told, and why each message could not be read. ``sweep``: the
command, with batches so small that it can be killed in the middle of a small archive.
"""

import json
import sys
from collections.abc import Iterator
from dataclasses import replace

import pyarrow as pa

from sekisho.cli.main import run
from sekisho.disclosures.mail import journal, processes, spark
from sekisho.disclosures.mail.worker import Batch, Setting, Task
from sekisho.kernel.errors import SekishoError
from sekisho.sources.mail.archive import MessageRef
from tests.disclosures.mail import crashing

KEY = bytes.fromhex("5e7d0c1fb3a94826d1ee70529c4bf638a70b93c4e815d26f4c7e0b31f29d86aa")
PASSWORD = "himitsu-no-kotoba"
BATCH_MESSAGES = 20

_answer = spark._answer


def answer(setting: Setting, version: str, asked: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Runs on the nodes, in Spark's Python worker."""
    processes.read_batch = crashing.read_batch
    yield from _answer(setting, version, asked)


def crash(master: str, index: str) -> None:
    spark._answer = answer
    setting = Setting(index, KEY, {}, (PASSWORD,))
    with spark.spark(master) as engine:
        try:
            refused = f"{list(engine([], replace(setting, index_folder=index + '-elsewhere')))}"
        except SekishoError as error:
            refused = str(error)
        seen = [one for batch in engine(batches(), setting) for one in batch]
    print(json.dumps({"refused": refused, "unread": {one.number: [gap[1] for gap in one.unread] for one in seen}}))


def batches() -> Iterator[Batch]:
    for start in range(0, 12, 4):
        yield tuple(Task(number, MessageRef("a.mbox", "a.mbox", number, 1)) for number in range(start, start + 4))


def sweep(*words: str) -> None:
    journal.BATCH_MESSAGES = BATCH_MESSAGES
    sys.argv = ["sekisho", "sweep", "mail", *words]
    run()


if __name__ == "__main__":
    {"crash": crash, "sweep": sweep}[sys.argv[1]](*sys.argv[2:])
