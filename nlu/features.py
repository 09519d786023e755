"""What the classifier looks at: characters, sounds and words of a normalised message.

A feature is a 64-bit number made from its letters: a message's features are found by arithmetic on
whole arrays, and a model of 300,000 of them loads in no time. (That two of a million features share
a number happens once in forty million such models.)
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from hashlib import blake2b
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from pypinyin import Style, lazy_pinyin

from nlu.dictionary import split_words
from nlu.text import Frames, normalize

NO_FRAMES = Frames()
WORDS = "normal_words"  # the property of a message that holds its Words
KINDS = ("characters", "sounds", "words", "length")

Numbers = npt.NDArray[np.uint64]


class Words(NamedTuple):
    """A normalised text and jieba's words in it, which a tokenizer has cut already."""

    plain: str
    words: tuple[str, ...]

    @classmethod
    def of(cls, text: str) -> Words:
        """Cut a raw text."""
        plain = normalize(text)
        return cls(plain, tuple(split_words(plain)))


# How many units of each kind make a feature.
_SHORTEST = np.array((1, 2, 1, 1))
_LONGEST = np.array((4, 4, 2, 1))
_FACTOR = np.uint64(0x9E3779B97F4A7C15)
_SHIFT = np.uint64(29)


@lru_cache(maxsize=50_000)
def _number(unit: str) -> int:
    """Return the number of one character, sound or word; the same in every process."""
    return int.from_bytes(blake2b(unit.encode("utf8", "replace"), digest_size=8).digest(), "big")


_SEEDS = np.array([_number(f"kind {kind}") for kind in KINDS], dtype=np.uint64)


@lru_cache(maxsize=20_000)
def _sound(char: str) -> str:
    """Return the toneless pinyin of one character, blurred where typists and speakers blur it."""
    spoken = lazy_pinyin(char, style=Style.NORMAL, errors="ignore")
    sound = str(spoken[0]) if spoken else char
    for initial, plain in (("zh", "z"), ("ch", "c"), ("sh", "s")):
        if sound.startswith(initial):
            sound = plain + sound[2:]
    return sound[:-1] if sound.endswith(("ang", "eng", "ing")) else sound


@lru_cache(maxsize=20_000)
def _sound_number(char: str) -> int:
    return _number(_sound(char))


def _grams(parts: Sequence[Sequence[int]]) -> tuple[Numbers, npt.NDArray[np.intp]]:
    """Return the number of each run of units within a part, and the place of its part.

    All parts are worked on as one array: what small arrays cost is the calls.
    """
    sizes = [len(part) for part in parts]
    kinds = np.repeat(np.arange(len(parts)), sizes)
    numbers = np.array([unit for part in parts for unit in part], dtype=np.uint64)
    left = np.concatenate([np.arange(size, 0, -1) for size in sizes])  # units to the part's end
    grams = _SEEDS[kinds]
    found, of = [], []
    for size in range(1, min(max(sizes), _LONGEST.max()) + 1):
        fits = len(numbers) - size + 1
        grams = (grams[:fits] ^ numbers[size - 1 :]) * _FACTOR
        grams ^= grams >> _SHIFT
        here = kinds[:fits]
        wanted = (left[:fits] >= size) & (_SHORTEST[here] <= size) & (size <= _LONGEST[here])
        found.append(grams[wanted])
        of.append(here[wanted])
    return np.concatenate(found), np.concatenate(of)


def features(
    text: str, frames: Frames = NO_FRAMES, cut: Words | None = None
) -> tuple[Numbers, npt.NDArray[np.intp]]:
    """Return the numbers of a raw message's features, and the kind of each (a place in KINDS).

    Kinds: characters (1-4 in a row, with the ends marked), sounds (2-4), jieba's words and
    neighbouring pairs of them, and how long it is. What occurs twice is there twice; an empty text
    has no features. `frames` are the polite words not to look at; `cut`, the words of a message
    that this may be the text of.
    """
    plain = frames.strip(normalize(text))
    if not plain:
        return np.zeros(0, dtype=np.uint64), np.zeros(0, dtype=np.intp)
    ends = _number("^"), _number("$")
    chars = [ends[0], *map(_number, plain), ends[1]]
    sounds = [ends[0], *(_sound_number(char) for char in plain if char.isalnum()), ends[1]]
    found = cut.words if cut and cut.plain == plain else split_words(plain)
    words = [_number(word) for word in found if word.strip()]
    length = [_number(f"length {min(len(plain), 60).bit_length()}")]
    return _grams((chars, sounds, words, length))
