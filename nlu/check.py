"""`python -m nlu.check`: refuses training examples that would confuse the classifier.

Shows besides which of the new ones are near to sentences of other intents.
"""

from __future__ import annotations

import re
import sys
import unicodedata
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from infra import strict_yaml
from nlu.encoder import encoder
from nlu.intents import OUT_OF_SCOPE
from nlu.vectors import PATH as VECTORS
from nlu.vectors import Vectors, encode, keys

ROOT = Path(__file__).resolve().parent.parent
LONGEST = 150  # characters of an example


# Words that change the tone and not the meaning; longer examples that differ in nothing else are
# near-duplicates. In short ones they may be all the difference: 没有, 没有了.
PARTICLES = re.compile(r"[啊呀呢嘛吗哦哈吧的了么哎唉呗]")
SHORTEST_NEAR = 6  # characters, without the particles
# Examples of an intent. Of 100 held-out sentences about public Wi-Fi the n-grams knew 45 with 10
# examples, 57 with 20, 83 with 40 and 91 with 80.
FEWEST = 40
# Cosine from which on two sentences are reported as alike. Of our own examples one
# in twelve is as near as this to one of another intent.
ALIKE = 0.75
MOST_NEW = 500  # sentences that are compared, at 30 per second
SHOWN = 30
HINT = "新例句里有这些和别的意图的句子很像，换个说法，或者把那边的句子移走，不然两边都可能答："

Example = tuple[str, int, str, str]


def key_of(text: str) -> str:
    """Return what makes two examples the same to a reader: no punctuation, width, case or tone."""
    plain = unicodedata.normalize("NFKC", text).lower()
    key = re.sub(r"[\W_]+", "", plain) or plain
    bare = PARTICLES.sub("", key)
    return bare if len(bare) >= SHORTEST_NEAR else key


def examples(root: Path = ROOT) -> list[tuple[str, int, str, str]]:
    """Return (file, line, intent, text) of every example, in the order of the files."""
    found = []
    for path in [root / "data" / "nlu.yml", *sorted((root / "data" / "nlu").glob("*.yml"))]:
        shown = str(path.relative_to(root))
        document: Any = strict_yaml.read(path, shown)[0]
        blocks = next(value for key, value in document.value if key.value == "nlu")
        for block in blocks.value:
            parts = {key.value: value for key, value in block.value}
            if "intent" not in parts:
                continue
            first = parts["examples"].start_mark.line + 2
            for offset, line in enumerate(parts["examples"].value.splitlines()):
                found.append((shown, first + offset, parts["intent"].value, line))
    return found


def problems(found: list[tuple[str, int, str, str]]) -> list[str]:
    """Return what is wrong as `file:line: reason`."""
    wrong = []
    seen: dict[str, tuple[str, str]] = {}
    for file, line, intent, raw in found:
        place = f"{file}:{line}"
        if not raw.startswith("- ") or not raw[2:].strip():
            wrong.append(f"{place}: 例句要写成“- 句子”，不能空着")
            continue
        text = raw[2:].strip()
        if len(text) > LONGEST:
            wrong.append(f"{place}: 例句超过 {LONGEST} 个字")
        if text.startswith("/"):
            wrong.append(f"{place}: 例句不能以 / 开头，Rasa 会当成命令")
        if re.search(r"\[[^\[\]]*\][({]", text):
            wrong.append(f"{place}: 方括号后紧跟圆括号或花括号，Rasa 会当成实体标注")
        key = key_of(text)
        if key in seen:
            other, where = seen[key]
            which = "同一意图里" if other == intent else f"意图 {other} 里"
            wrong.append(f"{place}: “{text}” 在{which}已经有了（{where}）")
        else:
            seen[key] = (intent, place)
    return wrong


def too_few(found: Sequence[Example]) -> list[str]:
    """Return the intents that have too few examples."""
    counts = Counter(intent for _, _, intent, _ in found)
    first = {intent: f"{file}:{line}" for file, line, intent, _ in reversed(found)}
    return [
        f"{first[intent]}: 意图 {intent} 只有 {number} 句例句，"
        f"还差 {FEWEST - number} 句（至少 {FEWEST}）"
        for intent, number in counts.items()
        if number < FEWEST
    ]


def alike(found: Sequence[Example], vectors: Path = VECTORS) -> list[str]:
    """Return the new examples that are like a sentence of another intent, out of scope first.

    New are those that `python -m nlu.vectors` has not encoded.

    Args:
        found: all examples.
        vectors: the file of what was encoded.
    """
    texts = [text[2:].strip() for *_, text in found]
    known = Vectors.load(vectors)
    places = known.find(keys(texts))
    new = np.flatnonzero(places < 0)[:MOST_NEW]
    by = encoder() if len(new) else None
    if by is None:
        return []
    old = np.flatnonzero(places >= 0)
    all_vectors = np.concatenate([known.at(places[old]), encode([texts[i] for i in new], by)])
    of = np.concatenate([old, new])
    centred = all_vectors - known.mean
    centred /= np.linalg.norm(centred, axis=1, keepdims=True)
    intents = np.array([found[place][2] for place in of])
    told = []
    for row, place in enumerate(new, start=len(old)):
        near = np.where(intents == intents[row], -1, centred @ centred[row])
        best = int(near.argmax())
        if near[best] < ALIKE:
            continue
        file, line, _, _ = found[place]
        other_file, other_line, other, _ = found[of[best]]
        told.append(
            (
                other != OUT_OF_SCOPE,
                -float(near[best]),
                f"{file}:{line}: “{texts[place]}” 很像 {other} 的“{texts[of[best]]}”"
                f"（{other_file}:{other_line}，{near[best]:.2f}）",
            )
        )
    return [line for _, _, line in sorted(told)]


def main() -> int:
    """Check and report; return the exit code."""
    try:
        found = examples()
    except ValueError as error:  # says the file and the line
        print(error, file=sys.stderr)
        return 1
    wrong = problems(found) + too_few(found)
    print("\n".join(wrong), file=sys.stderr, end="\n" if wrong else "")
    if not wrong and (near := alike(found)):
        more = f"\n……共 {len(near)} 句" if len(near) > SHOWN else ""
        print(f"{HINT}\n" + "\n".join(near[:SHOWN]) + more, file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
