"""What a page says of a payment: status, amount, time, order number, error code, merchant.

Found by the same matcher as in words (nlu/spacy_matcher.py); values.yml has the names of the
fields, and what counts as a result.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from infra.text import MASK
from nlu.grammar import Grammar
from nlu.spacy_matcher import Finder
from nlu.tokenizer import Lexer, tokens_of
from reader.page import CLEAR, Page

ROOT = Path(__file__).resolve().parent.parent
KINDS = ("status", "error_code", "amount", "time", "order_number", "merchant")
LONGEST_STATUS = 24  # characters of a sentence that tells a result
LONGEST_MERCHANT = 30
DATA: Mapping[str, Any] = yaml.safe_load(
    Path(__file__).with_suffix(".yml").read_text(encoding="utf8")
)
_SUM = re.compile(
    r"[-+−]?\s?(?:[¥￥$]|RMB|CNY)?\s?(\d{1,3}(?:,\d{3})+\.\d\d|\d{1,9}\.\d\d)\s?元?", re.I
)
_NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?")
TIME = re.compile(
    r"(?:(?P<year>20\d\d)\s?[-/.年])?\s?(?P<month>\d{1,2})\s?[-/.月]\s?(?P<day>\d{1,2})日?"
    r"(?:\s{0,2}(?P<clock>\d{1,2}:\d\d(?::\d\d)?))?"
)
DAYS = re.compile(
    r"(?:今天|昨天|前天|星期[一二三四五六日天]|周[一二三四五六日])\s?(?:上午|下午|晚上|凌晨)?\s?\d{1,2}:\d\d"
)
ERROR_CODE = re.compile(r"(?=.*\d)[A-Za-z0-9]+(?:[-_.][A-Za-z0-9]+)*")
_CODES = {
    **dict.fromkeys(
        ("order_number", "transaction_number"), re.compile(r"(?=(?:\D*\d){6})[A-Za-z0-9-]{8,64}")
    ),
    "error_code": ERROR_CODE,
}
_ANY_LABEL = re.compile(r"^[\u4e00-\u9fffA-Za-z .]{2,18}[:：]?$")


@dataclass(frozen=True)
class Value:
    """Something a page says, and how sure the recogniser was, 0 to 1."""

    text: str
    score: float

    @property
    def is_clear(self) -> bool:
        """Whether it is sure enough to be told as it is."""
        return self.score >= CLEAR


def values_of(page: Page) -> dict[str, Value]:
    """Return what a page says, by the names of `KINDS`; what it does not say is left out."""
    cells = list(_cells(page))
    found = {
        "status": _status(page),
        "amount": _amount(page, cells),
        "time": _time(page, cells),
        "merchant": _merchant(cells),
    }
    found |= _numbers(page, cells)
    return {kind: value for kind in KINDS if (value := found.get(kind)) is not None}


# ---- fields: a name, and what stands beside or below it


@dataclass(frozen=True)
class _Cell:
    """A field of a page."""

    kind: str
    text: str
    score: float


def _cells(page: Page) -> Iterator[_Cell]:
    lines = page.lines
    for place, line in enumerate(lines):
        for kind, rest in _labelled(line.text):
            if rest:
                yield _Cell(kind, rest, line.score)
                continue
            beside = [each for each in lines[place + 1 :] if each.row == line.row]
            below = [each for each in lines[place + 1 :] if each.row == line.row + 1]
            for other in (beside or below)[:1]:
                if beside or not _ANY_LABEL.match(other.text) or kind == "merchant":
                    yield _Cell(kind, other.text, min(line.score, other.score))


def _labelled(text: str) -> Iterator[tuple[str, str]]:
    """Yield the field a line names, and what of the field stands in the line itself."""
    for kind, pattern in _labels().items():
        named = pattern.match(text)
        if named:
            yield kind, text[named.end() :].strip()


@lru_cache(maxsize=1)
def _labels() -> dict[str, re.Pattern[str]]:
    patterns = {}
    for kind, names in DATA["labels"].items():
        words = "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True))
        patterns[kind] = re.compile(rf"\s*(?:{words})(?:\s*[:：]\s*|\s+|$)", re.IGNORECASE)
    return patterns


# ---- each value


def _status(page: Page) -> Value | None:
    best: tuple[tuple[int, float], Value] | None = None
    for line in page.lines:
        text = line.text.strip(" !！。.×✕✓√·")
        plain = text.lower()
        if len(text) > LONGEST_STATUS + 8 * text.isascii():
            continue
        if any(word in plain for word in DATA["not_status"]):
            continue
        for rank, name in enumerate(("failed", "pending", "done")):
            if any(word in plain for word in DATA["status"][name]):
                order = (rank, -line.height)
                if best is None or order < best[0]:
                    best = order, Value(text, line.score)
                break
    return best[1] if best else None


def _amount(page: Page, cells: Sequence[_Cell]) -> Value | None:
    sums = [
        (line.height, Value(_plain_sum(found[1]), line.score))
        for line in page.lines
        if (found := _SUM.fullmatch(line.text.strip()))
    ]
    heights = sorted(line.height for line in page.lines)
    usual = heights[len(heights) // 2] if heights else 0.0
    large = [each for each in sums if each[0] > 1.3 * usual]
    if large:
        return max(large, key=lambda each: each[0])[1]
    for cell in cells:
        if cell.kind == "amount" and (number := _NUMBER.search(cell.text)):
            return Value(_plain_sum(number[0]), cell.score)
    for row, entities in _entities(page):
        for entity in entities:
            if entity["entity"] == "amount" and (number := _NUMBER.search(entity["value"])):
                sums.append((0.0, Value(_plain_sum(number[0]), _score(page, row))))
    # Of several, as in a list, nobody knows which is meant.
    return sums[0][1] if len({value.text for _, value in sums}) == 1 else None


def _plain_sum(number: str) -> str:
    return number.replace(",", "")


def _time(page: Page, cells: Sequence[_Cell]) -> Value | None:
    for cell in cells:
        if cell.kind == "time":
            found = TIME.search(cell.text) or DAYS.search(cell.text)
            if found:
                return Value(found[0].strip(), cell.score)
    dated = [
        Value(found[0].strip(), _score(page, row))
        for row, text in enumerate(page.rows)
        for pattern in (TIME, DAYS)
        for found in pattern.finditer(text)
        if pattern is DAYS or found["clock"]
    ]
    return dated[0] if len({value.text for value in dated}) == 1 else None


def _merchant(cells: Sequence[_Cell]) -> Value | None:
    for cell in cells:
        text = cell.text.strip(" >›")
        if cell.kind == "merchant" and 1 < len(text) <= LONGEST_MERCHANT and MASK not in text:
            return Value(text, cell.score)
    return None


def _numbers(page: Page, cells: Sequence[_Cell]) -> dict[str, Value]:
    """Return order number and error code: what the extractor finds, named fields first."""
    found: dict[str, Value] = {}
    for cell in sorted(cells, key=lambda each: each.kind == "transaction_number"):
        if cell.kind in _CODES and _CODES[cell.kind].fullmatch(cell.text):
            kind = cell.kind.replace("transaction_number", "order_number")
            found.setdefault(kind, Value(cell.text, cell.score))
    for row, entities in _entities(page):
        _keep(found, entities, _score(page, row))
    return found


def _keep(found: dict[str, Value], entities: Sequence[Mapping[str, Any]], score: float) -> None:
    for entity in entities:
        kind = entity["entity"].replace("transaction_number", "order_number")
        if kind in ("order_number", "error_code") and MASK not in entity["value"]:
            found.setdefault(kind, Value(entity["value"], score))


def _entities(page: Page) -> Iterator[tuple[int, Sequence[Mapping[str, Any]]]]:
    for row, text in enumerate(page.rows):
        finder, lexer = tools()
        yield row, finder.find(text, tokens_of(text, lexer))


def _score(page: Page, row: int) -> float:
    numbers = list(dict.fromkeys(line.row for line in page.lines))
    return min(line.score for line in page.lines if line.row == numbers[row])


@lru_cache(maxsize=1)
def tools() -> tuple[Finder, Lexer]:
    """Return what finds entities in words, as in customers' own."""
    grammar = Grammar.read(ROOT / "data" / "lexicon" / "entities.jsonl")
    return Finder(grammar), Lexer(grammar)
