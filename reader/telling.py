"""What is said to the customer of a picture that was read, and what the assistant hears of it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from content import Content
from infra.text import neutralize
from reader.page import Code, Page
from reader.values import DATA, Value, values_of

WRONG = "picture:wrong"  # the payload of the button that corrects us; no intent of Rasa's
LONGEST_QUOTE = 60  # characters
LONGEST_HEARD = 1200
_STATUS_BAR = re.compile(
    r"\d{1,2}:\d{2}|.{0,8}\b[2345]G\b.{0,8}|\d{1,3}%|.{0,6}(?:WiFi|LTE).{0,6}", re.I
)


@dataclass(frozen=True)
class Told:
    """How the conversation goes on after a picture.

    Args:
        said: to the customer.
        heard: what the assistant answers, as if it had been written; "" when nothing is.
        buttons: beside what is said; titles and payloads.
    """

    said: str
    heard: str = ""
    buttons: Sequence[Mapping[str, str]] = ()


def told_of(page: Page, content: Content) -> Told:
    """Return what is told of a page: no more than is sure, and a question where it is not."""
    codes = [_code(code, content) for code in page.codes]
    heard_codes = [
        content.say(f"picture_heard_{code.kind}")
        for code in page.codes
        if code.kind in ("payment", "login")
    ]
    words = _words(page)
    wrong = {"title": content.say("button_picture_wrong"), "payload": WRONG}
    if not words:
        if not codes:
            return Told(content.say("picture_no_text"))
        return Told("\n".join(codes), "。".join(heard_codes), [wrong])
    values = values_of(page)
    is_result = "status" in values or len(values) > 1
    if is_result:
        shown = content.say("picture_comma").join(_parts(values, content))
        heard = _heard(values)
        sure = all(value.is_clear for value in values.values())
        said = content.say("picture_seen", seen=shown)
        if not heard and not heard_codes:
            said += content.say("picture_ask")
    else:
        shown = _quote(" ".join(words))
        heard = "\n".join(words)[:LONGEST_HEARD]
        sure = page.is_clear
        said = content.say("picture_quote", quote=shown)
    heard = neutralize("。".join(each for each in (*heard_codes, heard) if each))
    if not sure:
        right = {"title": content.say("button_picture_right"), "payload": heard}
        unsure = content.say("picture_unsure", quote=shown)
        return Told("\n".join([unsure, *codes]), "", [right, wrong])
    return Told("\n".join([said, *codes]), heard, [wrong])


def _parts(values: Mapping[str, Value], content: Content) -> list[str]:
    return [content.say(f"picture_{kind}", value=value.text) for kind, value in values.items()]


def _heard(values: Mapping[str, Value]) -> str:
    """Return what a customer would say of this result; "" when all went well."""
    known = {kind: value.text for kind, value in values.items()}
    status = known.get("status", "")
    told = next((words for pattern, words in _problems() if pattern.search(status)), "")
    if not told:
        return ""
    return "，".join(
        told if kind == "status" else words.format(known[kind])
        for kind, words in DATA["heard"].items()
        if kind in known
    )


@lru_cache(maxsize=1)
def _problems() -> list[tuple[re.Pattern[str], str]]:
    return [(re.compile(pattern, re.I), words) for pattern, words in DATA["problems"].items()]


def _words(page: Page) -> list[str]:
    """Return what a page says, without the telephone's own line and without buttons."""
    first = page.lines[0].row if page.lines else 0
    rows: dict[int, list[str]] = {}
    for line in page.lines:
        bar = line.row == first and _STATUS_BAR.fullmatch(line.text.strip())
        if not bar and line.text.strip().lower() not in DATA["chrome"]:
            rows.setdefault(line.row, []).append(line.text)
    return [" ".join(texts) for texts in rows.values()]


def _quote(text: str) -> str:
    return text if len(text) <= LONGEST_QUOTE else text[:LONGEST_QUOTE] + "……"


def _code(code: Code, content: Content) -> str:
    if code.kind in ("payment", "login"):
        return content.say(f"picture_code_{code.kind}")
    return (
        content.say("picture_code", text=code.text)
        if code.text
        else content.say("picture_code_covered")
    )
