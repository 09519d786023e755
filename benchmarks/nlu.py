"""`make benchmark-nlu`: this pipeline beside Rasa's usual Chinese one and a plain scikit-learn one.

All learn from the same share of the training data and are tested on the same sentences in one run,
by turns of a few sentences, so that the figures can be compared with each other (and only so). DIET
needs hours for the whole data: by default each gets 45 examples of an intent and 200 out of scope.
"""

from __future__ import annotations

import argparse
import asyncio
import json
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
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path
from typing import Any, Protocol

import yaml

from benchmarks.evaluate import OWN_SET, ROOT
from nlu.check import examples
from nlu.intents import FALLBACK, OUT_OF_SCOPE
from runtime.evaluation import Row, figures, read_rows

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


Answer = tuple[float, str, list[str]]  # seconds, intent decided for, intents likeliest first
STOCK = ROOT / ".venv-benchmark" / "bin" / "python"  # Rasa with its own pins and TensorFlow
TURN = 25  # sentences that a contender parses before it is the next one's turn


class Parser(Protocol):
    """A process that parses."""

    def answers(self, texts: list[str]) -> list[Answer]:
        """Parse texts."""

    def close(self) -> None:
        """End the process."""


@dataclass
class Contender:
    """One pipeline, trained. It parses in a process of its own, so that none finds another's
    dictionary in jieba; training in seconds, size in bytes.
    """

    name: str
    training: float
    size: int
    parser: Parser
    rows: list[Row]
    times: list[float] = field(default_factory=list)

    def parse(self, first: int) -> None:
        """Parse a turn's sentences, from the row `first` on."""
        rows = self.rows[first : first + TURN]
        answers = self.parser.answers([row.text for row in rows])
        for row, (seconds, predicted, names) in zip(rows, answers, strict=True):
            self.times.append(seconds)
            row.predicted, row.best = predicted, names[0]
            row.top = tuple([name for name in names if name != OUT_OF_SCOPE][:3])


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


def train_rasa(
    name: str, config: dict[str, Any], data: Path, work: Path, stock: bool = False
) -> Contender:
    """Train a Rasa pipeline, here or in a stock installation."""
    file = work / f"{name}.yml"
    file.write_text(yaml.safe_dump(config, allow_unicode=True), encoding="utf8")
    started = time.perf_counter()
    subprocess.run(  # noqa: S603  # our own command
        [
            *(
                (str(STOCK), "-W", "ignore", "-m")
                if stock
                else (sys.executable, "runtime/quiet.py")
            ),
            *("rasa", "train", "nlu", "--quiet"),
            *("--config", str(file), "--nlu", str(data), "--domain", "domain.yml"),
            *("--out", str(work), "--fixed-model-name", name),
        ],
        cwd=ROOT,
        check=True,
    )
    training = time.perf_counter() - started
    model = work / f"{name}.tar.gz"
    parser = Stock(model) if stock else Own(_open_ours, model)
    return Contender(name, training, model.stat().st_size, parser, [])


def _words(text: str) -> list[str]:
    import jieba

    words: list[str] = jieba.lcut(text)
    return words


def train_sklearn(data: Sequence[tuple[str, str]], work: Path) -> Contender:
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
    file = work / "sklearn.joblib"
    joblib.dump(model, file)
    name = "jieba + tf-idf + logistic regression"
    return Contender(name, training, file.stat().st_size, Own(_open_sklearn, file), [])


# ---- in a contender's own process

_parsers: list[Callable[[str], tuple[str, list[str]]]] = []


class Own:
    """A parser in this Python and its libraries."""

    def __init__(self, opener: Callable[[Path], None], model: Path) -> None:
        self._pool = ProcessPoolExecutor(1, get_context("spawn"), opener, (model,))

    def answers(self, texts: list[str]) -> list[Answer]:
        """Parse texts."""
        return self._pool.submit(_answers, texts).result()

    def close(self) -> None:
        """End the process."""
        self._pool.shutdown()


class Stock:
    """A parser in the stock installation (benchmarks/stock.py)."""

    def __init__(self, model: Path) -> None:
        command = [str(STOCK), "-W", "ignore", "benchmarks/stock.py", str(model)]
        self._process = subprocess.Popen(  # noqa: S603  # our own command
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT
        )

    def answers(self, texts: list[str]) -> list[Answer]:
        """Parse texts."""
        asked, told = self._process.stdin, self._process.stdout
        if asked is None or told is None:
            raise RuntimeError("no pipes")
        asked.write(json.dumps(texts).encode() + b"\n")
        asked.flush()
        return [
            (seconds, intent or FALLBACK, [name for name in names if name != FALLBACK])
            for seconds, intent, names in json.loads(told.readline())
        ]

    def close(self) -> None:
        """End the process."""
        self._process.communicate()


def _open_ours(model: Path) -> None:
    from runtime.patches import install

    install()  # as `make run` does
    import structlog
    from rasa.core.agent import Agent

    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    agent = Agent.load(str(model))
    loop = asyncio.new_event_loop()

    def parse(text: str) -> tuple[str, list[str]]:
        parsed = loop.run_until_complete(agent.parse_message(text))
        ranking = [each["name"] for each in parsed["intent_ranking"] if each["name"] != FALLBACK]
        return parsed["intent"]["name"] or FALLBACK, ranking

    _parsers.append(parse)


def _open_sklearn(file: Path) -> None:
    import joblib

    model = joblib.load(file)

    def parse(text: str) -> tuple[str, list[str]]:
        shares = model.predict_proba([text])[0]
        order = shares.argsort()[::-1]
        best, second = shares[order[0]], shares[order[1]]
        names = [str(model.classes_[place]) for place in order]
        return FALLBACK if best < 0.3 or best - second < 0.1 else names[0], names

    _parsers.append(parse)


def _answers(texts: list[str]) -> list[Answer]:
    (parse,) = _parsers
    parse("你好")  # dictionaries load at the first message; and the processor wakes up
    found: list[Answer] = []
    for text in texts:
        started = time.perf_counter()
        predicted, names = parse(text)
        found.append((time.perf_counter() - started, predicted, names))
    return found


def table(results: Sequence[Contender]) -> str:
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
        tail = sorted(result.times)[int(0.95 * len(result.times))]
        cells = [
            result.name,
            *(f"{found[name]['share']:.1%}" for name in wanted),
            f"{statistics.median(result.times) * 1000:.2f} ms",
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

    contenders = [
        train_rasa("ours", {**ours, "policies": []}, work / "data", work),
        train_sklearn(data, work),
    ]
    if not options.without_diet:
        contenders.append(train_rasa("usual-DIET", USUAL, work / "data", work, stock=True))
    for contender in contenders:
        contender.rows = read_rows(options.file)
    rows = contenders[0].rows
    for first in range(0, len(rows), TURN):
        for contender in contenders:
            contender.parse(first)
    print(f"{len(data)} training sentences, tested on {len(rows)} of {options.file.name}")
    print(table(contenders))
    for contender in contenders:
        contender.parser.close()
    shutil.rmtree(work)
    return 0


if __name__ == "__main__":
    sys.exit(main())
