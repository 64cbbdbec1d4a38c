"""Presidio and GiNZA, run in the peers' environment: ``python -m bench.recognise presidio|ginza SAMPLES.json``.

Only the model's own recogniser is used: others would ask the network for a list of domain endings.
"""

import json
import sys
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

Spans = Callable[[str], list[tuple[int, int]]]


def _presidio() -> Spans:
    from presidio_analyzer import AnalyzerEngine, RecognizerRegistry  # type: ignore[import-not-found]  # noqa: PLC0415
    from presidio_analyzer.nlp_engine import NlpEngineProvider  # type: ignore[import-not-found]  # noqa: PLC0415
    from presidio_analyzer.predefined_recognizers import SpacyRecognizer  # type: ignore[import-not-found]  # noqa: PLC0415

    model = {"lang_code": "ja", "model_name": "ja_ginza"}
    labels = {"model_to_presidio_entity_mapping": {"Person": "PERSON", "PERSON": "PERSON"}}
    engine = NlpEngineProvider(
        nlp_configuration={"nlp_engine_name": "spacy", "models": [model], "ner_model_configuration": labels}
    ).create_engine()
    registry = RecognizerRegistry(supported_languages=["ja"])
    registry.add_recognizer(SpacyRecognizer(supported_language="ja", supported_entities=["PERSON"]))
    analyzer = AnalyzerEngine(nlp_engine=engine, registry=registry, supported_languages=["ja"])
    return lambda text: [(r.start, r.end) for r in analyzer.analyze(text, language="ja", entities=["PERSON"])]


def _ginza() -> Spans:
    import spacy  # type: ignore[import-not-found]  # noqa: PLC0415

    model = spacy.load("ja_ginza")
    return lambda text: [(e.start_char, e.end_char) for e in model(text).ents if e.label_.upper() == "PERSON"]


def main() -> None:
    what, path = sys.argv[1], Path(sys.argv[2])
    samples = json.loads(path.read_text(encoding="utf-8"))
    started = time.process_time()
    spans = {"presidio": _presidio, "ginza": _ginza}[what]()
    spans(samples[0]["text"])
    start = time.process_time() - started
    found = persons = 0
    started = time.process_time()
    answers = [spans(sample["text"]) for sample in samples]
    seconds = time.process_time() - started
    for sample, answer in zip(samples, answers, strict=True):
        persons += len(answer)
        found += any(sample["text"][begin:end] == sample["name"] for begin, end in answer)
    package = {"presidio": "presidio-analyzer", "ginza": "spacy"}[what]
    told = {"start": start, "seconds": seconds, "found": found, "persons": persons}
    print(json.dumps(told | {"versions": [version(package), version("ja-ginza")]}))


if __name__ == "__main__":
    main()
