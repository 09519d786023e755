"""Reads the pattern file: what always is one token, and which tokens make an entity."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from spacy.errors import MatchPatternError
from spacy.matcher import Matcher
from spacy.vocab import Vocab

from nlu.dictionary import LexiconError

_LABEL_KEYS = {"label", "before", "pattern", "after", "value", "why"}
_VALUES = {"text", "code", "number"}


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
