"""jieba as a Rasa tokenizer: the wallet's words and whole numbers, in any spelling.

Its tokens are those that spaCy's patterns speak about (nlu/spacy_matcher.py); the words of the
normalised message, which it cuts too, are those that the classifiers look at (nlu/features.py).
"""

from __future__ import annotations

import re
import shutil
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

import opencc
from rasa.engine.graph import ExecutionContext
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.tokenizers.jieba_tokenizer import JiebaTokenizer
from rasa.nlu.tokenizers.tokenizer import Token
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from nlu import files_hash
from nlu.dictionary import split_words, teach_jieba
from nlu.features import WORDS, Words
from nlu.grammar import Grammar

_PROJECT = Path(__file__).resolve().parent.parent
_PATTERNS_FILE = "patterns.jsonl"
_WORDS_FOLDER = "jieba"

DIGITS = {
    **{sign: value for value, sign in enumerate("零一二三四五六七八九")},
    **{sign: value for value, sign in enumerate("壹贰叁肆伍陆柒捌玖", start=1)},
    **{"〇": 0, "两": 2},
}
TENS = {"十": 10, "拾": 10, "百": 100, "佰": 100, "千": 1000, "仟": 1000}
# A gap between these keeps two numbers or codes apart (100 200, 两千 三百); one before 万 does not
# (5 万), nor one beside a word (第 三 步).
_APART = re.compile(
    rf"[A-Za-z0-9]{{2}}|[\d几亿万{''.join(DIGITS)}{''.join(TENS)}][\d几{''.join(DIGITS)}]"
)


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


def tokens_of(text: str, lexer: Lexer) -> list[Token]:
    """Return the tokens of a raw text, in plain characters, and where they stand in it."""
    plain, places = _compact(text)
    return [
        Token(plain[start:end], places[start], places[end - 1] + 1)
        for start, end in lexer.cut(plain)
    ]


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_TOKENIZER, is_trainable=True)
class WalletJiebaTokenizer(JiebaTokenizer):
    """Rasa's JiebaTokenizer with the wallet's words and with the tokens of the pattern file.

    Differs in that full-width and traditional characters and gaps make no other tokens, numbers
    and codes stay whole, white space is no token, and jieba does not guess at unknown words. Sets
    the words of the normalised message besides (`WORDS`).
    """

    def __init__(
        self,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        lexer: Lexer | None = None,
    ) -> None:
        super().__init__(config, model_storage, resource)
        self._lexer = lexer

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Return Rasa's defaults, the folder of jieba's dictionaries and the pattern file."""
        return {
            **JiebaTokenizer.get_default_config(),
            "dictionary_path": "data/lexicon/jieba",
            "patterns": "data/lexicon/entities.jsonl",
        }

    @staticmethod
    def required_packages() -> list[str]:
        """Return the packages that must be importable."""
        return ["jieba", "opencc", "spacy"]

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> str | None:
        """Return the files' hash: without it `rasa train` would not notice that one was edited."""
        settings = {**cls.get_default_config(), **config}
        folder = settings["dictionary_path"]
        words = (_PROJECT / folder).glob("*") if folder else ()
        modules = (Path(__file__), Path(__file__).with_name("grammar.py"))
        return files_hash([*words, *modules, _PROJECT / settings["patterns"]])

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> WalletJiebaTokenizer:
        """Create the component from the project's files.

        Raises:
            LexiconError: a line of one of them is broken.
        """
        if config["dictionary_path"]:
            teach(_PROJECT / config["dictionary_path"])
        lexer = Lexer(Grammar.read(_PROJECT / config["patterns"]))
        return cls(config, model_storage, resource, lexer)

    def train(self, training_data: TrainingData) -> Resource:
        """Copy the dictionaries and the patterns into the model."""
        with self._model_storage.write_to(self._resource) as folder:
            shutil.copyfile(_PROJECT / self._config["patterns"], folder / _PATTERNS_FILE)
            if dictionaries := self._config["dictionary_path"]:
                shutil.copytree(_PROJECT / dictionaries, folder / _WORDS_FOLDER, dirs_exist_ok=True)
        return self._resource

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> WalletJiebaTokenizer:
        """Load what `train` copied into the model, which needs the data folder no more."""
        with model_storage.read_from(resource) as folder:
            teach(folder / _WORDS_FOLDER)
            lexer = Lexer(Grammar.read(folder / _PATTERNS_FILE, trained=True))
        return cls(config, model_storage, resource, lexer)

    def tokenize(self, message: Message, attribute: str) -> list[Token]:
        """Return the tokens of an attribute of a message."""
        if self._lexer is None:
            raise ValueError("not created by create or load")
        return tokens_of(message.get(attribute), self._lexer)

    def process(self, messages: list[Message]) -> list[Message]:
        """Set the tokens of each message, and the words of its normal form."""
        for message in super().process(messages):
            if text := message.get(TEXT):
                message.set(WORDS, Words.of(text))
        return messages


def teach(folder: Path) -> None:
    """Give the words of all dictionaries in a folder to jieba.

    Raises:
        LexiconError: a line of one is broken.
    """
    for file in sorted(folder.glob("*.txt")):
        teach_jieba(file)
