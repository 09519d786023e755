"""`python -m nlu.check`: refuses training examples that would confuse the classifier."""

from __future__ import annotations

import re
import sys
import unicodedata
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parent.parent
LONGEST = 150  # characters of an example


# Words that change the tone and not the meaning; longer examples that differ in nothing else are
# near-duplicates. In short ones they may be all the difference: 没有, 没有了.
PARTICLES = re.compile(r"[啊呀呢嘛吗哦哈吧的了么哎唉呗]")
SHORTEST_NEAR = 6  # characters, without the particles


def _key(text: str) -> str:
    """Return what makes two examples the same to a reader: no punctuation, width, case or tone."""
    plain = unicodedata.normalize("NFKC", text).lower()
    key = re.sub(r"[\W_]+", "", plain) or plain
    bare = PARTICLES.sub("", key)
    return bare if len(bare) >= SHORTEST_NEAR else key


def examples(root: Path = ROOT) -> list[tuple[str, int, str, str]]:
    """Return (file, line, intent, text) of every example, in the order of the files."""
    found = []
    for path in [root / "data" / "nlu.yml", *sorted((root / "data" / "nlu").glob("*.yml"))]:
        with path.open(encoding="utf8") as file:
            document: Any = yaml.compose(file, Loader=yaml.CSafeLoader)
        blocks = next(value for key, value in document.value if key.value == "nlu")
        for block in blocks.value:
            parts = {key.value: value for key, value in block.value}
            if "intent" not in parts:
                continue
            first = parts["examples"].start_mark.line + 2
            for offset, line in enumerate(parts["examples"].value.splitlines()):
                shown = str(path.relative_to(root))
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
        key = _key(text)
        if key in seen:
            other, where = seen[key]
            which = "同一意图里" if other == intent else f"意图 {other} 里"
            wrong.append(f"{place}: “{text}” 在{which}已经有了（{where}）")
        else:
            seen[key] = (intent, place)
    return wrong


def main() -> int:
    """Check and report; return the exit code."""
    try:
        wrong = problems(examples())
    except yaml.MarkedYAMLError as error:  # says the file and the line
        wrong = [str(error)]
    print("\n".join(wrong), file=sys.stderr, end="\n" if wrong else "")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
