"""No text makes a regular expression of ours slow (ReDoS): time grows near linearly."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from actions.acts import _needed
from channels.gate.elsewhere import _patterns
from channels.gate.faces import _faces, _unreadable
from channels.gate.options import choice
from content import library
from desk.masking.masking import mask
from infra.text import clean, neutralize
from nlu import naming
from nlu.grammar import Grammar
from nlu.precedence import read_patterns
from nlu.scope import read_scope
from nlu.spacy_matcher import Anchors, Finder
from nlu.text import _dialects, normalize, read_frames
from nlu.tokenizer import Lexer, tokens_of
from run import ROOT
from tests.security import patterns
from tests.security.patterns import alphabet, grows_too_fast, pumped, slowest

LEXICON = ROOT / "data/lexicon"
GRAMMAR = Grammar.read(LEXICON / "entities.jsonl")
LEXER = Lexer(GRAMMAR)
FINDER = Finder(GRAMMAR)
FRAMES = read_frames(yaml.safe_load((LEXICON / "frames.yml").read_text(encoding="utf8")))

# Expressions that are made while running, by the source of the call that makes them. Where data
# makes them, what the project's own data make of them stands in MADE.
MADE_ELSEWHERE = {
    "nlu.precedence:str(expression)",  # danger.yml
    "nlu.naming:each",  # naming.yml
    "nlu.text:str(word)",  # dialects.yml, checked; joined below
    "nlu.text:'|'.join((f'(?:{word.pattern})' for word, _ in each))",
    "nlu.grammar:cut",  # entities.jsonl, a line
    "nlu.tokenizer:'|'.join((f'(?:{cut})' for cut in grammar.cuts)) or '(?!)'",
    "nlu.tokenizer:one or '(?!)'",
    "nlu.spacy_matcher:'|'.join((f'(?:{one})' for one in sorted(expressions)))",
    "nlu.text:f'(?:(?:{words})[\\\\s，,。.!！~{after}]*)+'",
    "channels.gate.options:f'{_BEFORE}{middle}{_AFTER}'",  # they are in a list of the module
    "channels.gate.faces:f'(?i:{names})|{'|'.join(signs)}'",
    "channels.gate.faces:'|'.join((f'(?:{each})' for each in _data()['unreadable']))",
    "channels.gate.elsewhere:f'(?:\\\\A|\\\\n\\\\n){first}{parts}{last}(?=\\\\n\\\\n|\\\\s*\\\\Z)'",
    "infra.strict_yaml:f'^\\\\s*(?:- +)*{re.escape(name)}(?P<colon>：|:(?!\\\\s|$))'",
    "actions.acts:words",  # act_words.yml
    "content.acts:value.value",  # act_words.yml, checked
    # content/*.yml: _of_content
    "content.references:pattern",
    "content.build:entry.get('unless', data['unless'])",
    "content.build:danger['denied']",
    "content.build:text",
    "content.build:advice",
    "content.build:words",
    "content.build:each",
}
MADE = {
    "nlu.text._dialects": _dialects()[0],
    "Lexer._cut": LEXER._cut,
    "Lexer._literal": LEXER._literal,
    "Anchors._expression": Anchors(GRAMMAR.patterns)._expression,
    "Frames._pattern": FRAMES._pattern,
    "channels.gate.faces._faces": _faces()[0],
    "channels.gate.faces._unreadable": _unreadable(),
    **{f"act {name}": words for name, words in _needed()},
    **{
        f"channels.gate.elsewhere._patterns#{place}": one
        for place, one in enumerate(_patterns(library.load()))
    },
}


def _of_content() -> dict[str, re.Pattern[str]]:
    """Return the expressions that stand in content/*.yml."""
    content = library.load()
    found = {"danger denied": content.danger.denied}
    found |= {f"danger words {key}": one for key, one in content.danger.words.items()}
    answers = {**content.danger.kinds, **content.danger.followups, **content.danger.asked}
    for name, answer in answers.items():
        for part in ("denied", "said", "unless"):
            if (one := getattr(answer, part)) is not None:
                found[f"answer {name} {part}"] = one
    found |= {f"outside {thing.name}": thing.words for thing in content.outside}
    for fact in content.facts.known.values():
        found |= {f"fact {fact.name}#{place}": one for place, one in enumerate(fact.said)}
        found[f"fact {fact.name} unless"] = fact.unless
        if fact.advice:
            found[f"fact {fact.name} advice"] = fact.advice
    return found


@cache
def every() -> dict[str, re.Pattern[Any]]:
    """Return every expression of the project, each once."""
    found: dict[str, re.Pattern[Any]] = {}
    for module in patterns.modules():
        found.update(patterns.held(module))
        found.update((where, one) for where, one in patterns.written(module) if one is not None)
    for place, (where, one) in enumerate(patterns.in_lexicon()):
        found[f"{where}#{place}"] = one
    for intent, expressions in read_patterns(LEXICON / "danger.yml").items():
        found.update((f"{intent}#{place}", one) for place, one in enumerate(expressions))
    for topic, words in naming._words().items():
        found.update((f"nlu.naming {topic}#{place}", one) for place, one in enumerate(words))
    found.update(_of_content())
    found.update(MADE)
    once: dict[Any, str] = {}
    for where, one in found.items():
        once.setdefault((one.pattern, one.flags), where)
    return {where: found[where] for where in once.values()}


# How each is used where it is not searched for everywhere: to fail in the middle costs less there.
MATCHED = {"Frames._pattern": "match", "Lexer._literal": "match"}


def runner(where: str, pattern: re.Pattern[Any]) -> Callable[[str], object]:
    use = MATCHED.get(where)
    if use is None and where.startswith("channels.gate.options._"):
        use = "fullmatch"

    def run(text: str) -> object:
        given: Any = text if isinstance(pattern.pattern, str) else text.encode("utf8", "replace")
        if use:
            return getattr(pattern, use)(given)
        return sum(1 for _ in pattern.finditer(given))

    return run


def test_expressions_made_while_running_are_known() -> None:
    made = {
        where
        for module in patterns.modules()
        for where, one in patterns.written(module)
        if one is None
    }
    assert not made - MADE_ELSEWHERE, "add what data make of it to MADE"
    assert len(every()) > 60, "they are found"


def test_no_expression_is_slow() -> None:
    slow = {}
    for where, pattern in every().items():
        pieces = alphabet(pattern)
        if len(pieces) > 40:  # long lists of words: the shortest and the longest
            pieces = sorted(pieces, key=len)[:12] + sorted(pieces, key=len)[-4:]
        if found := list(slowest(runner(where, pattern), pieces or ["a"])):
            slow[where] = (pattern.pattern, found)
    assert not slow


@pytest.mark.parametrize("cut", GRAMMAR.cuts)
def test_no_message_is_cut_slowly_into_words(cut: str) -> None:
    pieces = alphabet(re.compile(cut))[:14]
    assert not list(slowest(runner("", LEXER._cut), pieces)), cut


@cache
def short_pieces() -> list[str]:
    return sorted({piece for one in every().values() for piece in alphabet(one) if len(piece) < 4})


# Looked for when a test runs: every process of pytest's reads this file.
PIECE = st.deferred(lambda: st.sampled_from(short_pieces()))


@given(
    prefix=st.lists(PIECE, max_size=3).map("".join),
    piece=st.lists(PIECE, min_size=1, max_size=3).map("".join),
    end=st.text("!a \n1\0。", max_size=2),
)
@settings(max_examples=6, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
def test_no_text_is_slow_for_any_expression(prefix: str, piece: str, end: str) -> None:
    for where, one in every().items():
        run = runner(where, one)
        told = grows_too_fast(run, lambda size: pumped(prefix, piece, end, size))
        assert not told, (where, prefix, piece, end, told)


def find_entities(text: str) -> object:
    return FINDER.find(text, tokens_of(text, LEXER))


@pytest.mark.parametrize(
    "work",
    [
        clean,
        neutralize,
        mask,
        normalize,
        find_entities,
        FRAMES.strip,
        lambda text: choice(text, ["一"]),
        read_scope,
        naming.named_topics,
        naming.asked_apart,
    ],
    ids=[
        "clean",
        "neutralize",
        "mask",
        "normalize",
        "entities",
        "frames",
        "choice",
        "scope",
        "named",
        "apart",
    ],
)
@pytest.mark.parametrize(
    "piece",
    [
        "a",
        "1",
        " ",
        "密码",
        "1 ",
        "a.",
        "[",
        "5万",
        "两千",
        "第3步",
        "100元",
        "好",
        "/",
        "不",
        "“",
        "我没",
        "，",
        "\u200b",
        "a\u0301",
    ],
)
def test_no_message_is_slow_on_its_way_in(work: Callable[[str], object], piece: str) -> None:
    assert not grows_too_fast(work, lambda size: pumped("x", piece, "!", size))


@pytest.mark.parametrize("bad", [r"(a+)+$", r"\s+$", r"[a-z.]+@x"])
def test_slow_expressions_are_seen_as_such(bad: str) -> None:
    pattern = re.compile(bad)
    assert list(slowest(runner("", pattern), alphabet(pattern)))
