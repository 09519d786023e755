"""Finds every regular expression of the project, and the texts that make one slow."""

from __future__ import annotations

import ast
import importlib
import json
import pkgutil
import re
import signal
import sre_parse
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache, partial
from pathlib import Path
from types import ModuleType
from typing import Any

import yaml

from run import ROOT

PACKAGES = ("actions", "channels", "console", "content", "desk", "infra", "nlu", "server")
MODULES = ("run", "runtime.patches", "runtime.quiet", "runtime.tracker_store")
LONG = 3000  # characters, more than a message has
FORGIVEN = 40  # times what a plain scan of the same text takes; squares take hundreds
STEEPEST = 7  # times the time for four times the text: linear is 4, a square 16
HANGS = 1  # seconds after which a run is broken off: nobody waits for an exponential one

_FUNCTIONS = ("compile", "search", "match", "fullmatch", "split", "findall", "finditer", "sub")
_SCAN = re.compile(r"[^\0]\0")


def modules() -> Iterator[ModuleType]:
    """Yield every module of ours; what runs when imported (`__main__`) is read, not run."""
    for name in PACKAGES:
        package = importlib.import_module(name)
        yield package
        for found in pkgutil.walk_packages(package.__path__, f"{name}."):
            if not found.name.endswith("__main__") and ".migrations" not in found.name:
                yield importlib.import_module(found.name)
    for name in MODULES:
        yield importlib.import_module(name)


def held(module: ModuleType) -> Iterator[tuple[str, re.Pattern[Any]]]:
    """Yield the compiled expressions that a module holds, in lists and tables too."""

    def within(value: Any) -> Iterator[re.Pattern[Any]]:
        if isinstance(value, re.Pattern):
            yield value
        elif isinstance(value, Mapping):
            for inner in value.values():
                yield from within(inner)
        elif isinstance(value, (list, tuple, set, frozenset)):
            for inner in value:
                yield from within(inner)

    for name, value in vars(module).items():
        for place, found in enumerate(within(value)):
            yield f"{module.__name__}.{name}[{place}]", found


def written(module: ModuleType) -> Iterator[tuple[str, Any]]:
    """Yield each expression in a call of `re`, or None where it is made while running."""
    tree = ast.parse(Path(str(module.__file__)).read_text(encoding="utf8"))
    for node in ast.walk(tree):
        if not (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and isinstance(node.func.value, ast.Name)
            and node.func.value.id == "re"
            and node.func.attr in _FUNCTIONS
        ):
            continue
        where = f"{module.__name__}:{ast.unparse(node.args[0])}"
        source = compile(ast.Expression(node.args[0]), "expression", "eval")
        try:
            value = eval(source, dict(vars(module)))
        except NameError:
            yield where, None
            continue
        yield where, value if isinstance(value, re.Pattern) else re.compile(value)


def in_lexicon() -> Iterator[tuple[str, re.Pattern[str]]]:
    """Yield the expressions of data/lexicon, and those of content's schema."""

    def within(value: Any) -> Iterator[str]:
        if isinstance(value, dict):
            yield from ([value["REGEX"]] if "REGEX" in value else ())
            for inner in value.values():
                yield from within(inner)
        elif isinstance(value, list):
            for inner in value:
                yield from within(inner)

    file = ROOT / "data/lexicon/entities.jsonl"
    for number, line in enumerate(file.read_text(encoding="utf8").splitlines(), 1):
        for expression in within(json.loads(line)) if line.strip() else ():
            yield f"entities.jsonl:{number}", re.compile(expression, re.IGNORECASE)
    danger: dict[str, list[str]] = yaml.safe_load(
        (ROOT / "data/lexicon/danger.yml").read_text(encoding="utf8")
    )
    for intent, expressions in danger.items():
        for expression in expressions:
            yield f"danger.yml:{intent}", re.compile(str(expression))
    schema = (ROOT / "content/schema.yml").read_text(encoding="utf8")
    for expression in re.findall(r"pattern: \"([^\"]+)\"", schema):
        yield "schema.yml", re.compile(expression)


# ---- what makes an expression slow


def alphabet(pattern: re.Pattern[Any]) -> list[str]:
    """Return pieces that an expression looks for: its words, and members of its classes."""
    source = (
        pattern.pattern if isinstance(pattern.pattern, str) else pattern.pattern.decode("latin1")
    )
    found: dict[str, None] = {}
    word: list[str] = []

    def end() -> None:
        if word:
            found["".join(word)] = None
            word.clear()

    def walk(parsed: Any) -> None:
        for kind, value in parsed:
            name = str(kind)
            if name == "LITERAL":
                word.append(chr(value))
                found.setdefault(chr(value))
                continue
            end()
            if name == "IN":
                for inner, member in value:
                    if str(inner) == "LITERAL":
                        found.setdefault(chr(member))
                    elif str(inner) == "RANGE":
                        found.setdefault(chr(member[0]))
                    elif str(inner) == "CATEGORY":
                        found.setdefault({"DIGIT": "1", "SPACE": " "}.get(str(member)[9:], "a"))
            elif name in {"MAX_REPEAT", "MIN_REPEAT"}:
                walk(value[2])
            elif name == "SUBPATTERN":
                walk(value[3])
            elif name == "BRANCH":
                for branch in value[1]:
                    walk(branch)
                    end()
            elif name in {"ASSERT", "ASSERT_NOT"}:
                walk(value[1])
            elif name in {"ANY", "NOT_LITERAL"}:
                found.setdefault("a")
            end()

    walk(sre_parse.parse(source, pattern.flags & ~re.UNICODE))
    end()
    return list(found)


def pumped(prefix: str, piece: str, end: str, size: int) -> str:
    """Return a text of that size: a beginning, a piece over and over, an end."""
    return prefix + piece * (size // max(len(piece), 1)) + end


@contextmanager
def _broken_off() -> Iterator[None]:
    def stop(number: int, frame: object) -> None:
        raise TimeoutError

    # Of the processor's time: others may keep it from us for as long as they like.
    before = signal.signal(signal.SIGVTALRM, stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, HANGS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


def cost(work: Callable[[], object], tries: int = 3) -> float:
    """Return the processor time of one run, the best of some; infinite if it does not end."""
    best = float("inf")
    for _ in range(tries):
        begin = time.thread_time()
        try:
            with _broken_off():
                work()
        except TimeoutError:
            return float("inf")
        best = min(best, time.thread_time() - begin)
    return best


@lru_cache(maxsize=1)
def _plain_scan() -> float:
    return cost(lambda: _SCAN.search("a" * LONG), 20)


def grows_too_fast(run: Callable[[str], object], text: Callable[[int], str]) -> str:
    """Return how the time of a run grows with the text's length, if that is not near linear.

    First against a plain scan of such a text, which settles nearly all; what is left is measured
    at a quarter of the length, several times: noise makes one measurement slow, not all.
    """
    long, short = text(LONG), text(LONG // 4)
    if cost(lambda: run(long), 1) < FORGIVEN * _plain_scan():
        return ""
    steepness = float("inf")
    for _ in range(4):
        if cost(lambda: run(short), 1) == float("inf"):
            return "hangs"
        steepness = min(steepness, cost(lambda: run(long)) / cost(lambda: run(short)))
        if steepness < STEEPEST:
            return ""
    return f"{steepness:.0f} times the time for four times the text"


def slowest(run: Callable[[str], object], pieces: list[str]) -> Iterator[tuple[str, str]]:
    """Yield the texts that make a run slow, with how slow; pieces alone and next to another."""
    pairs = (one + other for one in pieces[:5] for other in pieces[:5] if one != other)
    for piece in [*pieces, *pairs]:
        for prefix, end in (("", ""), ("", "\0"), (pieces[0], "!"), ("1", "a")):
            told = grows_too_fast(run, partial(pumped, prefix, piece, end))
            if told:
                yield f"{prefix!r} + {piece!r} * n + {end!r}", told
                return
