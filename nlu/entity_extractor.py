"""The entity extractor as a Rasa component: spaCy's Matcher over patterns that are data."""

from __future__ import annotations

import json
import re
import shutil
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import opencc
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.extractors.extractor import EntityExtractorMixin
from rasa.shared.nlu.constants import ENTITIES, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from spacy.errors import MatchPatternError
from spacy.lang.lex_attrs import LEX_ATTRS
from spacy.matcher import Matcher
from spacy.tokens import Doc
from spacy.vocab import Vocab

from nlu import files_hash
from nlu.dictionary import LexiconError, read_dictionary, split_words, teach_jieba

_PROJECT = Path(__file__).resolve().parent.parent
_PATTERNS_FILE = "patterns.jsonl"
_DICTIONARY_FILE = "dictionary.txt"

_LABEL_KEYS = {"label", "before", "pattern", "after", "value", "why"}
_VALUES = {"text", "code", "number"}
# A customer's every new word stays in spaCy's vocabulary; past so many of them it is made anew,
# so that a process that runs for months neither grows nor remembers.
_MOST_STRINGS = 20_000

_DIGITS = {
    **{sign: value for value, sign in enumerate("零一二三四五六七八九")},
    **{sign: value for value, sign in enumerate("壹贰叁肆伍陆柒捌玖", start=1)},
    **{"〇": 0, "两": 2},
}
_TENS = {"十": 10, "拾": 10, "百": 100, "佰": 100, "千": 1000, "仟": 1000}
_NUMBER = re.compile(rf"\d+|[{''.join(_DIGITS)}{''.join(_TENS)}万]+")
# A gap between these keeps two numbers or codes apart (100 200, 两千 三百); one before 万 does not
# (5 万), nor one beside a word (第 三 步).
_APART = re.compile(
    rf"[A-Za-z0-9]{{2}}|[\d几亿万{''.join(_DIGITS)}{''.join(_TENS)}][\d几{''.join(_DIGITS)}]"
)


@dataclass(frozen=True)
class Pattern:
    """One `label` line. `tokens[first:last]` is the entity, the rest its surroundings."""

    line: int
    label: str | None
    value: str
    tokens: list[dict[str, Any]]
    first: int
    last: int


@dataclass(frozen=True)
class Grammar:
    """What a pattern file says; the kinds of lines are described in `Grammar.read`."""

    file: Path
    cuts: list[str]
    patterns: list[Pattern]

    @classmethod
    def read(cls, file: Path, trained: bool = False) -> Grammar:
        """Read a pattern file: one JSON object a line, of one of three kinds (`why` is a comment).

        One that is part of a trained model was checked by spaCy before, and is not again.

        - `{"token": regex}`: what always is one token, whatever jieba thinks. Tried in the order
          of the file, case-insensitively, before jieba cuts what is left.
        - `{"let": name, "be": anything}`: below this line `"$name"` stands for that value.
        - `{"label": entity or null, "pattern": [spaCy tokens]}`, optionally with `before` and
          `after` (tokens that must stand there but are not part of the entity) and `value`:
          `text` (as typed, the default), `code` (half-width, no spaces) or `number` (an integer
          in digits). A null label is a decoy: it wins its place like an entity, and gives none.

        Raises:
            LexiconError: with file, line number and reason.
        """
        names: dict[str, Any] = {}
        cuts: list[str] = []
        patterns: list[Pattern] = []
        try:
            lines = file.read_text(encoding="utf8").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            raise LexiconError(file, 0, f"cannot be read: {error}") from error
        for number, line in enumerate(lines, start=1):
            if not line.strip():
                continue
            try:
                entry = json.loads(line)
                if not isinstance(entry, dict):
                    raise ValueError("not a JSON object")
                if "token" in entry:
                    cuts.append(_checked_cut(entry))
                elif "let" in entry:
                    if not isinstance(entry["let"], str) or set(entry) - {"let", "be", "why"}:
                        raise ValueError('"let" needs a name, and a "be"')
                    names["$" + entry["let"]] = _expanded(entry["be"], names)
                elif "label" in entry:
                    patterns.append(_checked_pattern(entry, number, names, trained))
                else:
                    raise ValueError('none of "token", "let" and "label" is given')
            except (ValueError, KeyError, TypeError, re.error, MatchPatternError) as error:
                reason = f"{error.args[0]} is missing" if isinstance(error, KeyError) else error
                raise LexiconError(file, number, str(reason)) from error
        if not patterns:
            raise LexiconError(file, len(lines), "no label line in the whole file")
        return cls(file, cuts, patterns)

    def literals(self) -> set[str]:
        """Return every word that a pattern asks for by its letters."""
        words: set[str] = set()
        for pattern in self.patterns:
            for token in pattern.tokens:
                for name in ("LOWER", "TEXT", "ORTH"):
                    wanted = token.get(name, [])
                    if isinstance(wanted, dict):
                        wanted = wanted.get("IN", [])
                    words.update([wanted] if isinstance(wanted, str) else wanted)
        return words


def _checked_cut(entry: dict[str, Any]) -> str:
    cut = entry["token"]
    if not isinstance(cut, str) or set(entry) - {"token", "why"}:
        raise ValueError('"token" needs one regular expression')
    if re.compile(cut).groups:
        raise ValueError("a group in a token's expression must be (?:...)")
    if re.compile(cut).match(""):
        raise ValueError("a token's expression must not match an empty text")
    return cut


def _expanded(value: Any, names: dict[str, Any]) -> Any:
    """Return the value with every `"$name"` inside it replaced."""
    if isinstance(value, dict):
        return {key: _expanded(inner, names) for key, inner in value.items()}
    if isinstance(value, list):
        return [_expanded(inner, names) for inner in value]
    if isinstance(value, str) and re.fullmatch(r"\$[a-z_]+", value):
        if value not in names:
            raise ValueError(f"{value} is not let be anything above this line")
        return names[value]
    return value


def _checked_pattern(
    entry: dict[str, Any], number: int, names: dict[str, Any], trained: bool
) -> Pattern:
    unknown = set(entry) - _LABEL_KEYS
    if unknown:
        raise ValueError(f"unknown key {sorted(unknown)[0]}")
    label, value = entry["label"], entry.get("value", "text")
    if label is not None and (not isinstance(label, str) or not label):
        raise ValueError("the label must be a name or null")
    if value not in _VALUES:
        raise ValueError(f"the value must be one of {', '.join(sorted(_VALUES))}")
    before, inside, after = (
        _expanded(entry.get(part, []), names) for part in ("before", "pattern", "after")
    )
    if not inside:
        raise ValueError("pattern is missing")
    for part in (before, inside, after):
        if not isinstance(part, list) or not all(isinstance(token, dict) for token in part):
            raise ValueError("a pattern must be a list of spaCy tokens")
    tokens = [*before, *inside, *after]
    try:
        if not trained:  # spaCy's own check: keys, operators, regular expressions
            Matcher(Vocab(), validate=True).add("check", [tokens])
    except MatchPatternError as error:
        # its message runs over many lines, of which those with a dash say what is wrong
        told = [line.strip("- ") for line in str(error).splitlines() if line.startswith("-")]
        raise ValueError("spaCy refuses the pattern: " + "; ".join(told)) from error
    return Pattern(number, label, value, tokens, len(before), len(before) + len(inside))


@lru_cache(maxsize=1)
def _to_simplified() -> opencc.OpenCC:
    return opencc.OpenCC("t2s")


@lru_cache(maxsize=20_000)
def _plain(char: str) -> str:
    """Return one character half-width and simplified; a space for what carries no text."""
    if char == "，":  # not the comma inside 1,000: "转了100，200块"
        return char
    if char.isspace() or unicodedata.category(char) in {
        # symbols and emoji, control and format, combining marks, broken or private
        *("So", "Sk", "Cc", "Cf", "Mn", "Me", "Cs", "Co", "Cn"),
    }:
        return " "
    for changed in (unicodedata.normalize("NFKC", char), _to_simplified().convert(char)):
        if len(changed) == 1 and changed != char:
            return _plain(changed)
    return char


def _compact(text: str) -> tuple[str, list[int]]:
    """Return the text in plain characters without gaps, and each one's place in the original.

    A gap stays, as one space, only where it keeps numbers or codes apart, and at a line's end.
    """
    chars: list[str] = []
    places: list[int] = []
    gap, line_end = -1, False
    for place, char in enumerate(text):
        plain = _plain(char)
        if plain == " ":
            gap, line_end = place, line_end or char == "\n"
            continue
        if gap >= 0 and chars and (line_end or _APART.fullmatch(chars[-1] + plain)):
            chars.append(" ")
            places.append(gap)
        gap, line_end = -1, False
        chars.append(plain)
        places.append(place)
    return "".join(chars), places


def integer(text: str) -> int | None:
    """Return the integer that digits or Chinese numerals spell (12, 十二, 一二), else None."""
    if re.fullmatch(r"\d+", text):
        return int(text)
    if not _NUMBER.fullmatch(text):
        return None
    if all(sign in _DIGITS for sign in text):
        return int("".join(str(_DIGITS[sign]) for sign in text))
    whole = part = digit = 0
    for sign in text:
        if sign in _DIGITS:
            digit = _DIGITS[sign]
        elif sign in _TENS:
            part += (digit or 1) * _TENS[sign]
            digit = 0
        else:  # 万
            whole, part, digit = (whole + part + digit) * 10_000, 0, 0
    return whole + part + digit


class Lexer:
    """Cuts a plain text into the tokens that patterns speak about.

    Numbers and codes first, by the grammar's own expressions; jieba the rest, between them, and
    without its guesses at unknown words (which glue 点半付 together). Where a pattern asks for a
    word, jieba's cut gives way to it: right after a number, and where its words add up to it.
    """

    def __init__(self, grammar: Grammar) -> None:
        """Take the grammar."""
        self._cut = re.compile(
            "|".join(f"(?:{cut})" for cut in grammar.cuts) or r"(?!)", re.IGNORECASE
        )
        self._literals = grammar.literals()
        self._longest = max(map(len, self._literals), default=0)
        one = "|".join(
            re.escape(word) for word in sorted(self._literals, key=lambda word: (-len(word), word))
        )
        self._literal = re.compile(one or r"(?!)")

    def cut(self, text: str) -> list[tuple[int, int]]:
        """Return the start and end of each token; white space is in none."""
        spans: list[tuple[int, int]] = []
        end = 0
        for found in self._cut.finditer(text):
            spans += self._words(text, end, found.start())
            spans.append(found.span())
            end = found.end()
        spans += self._words(text, end, len(text))
        return [(start, end) for start, end in spans if not text[start:end].isspace()]

    def _words(self, text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
        """Yield the words between two numbers, or a number and an end of the text."""
        if start == end:
            return
        words = split_words(text[start:end], guess=False)
        begun = self._literal.match(words[0]) if words[0] not in self._literals else None
        if start > 0 and begun:
            # a measure word that jieba takes for the beginning of a longer one: 第三步|行不通
            words[:1] = [begun[0], words[0][begun.end() :]]
        first = 0
        while first < len(words):
            last, size = first + 1, len(words[first])
            joined, longest = last, size
            while last < len(words) and longest + len(words[last]) <= self._longest:
                longest += len(words[last])
                last += 1
                if text[start : start + longest] in self._literals:
                    joined, size = last, longest
            yield from self._parts(text, start, start + size)
            start, first = start + size, joined

    def _parts(self, text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
        """Yield a word's parts if all are words of the patterns (昨天下午), else the word."""
        parts: list[tuple[int, int]] = []
        place = start
        if text[start:end] not in self._literals:
            while place < end and (found := self._literal.match(text, place, end)):
                parts.append(found.span())
                place = found.end()
        yield from parts if parts and place == end else [(start, end)]


class Anchors:
    """Says whether a word could belong to an entity: most messages have none, and need no matcher.

    Each pattern has at least one token that must be there; by it the pattern is known. An
    expression is taken before a list of words, since numbers are rarer than measure words.
    """

    def __init__(self, patterns: list[Pattern]) -> None:
        """Take one required token of each pattern."""
        words: set[str] = set()
        expressions: set[str] = set()
        for pattern in patterns:
            needed = [token for token in pattern.tokens if token.get("OP", "+") in {"+", "1"}]
            tests = [token[name] for token in needed for name in ("LOWER", "TEXT") if name in token]
            found = [test["REGEX"] for test in tests if isinstance(test, dict) and "REGEX" in test]
            if found:
                expressions.add(found[0])
                continue
            if not tests:  # a pattern of other kinds of tests only: any word may be its own
                expressions.add("")
                continue
            lists = [set(test["IN"]) if isinstance(test, dict) else {test} for test in tests]
            words.update(sorted(lists, key=len)[0])
        self._words = words
        self._expression = re.compile("|".join(f"(?:{one})" for one in sorted(expressions)), re.I)
        # a word costs 20 µs; the frequent ones come again and again
        self.holds = lru_cache(maxsize=20_000)(self._holds)

    def _holds(self, word: str) -> bool:
        """Return whether some pattern needs a word like this one."""
        return word.lower() in self._words or bool(self._expression.search(word))


class Finder:
    """Finds entities in a raw text by a grammar; no Rasa around it."""

    def __init__(self, grammar: Grammar) -> None:
        """Build spaCy's matcher from the grammar."""
        self._grammar = grammar
        self._build()

    def _build(self) -> None:
        self._vocabulary = Vocab(lex_attr_getters=LEX_ATTRS)
        self._lexer = Lexer(self._grammar)
        self._matcher = Matcher(self._vocabulary, validate=False)  # Grammar.read did
        self._by_key: dict[int, Pattern] = {}
        for pattern in self._grammar.patterns:
            key = f"line {pattern.line}"
            self._matcher.add(key, [pattern.tokens])
            self._by_key[self._vocabulary.strings[key]] = pattern
        self._most = len(self._vocabulary.strings) + _MOST_STRINGS
        self._anchors = Anchors(self._grammar.patterns)

    def find(self, text: str) -> list[dict[str, Any]]:
        """Return the entities of a text, first to last, without the extractor's name.

        Where two overlap the longer stays; of equally long ones the earlier line of the grammar.
        """
        plain, places = _compact(text)
        spans = self._lexer.cut(plain)
        if not any(self._anchors.holds(plain[start:end]) for start, end in spans):
            return []
        if len(self._vocabulary.strings) > self._most:
            self._build()
        doc = Doc(
            self._vocabulary,
            words=[plain[start:end] for start, end in spans],
            # so that a pattern can refuse a gap: {"SPACY": false}
            spaces=[_gap_after(places, end) for _, end in spans],
        )
        found = set()
        for key, first, _, aligned in self._matcher(doc, with_alignments=True):
            pattern = self._by_key[key]
            inside = [
                first + place
                for place, token in enumerate(aligned)
                if pattern.first <= token < pattern.last
            ]
            start, end = spans[inside[0]][0], spans[inside[-1]][1]
            found.add((start - end, pattern.line, start, end, key))
        taken: list[tuple[int, int]] = []
        entities: list[dict[str, Any]] = []
        for _, _, start, end, key in sorted(found):
            if any(start < other_end and end > other for other, other_end in taken):
                continue
            taken.append((start, end))
            pattern = self._by_key[key]
            begin, stop = places[start], places[end - 1] + 1
            value = _value(pattern.value, text[begin:stop], plain[start:end])
            if pattern.label and value:
                entities.append(
                    {"entity": pattern.label, "start": begin, "end": stop, "value": value}
                )
        return sorted(entities, key=lambda entity: int(entity["start"]))


def _gap_after(places: list[int], end: int) -> bool:
    return end < len(places) and places[end] != places[end - 1] + 1


def _value(kind: str, typed: str, plain: str) -> str:
    """Return an entity's value, or "" when there is none (第几步)."""
    if kind == "code":
        return plain.replace(" ", "")
    if kind == "number":
        found = _NUMBER.search(plain)
        number = integer(found[0]) if found else None
        return "" if number is None else str(number)
    return typed


def _in_project(path: str) -> Path:
    """Return the path; a relative one starts at the project, wherever the process was started."""
    return _PROJECT / path


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=True)
class WalletEntityExtractor(GraphComponent, EntityExtractorMixin):
    """Finds amounts, dates, order numbers, steps and the like, by patterns that are data.

    Reads the raw text and appends to `entities`; needs no other component. The patterns and the
    dictionary are copied into the model, which needs the data folder no more.
    """

    def __init__(
        self,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        finder: Finder | None = None,
    ) -> None:
        self._config = config
        self._model_storage = model_storage
        self._resource = resource
        self._finder = finder

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Return the defaults: the files of patterns and of words (None: no dictionary)."""
        return {
            "patterns": "data/lexicon/entities.jsonl",
            "dictionary": "data/lexicon/jieba/wallet.txt",
        }

    @staticmethod
    def required_packages() -> list[str]:
        """Return the packages that must be importable."""
        return ["spacy", "jieba", "opencc"]

    @staticmethod
    def supported_languages() -> list[str]:
        """Return the languages: Chinese."""
        return ["zh"]

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> str | None:
        """Return the files' hash: without it `rasa train` would not notice that one was edited."""
        settings = {**cls.get_default_config(), **config}
        names = ("patterns", "dictionary")
        return files_hash(_in_project(settings[name]) for name in names if settings[name])

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> WalletEntityExtractor:
        """Create an untrained component."""
        return cls(config, model_storage, resource)

    def train(self, training_data: TrainingData) -> Resource:
        """Check the patterns and the dictionary, and copy them into the model.

        Raises:
            LexiconError: a line of either is broken.
        """
        patterns = _in_project(self._config["patterns"])
        Grammar.read(patterns)
        with self._model_storage.write_to(self._resource) as folder:
            shutil.copyfile(patterns, folder / _PATTERNS_FILE)
            if self._config["dictionary"]:
                dictionary = _in_project(self._config["dictionary"])
                read_dictionary(dictionary)
                shutil.copyfile(dictionary, folder / _DICTIONARY_FILE)
        return self._resource

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> WalletEntityExtractor:
        """Load what `train` copied into the model."""
        with model_storage.read_from(resource) as folder:
            if (folder / _DICTIONARY_FILE).is_file():
                teach_jieba(folder / _DICTIONARY_FILE)
            finder = Finder(Grammar.read(folder / _PATTERNS_FILE, trained=True))
        return cls(config, model_storage, resource, finder)

    def process(self, messages: list[Message]) -> list[Message]:
        """Append the entities of each message to those that it has."""
        for message in messages:
            text = message.get(TEXT)
            if self._finder is None or text is None:
                continue
            entities = self.add_extractor_name(self._finder.find(text))
            message.set(ENTITIES, message.get(ENTITIES, []) + entities, add_to_output=True)
        return messages
