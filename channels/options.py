"""Buttons where a platform has none: numbered in the text, and picked by what customers write."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from content import library
from desk import Entry

_DIGITS = {char: place for place, char in enumerate("一二三四五六七八九十", 1)}
# "2", "选2", "第二个", "我选第2项吧"; but not "第2步", which is a step of a procedure.
_PICK = re.compile(
    r"(?P<verb>(?:我|就|那)*(?:选择|选|要|按|点|回复)?)(?P<the>第)?(?P<number>\d{1,2}|[一二三四五六七八九十])"
    r"(?P<thing>个|项|条|号)?(?:吧|呢|啊|哦|的)?"
)
_TITLED = re.compile(r"(?P<number>\d{1,2})\s*[.、,，:：)）]?\s*(?P<title>.+)")
_AROUND = " \t\n.。,，、!！~～:：)）(（\"'“”"


def choice(said: str, titles: Sequence[str]) -> int | None:
    """Return the place (from 0) of the option that the customer's words pick; None if they do not.

    Understood are numbers in any width or script, alone or in 第二个, 选2, 最后一个, and a number
    with its title.
    """
    # Keycap emoji are digits with two invisible characters after them.
    plain = unicodedata.normalize("NFKC", said.replace("\ufe0f", "").replace("\u20e3", ""))
    plain = plain.strip(_AROUND)
    if not titles or not plain:
        return None
    titled = _TITLED.fullmatch(plain)
    if titled:
        place = int(titled["number"]) - 1
        if place in range(len(titles)) and titled["title"].strip(_AROUND) == titles[place]:
            return place
    if plain in {"最后一个", "最后一项", "最后那个"}:
        return len(titles) - 1
    pick = _PICK.fullmatch(plain)
    if pick is None:
        return None
    # A bare 一 or 三 may be anything; 第三个 and 选三 are picks.
    if not pick["number"].isdigit() and not (pick["the"] or pick["verb"] or pick["thing"]):
        return None
    # 一个, 三个 count things; 第三个 names one.
    if pick["thing"] in {"个", "条"} and not (pick["the"] or pick["verb"]):
        return None
    number = _DIGITS.get(pick["number"]) or int(pick["number"])
    return number - 1 if 0 < number <= len(titles) else None


def numbered(titles: Sequence[str]) -> list[str]:
    """Return the lines that offer options where there are no buttons."""
    if not titles:
        return []
    lines = [f"{place}. {title}" for place, title in enumerate(titles, 1)]
    return [library.current().say("choose_number"), *lines]


def welcome(key: str = "welcome") -> Entry:
    """Return the first words to a customer, with the common questions."""
    content = library.current()
    buttons = [
        {"title": content.topics[name].title, "payload": f"/{name}"}
        for name in content.settings.common_questions
    ]
    return Entry(key, "bot", content.say("welcome"), buttons=buttons)
