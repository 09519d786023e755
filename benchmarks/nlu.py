"""`make benchmark-nlu`: this pipeline beside Rasa's usual Chinese one and a plain scikit-learn one.

All learn from the same share of the training data and are tested on the same sentences, one after
the other in one run, so that the figures can be compared with each other (and only so). DIET needs
hours for the whole data: by default each gets 45 examples of an intent and 200 out of scope.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from benchmarks.evaluate import FALLBACK, OUT_OF_SCOPE, OWN_SET, ROOT, Row, figures, read_rows
from nlu.check import examples

USUAL = {
    "recipe": "default.v1",
    "assistant_id": "usual",
    "language": "zh",
    "pipeline": [
        {"name": "JiebaTokenizer"},
        {"name": "RegexFeaturizer", "use_word_boundaries": False},
        {"name": "LexicalSyntacticFeaturizer"},
        {"name": "CountVectorsFeaturizer"},
        {"name": "CountVectorsFeaturizer", "analyzer": "char_wb", "min_ngram": 1, "max_ngram": 4},
        {"name": "DIETClassifier", "epochs": 100, "constrain_similarities": True},
        {"name": "FallbackClassifier", "threshold": 0.3, "ambiguity_threshold": 0.1},
    ],
    "policies": [],
}


@dataclass
class Result:
    """What one contender did; times in seconds, size in bytes."""

    name: str
    training: float
    parse: list[float]
    size: int
    rows: list[Row]


def chosen(per_intent: int, outside: int) -> list[tuple[str, str]]:
    """Return (intent, text) of a fixed random share; 0 means everything."""
    by_intent: dict[str, list[str]] = defaultdict(list)
    for _, _, intent, text in examples():
        by_intent[intent].append(text[2:].strip())
    found = []
    for intent, texts in sorted(by_intent.items()):
        random.Random(0).shuffle(texts)  # noqa: S311  # not for secrets
        most = outside if intent == OUT_OF_SCOPE else per_intent
        found += [(intent, text) for text in (texts[:most] if per_intent else texts)]
    return found


def write_data(data: Sequence[tuple[str, str]], folder: Path) -> None:
    """Write the examples as a Rasa file."""
    by_intent: dict[str, list[str]] = defaultdict(list)
    for intent, text in data:
        by_intent[intent].append(f"- {text}")
    blocks = [
        {"intent": intent, "examples": "\n".join(texts)} for intent, texts in by_intent.items()
    ]
    (folder / "nlu.yml").write_text(
        yaml.safe_dump({"version": "3.1", "nlu": blocks}, allow_unicode=True), encoding="utf8"
    )


def run_rasa(name: str, config: dict[str, Any], data: Path, rows: list[Row], work: Path) -> Result:
    """Train a Rasa pipeline in a process of its own and let it parse the sentences."""
    file = work / f"{name}.yml"
    file.write_text(yaml.safe_dump(config, allow_unicode=True), encoding="utf8")
    started = time.perf_counter()
    subprocess.run(  # noqa: S603  # our own command
        [
            *(sys.executable, "quiet.py", "rasa", "train", "nlu", "--quiet"),
            *("--config", str(file), "--nlu", str(data), "--domain", "domain.yml"),
            *("--out", str(work), "--fixed-model-name", name),
        ],
        cwd=ROOT,
        check=True,
    )
    training = time.perf_counter() - started
    model = work / f"{name}.tar.gz"
    parse = asyncio.run(_parse_rasa(model, rows))
    return Result(name, training, parse, model.stat().st_size, rows)


async def _parse_rasa(model: Path, rows: list[Row]) -> list[float]:
    import structlog
    from rasa.core.agent import Agent

    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    agent = Agent.load(str(model))
    await agent.parse_message("你好")  # dictionaries load at the first message
    times = []
    for row in rows:
        started = time.perf_counter()
        parsed = await agent.parse_message(row.text)
        times.append(time.perf_counter() - started)
        ranking = [each for each in parsed["intent_ranking"] if each["name"] != FALLBACK]
        _note(row, parsed["intent"]["name"] or FALLBACK, [each["name"] for each in ranking])
    return times


def _words(text: str) -> list[str]:
    import jieba

    words: list[str] = jieba.lcut(text)
    return words


def run_sklearn(data: Sequence[tuple[str, str]], rows: list[Row], work: Path) -> Result:
    """jieba words, tf-idf, logistic regression: what many write first, with Rasa's fallback."""
    import joblib
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    started = time.perf_counter()
    model = make_pipeline(
        TfidfVectorizer(tokenizer=_words, token_pattern=None, ngram_range=(1, 2)),
        LogisticRegression(C=10, max_iter=300),
    ).fit([text for _, text in data], [intent for intent, _ in data])
    training = time.perf_counter() - started
    joblib.dump(model, work / "sklearn.joblib")
    times = []
    for row in rows:
        started = time.perf_counter()
        shares = model.predict_proba([row.text])[0]
        times.append(time.perf_counter() - started)
        order = shares.argsort()[::-1]
        best, second = shares[order[0]], shares[order[1]]
        unsure = best < 0.3 or best - second < 0.1
        names = [str(model.classes_[place]) for place in order]
        _note(row, FALLBACK if unsure else names[0], names)
    size = (work / "sklearn.joblib").stat().st_size
    return Result("jieba + tf-idf + logistic regression", training, times, size, rows)


def _note(row: Row, predicted: str, names: list[str]) -> None:
    row.predicted, row.best = predicted, names[0]
    row.top = tuple([name for name in names if name != OUT_OF_SCOPE][:3])


def table(results: Sequence[Result]) -> str:
    """Return the results as a Markdown table."""
    wanted = [
        "in scope: right at once",
        "in scope: wrong answer",
        "in scope: right one in top 3",
        "out of scope: answered wrongly",
    ]
    head = ["pipeline", *wanted, "parse, median", "parse, 95 %", "training", "model"]
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    for result in results:
        found = figures(result.rows)
        tail = sorted(result.parse)[int(0.95 * len(result.parse))]
        cells = [
            result.name,
            *(f"{found[name]['share']:.1%}" for name in wanted),
            f"{statistics.median(result.parse) * 1000:.1f} ms",
            f"{tail * 1000:.1f} ms",
            f"{result.training:.0f} s",
            f"{result.size / 1e6:.1f} MB",
        ]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def main() -> int:
    """Run the contenders in turn and print the table; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", nargs="?", type=Path, default=OWN_SET)
    parser.add_argument("--per-intent", type=int, default=45, help="0: the whole training data")
    parser.add_argument("--outside", type=int, default=200)
    parser.add_argument("--without-diet", action="store_true")
    options = parser.parse_args()
    ours = yaml.safe_load((ROOT / "config.yml").read_text(encoding="utf8"))
    data = chosen(options.per_intent, options.outside)
    work = Path(tempfile.mkdtemp(prefix="benchmark-nlu-"))
    (work / "data").mkdir()
    write_data(data, work / "data")

    def rows() -> list[Row]:
        return read_rows(options.file)

    contenders: list[Callable[[], Result]] = [
        lambda: run_rasa("ours", {**ours, "policies": []}, work / "data", rows(), work),
        lambda: run_sklearn(data, rows(), work),
    ]
    if not options.without_diet:
        contenders.append(lambda: run_rasa("usual-DIET", USUAL, work / "data", rows(), work))
    results = []
    for contender in contenders:
        results.append(contender())
        print(f"{results[-1].name}: done", file=sys.stderr, flush=True)
    print(
        f"{len(data)} training sentences, tested on {len(results[0].rows)} of {options.file.name}"
    )
    print(table(results))
    shutil.rmtree(work)
    return 0


if __name__ == "__main__":
    sys.exit(main())
