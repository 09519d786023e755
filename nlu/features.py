"""What the classifier looks at: characters, sounds and words of a normalised message."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise

import jieba
from pypinyin import Style, lazy_pinyin

from nlu.text import Frames, normalize

NO_FRAMES = Frames()


@lru_cache(maxsize=20_000)
def _sound(char: str) -> str:
    """Return the toneless pinyin of one character, blurred where typists and speakers blur it."""
    spoken = lazy_pinyin(char, style=Style.NORMAL, errors="ignore")
    sound = str(spoken[0]) if spoken else char
    for initial, plain in (("zh", "z"), ("ch", "c"), ("sh", "s")):
        if sound.startswith(initial):
            sound = plain + sound[2:]
    return sound[:-1] if sound.endswith(("ang", "eng", "ing")) else sound


def _grams(units: list[str], shortest: int, longest: int) -> Iterator[str]:
    for size in range(shortest, longest + 1):
        for start in range(len(units) - size + 1):
            yield "".join(units[start : start + size])


def features(text: str, frames: Frames = NO_FRAMES) -> list[str]:
    """Return the features of a customer's raw message, repeated as often as they occur.

    Kinds: `c` characters (1-4 in a row, with the ends marked), `p` sounds (2-4), `w` jieba's
    words and neighbouring pairs of them, `l` how long it is. An empty text has no features.
    `frames` are the polite words not to look at.
    """
    plain = frames.strip(normalize(text))
    if not plain:
        return []
    chars = ["^", *plain, "$"]
    sounds = ["^", *(_sound(char) for char in plain if char.isalnum()), "$"]
    words = [word for word in jieba.lcut(plain) if word.strip()]
    found = ["c" + gram for gram in _grams(chars, 1, 4)]
    found += ["p" + gram for gram in _grams([sound + "'" for sound in sounds], 2, 4)]
    found += ["w" + word for word in words]
    found += ["w" + first + " " + second for first, second in pairwise(words)]
    found.append("l" + str(min(len(plain), 60).bit_length()))
    return found
