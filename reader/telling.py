"""What is said to the customer of a picture that was read, and what the assistant hears of it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import accumulate

from content import Content
from infra.text import MASK, neutralize
from reader import correcting
from reader.page import Code, Page
from reader.values import DATA, KINDS, Value, values_of

LONGEST_QUOTE = 72  # characters
LONGEST_HEARD = 1200
SHORTEST_SENTENCE = 8  # characters
MOST_ASKED = 2  # of several pictures that were read without certainty
_STATUS_BAR = re.compile(
    r"\d{1,2}:\d{2}|.{0,8}\b[2345]G(?![a-z]).{0,8}|\d{1,3}%|.{0,6}(?:WiFi|LTE).{0,6}", re.I
)
# When a message of a chat came.
_WHEN = re.compile(
    r"(?:(?:20\d\d\s?年)?\s?\d{1,2}\s?月\s?\d{1,2}\s?日|今天|昨天|前天|(?:星期|周)[一二三四五六日天])?\s?"
    r"(?:上午|下午|晚上|凌晨|中午)?\s?\d{1,2}:\d{2}(?::\d{2})?"
)
_SENTENCE = re.compile(r"[\u4e00-\u9fff].*(?:[，。！？；]|[,!?;](?!\d))")
_LONG = re.compile(r"[\u4e00-\u9fff]{9}")


@dataclass(frozen=True)
class Told:
    """How the conversation goes on after a picture.

    Args:
        said: to the customer.
        heard: what the assistant answers, as if it had been written; "" when nothing is.
        buttons: beside what is said; titles and payloads.
        values: what was read of a payment, by kind; the customer may correct it.
        sure: whether it was told as it is, rather than asked about.
        brief: what was seen, among several pictures.
        notes: what is said besides, once for several pictures.
        quoted: whether what is heard is what somebody else says, a chat or a message.
    """

    said: str
    heard: str = ""
    buttons: Sequence[Mapping[str, str]] = ()
    values: Mapping[str, str] = field(default_factory=dict)
    sure: bool = True
    brief: str = ""
    notes: Sequence[str] = ()
    quoted: bool = False


def told_of(page: Page, content: Content, key: str = "") -> Told:
    """Return what is told of a page: no more than is sure, and a question where it is not.

    Args:
        page: what was read.
        content: has the sentences.
        key: of the message with the picture.
    """
    codes = [_code(code, content) for code in page.codes]
    heard_codes = [
        content.say(f"picture_heard_{code.kind}")
        for code in page.codes
        if code.kind in ("payment", "login")
    ]
    rows = _rows(page)
    words = [row for row in rows if not _WHEN.fullmatch(row)]
    notes = [*codes, *([content.say("picture_covered")] if page.secret else [])]
    wrong = correcting.buttons(content, key, {})
    if not words:
        if not codes:
            brief = content.say("picture_brief_no_text")
            return Told(content.say("picture_no_text"), brief=brief)
        brief = content.say("picture_brief_code")
        return Told("\n".join(notes), "。".join(heard_codes), wrong, brief=brief, notes=notes)
    if not codes and _is_code_message(words):
        said, brief = content.say("picture_code_message"), content.say("picture_brief_message")
        return Told(said, "", [*_questions(content), *wrong], brief=brief, notes=notes)
    asks, quoted = "", False
    values = values_of(page)
    problem = _problem(values)
    talk = _is_talk(words, timed=len(words) < len(rows))
    if _is_result(values, problem) and not talk:
        shown = seen({kind: value.text for kind, value in values.items()}, content)
        heard = _heard(values, problem)
        sure = all(value.is_clear for value in values.values())
        said = content.say("picture_seen", seen=shown)
        known = {kind: value.text for kind, value in values.items()}
        unclear = [kind for kind, value in values.items() if not value.is_clear]
        wrong = correcting.buttons(content, key, known, unclear)
        if not heard and not heard_codes:
            paid = values.keys() & {"amount", "order_number"}
            asks = "\n" + content.say("picture_ask" if paid else "picture_ask_any")
    else:
        shown, known = _quote(words), {}
        heard = _whole(words)
        if talk and not any(row.startswith(("【", "[")) for row in words):
            # Else it would be the customer who says all that.
            heard = content.say("picture_heard_chat") + "\n" + heard
        sure, quoted = page.is_clear, True
        said = content.say("picture_quote", quote=shown)
    heard = neutralize("。".join(each for each in (*heard_codes, heard) if each))
    if not sure:
        unsure = content.say("picture_unsure", quote=shown)
        said = "\n".join([unsure, *notes])
        brief = content.say("picture_brief_unsure", quote=shown)
        buttons = [right_button(content, heard), *wrong]
        return Told(said, "", buttons, known, sure=False, brief=brief, notes=notes)
    brief = content.say("picture_brief_quote", quote=shown) if quoted else shown
    said = "\n".join([said, *notes]) + asks
    return Told(said, heard, wrong, known, brief=brief, notes=notes, quoted=quoted)


def failed(content: Content) -> Told:
    """Return what is told of a picture that could not be read."""
    return Told(content.say("picture_failed"), brief=content.say("picture_brief_failed"))


def together(told: Mapping[int, Told], key: str, content: Content) -> Told:
    """Return what is told of several pictures at once: a line each, then what holds for all.

    Args:
        told: of each picture, by its place among those that the customer sent.
        key: of the message by which they are known together.
        content: has the sentences.
    """
    told = dict(sorted(told.items()))
    lines = [
        content.say("picture_each", place=number, seen=each.brief) for number, each in told.items()
    ]
    notes = dict.fromkeys(note for each in told.values() for note in each.notes)
    said = [content.say("picture_several", count=len(told)), *lines, *notes]
    # What a chat says comes last: the customer's own words would count as part of it.
    heard = dict.fromkeys(
        each.heard for each in sorted(told.values(), key=lambda each: each.quoted) if each.heard
    )
    longest = LONGEST_HEARD // max(len(heard), 1)
    words = "\n".join(each[:longest] for each in heard)
    if not words:
        said.append(content.say("picture_ask_any"))
    wrong = {"title": content.say("button_picture_wrong"), "payload": correcting.several(key)}
    right = [
        {**each.buttons[0], "title": content.say("button_picture_which_right", place=number)}
        for number, each in told.items()
        if not each.sure
    ]
    return Told("\n".join(said), words, [*right[:MOST_ASKED], wrong])


def right_button(content: Content, heard: str) -> Mapping[str, str]:
    """Return the button that says that what was quoted is right: then it is heard."""
    payload = heard or correcting.RIGHT
    return {"title": content.say("button_picture_right"), "payload": payload}


def seen(values: Mapping[str, str], content: Content) -> str:
    """Return the values of a page as they are told."""
    return content.say("picture_comma").join(
        content.say(f"picture_{kind}", value=values[kind]) for kind in KINDS if kind in values
    )


def heard_of(values: Mapping[str, str]) -> str:
    """Return what a customer would write of these values; "" when there is no problem in them."""
    known = {kind: Value(text, 1.0) for kind, text in values.items()}
    return neutralize(_heard(known, _problem(known)))


def _is_result(values: Mapping[str, Value], problem: str) -> bool:
    """Tell whether a page is about one payment, or says that something went wrong or well."""
    failed = "status" in values and any(
        word in values["status"].text.lower() for word in DATA["status"]["failed"]
    )
    # What went wrong, and is no problem we know, is better told by the whole page.
    return len(values) > 1 or (bool(values) and (bool(problem) or not failed))


def _is_talk(words: Sequence[str], timed: bool) -> bool:
    """Tell whether a page is a chat: what is said there counts, all of it.

    Args:
        words: its rows, without the times of a chat.
        timed: whether there were such times. Without them most of it must be sentences with
            commas: a form says much, too.
    """
    sentences = [
        row
        for row in words
        if len(row) >= SHORTEST_SENTENCE
        and (_SENTENCE.search(row) or (timed and _LONG.search(row)))
    ]
    most = timed or 2 * len("".join(sentences)) > len("".join(words))
    return len(sentences) > 1 and most


def _is_code_message(words: Sequence[str]) -> bool:
    """Tell whether a page is nothing but messages with codes, as a service sends them."""
    kinds = DATA["code_message"]
    said = [row for row in words if len(row) >= SHORTEST_SENTENCE]
    return bool(said) and all(
        MASK in row and re.search(kinds["is"], row, re.I) and not re.search(kinds["not"], row, re.I)
        for row in said
    )


def _questions(content: Content) -> list[Mapping[str, str]]:
    """Return what customers ask of a message with a code."""
    return [
        {"title": content.say(f"button_{name}"), "payload": content.say(f"{name}_heard")}
        for name in ("picture_code_foreign", "picture_code_refused")
    ]


def _problem(values: Mapping[str, Value]) -> str:
    """Return what a customer would say of a result; "" when all went well."""
    status = values["status"].text if "status" in values else ""
    return next((words for pattern, words in _problems() if pattern.search(status)), "")


def _heard(values: Mapping[str, Value], problem: str) -> str:
    """Return the problem with what was read beside it; "" when there is none."""
    known = {kind: value.text for kind, value in values.items()}
    if not problem:
        return ""
    return "，".join(
        problem if kind == "status" else words.format(known[kind])
        for kind, words in DATA["heard"].items()
        if kind in known
    )


@lru_cache(maxsize=1)
def _problems() -> list[tuple[re.Pattern[str], str]]:
    return [(re.compile(pattern, re.I), words) for pattern, words in DATA["problems"].items()]


def _rows(page: Page) -> list[str]:
    """Return what a page says, without the telephone's own line and without buttons."""
    first = page.lines[0].row if page.lines else 0
    rows: dict[int, list[str]] = {}
    for line in page.lines:
        text = line.text.strip()
        bar = line.row == first and _STATUS_BAR.fullmatch(text)
        if not bar and text.lower() not in DATA["chrome"]:
            rows.setdefault(line.row, []).append(text)
    return [" ".join(texts) for texts in rows.values()]


def _quote(words: Sequence[str]) -> str:
    """Return what a page says on one line; of much, how it begins and how it ends."""
    half = LONGEST_QUOTE // 2
    whole = " / ".join(words)
    if len(whole) <= LONGEST_QUOTE:
        return whole
    first, last = _fitting(words, half), _fitting(words[::-1], half)
    if first + last >= len(words):  # one row is long
        return f"{whole[:half]}……{whole[-half:]}"
    return " / ".join([*words[:first], "……", *words[len(words) - last :]])


def _fitting(rows: Sequence[str], most: int) -> int:
    """Return how many of the rows have at most so many characters."""
    sizes = accumulate(len(row) for row in rows)
    return sum(size <= most for size in sizes)


def _whole(words: Sequence[str]) -> str:
    """Return what is heard of a page; of much, the beginning and more of the end: it is newer."""
    text = "\n".join(words)
    if len(text) <= LONGEST_HEARD:
        return text
    third = LONGEST_HEARD // 3
    return f"{text[:third]}\n{text[-2 * third :]}"


def _code(code: Code, content: Content) -> str:
    if code.kind in ("payment", "login"):
        return content.say(f"picture_code_{code.kind}")
    return (
        content.say("picture_code", text=code.text)
        if code.text
        else content.say("picture_code_covered")
    )
