"""Buttons picked by what customers write, and numbered where a platform shows none."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from content import library
from desk import Button, Entry
from desk.sentences import RATE
from nlu.text import simplify

_DIGITS = {char: place for place, char in enumerate("一二三四五六七八九十", 1)}
_NUMBER = r"(?P<number>\d{1,2}|[一二三四五六七八九十])"
_BEFORE = (
    r"(?:(?:嗯+|哦+|好(?:的|吧)?|对|行吧?|可以|算了)[，,。 ]*)?"
    r"(?:我|就|那|应该|麻烦|请|帮我|想)*(?:选择?|要|按|点击?|回复?|办理?|问|看|是|发)?"
)
_AFTER = r"(?:吧|呢|啊|呀|哦|哈|嘛|的|就行|就好|好了|算了|得了|看看|先|谢谢)*"
_ONE = r"[个项条种号]"
_THING = rf"(?:{_ONE}?(?:选项|选择|问题|情况)|{_ONE})"
# "2", "选2", "我选第2项吧", "第二", "选2号". Not "两个" and "选三个", which count things; not
# "第2步", a step of a procedure; not "3号", a date; not "第三方".
_PICKS = [
    re.compile(f"{_BEFORE}{middle}{_AFTER}")
    for middle in (
        rf"(?:选项|序号|(?i:no\.?))?{_NUMBER}",
        rf"第{_NUMBER}{_THING}?",
        rf"(?<=[选择按点]){_NUMBER}号",
        rf"(?P<back>倒数)第{_NUMBER}{_THING}?",
        rf"(?P<last>最(?:后面?|下面|末尾)的?[一1那这]?{_ONE})",
        rf"(?P<first>(?:最(?:前面?|上面)的?|头)[一1那这]?{_ONE})",
        rf"(?P<first>(?:前|上)(?:面|边|头)的?[那这]?一?{_ONE})",
        rf"(?P<last>(?:后|下)(?:面|边|头)的?[那这]?一?{_ONE})",
    )
]
_TITLED = re.compile(r"(?P<number>\d{1,2})\s*(?:[.、,，:：)）]\s*)?(?P<title>[^\W\d].*)")
# "给4分", "打5星吧", "满分好评": of a rating, when one is asked for.
_SCORE = re.compile(
    r"(?:我|就|那|应该|想|要|再)*(?:(?:给|打|评|选)(?:你们?|您|他们?|她|客服|这次|服务|[个了])*)*"
    r"(?P<score>[1-5一二两三四五满])(?:分|颗?星)"
    r"(?:好评|评价|吧|了|呢|啊|呀|哦|哈|谢谢|辛苦|[，,。.!！~～\s])*"
)
_AROUND = " \t\n.。,，、!！?？~～:：;；)）(（\"'“”‘’【】「」『』[]《》<>#*"


def choice(said: str, titles: Sequence[str]) -> int | None:
    """Return the place (from 0) of the option that the customer's words pick; None if they do not.

    Understood are numbers in any width or script, alone or in 第二个, 选2, 最后一个, and a number
    with its title or a part of it. What may mean something else picks nothing: to be asked again
    costs less than a wrong choice.
    """
    # Keycap emoji are digits with two invisible characters after them.
    plain = said.replace("\ufe0f", "").replace("\u20e3", "").replace("🔟", "10")
    plain = "".join(str(unicodedata.digit(char, char)) for char in plain)  # ➋, ٢
    plain = unicodedata.normalize("NFKC", plain).strip(_AROUND)
    if not titles or not plain:
        return None
    if plain in titles:
        return titles.index(plain)
    titled = _TITLED.fullmatch(plain)
    if titled:
        place = int(titled["number"]) - 1
        words = titled["title"].strip(_AROUND)
        if place in range(len(titles)) and len(words) > 1 and words in titles[place]:
            return place
    # Blanks mean nothing, except between two numbers.
    plain = simplify(re.sub(r"(?<!\d)\s+|\s+(?!\d)", "", plain))
    pick = next(filter(None, (pattern.fullmatch(plain) for pattern in _PICKS)), None)
    if pick is None:
        return None
    found = pick.groupdict()
    if found.get("first"):
        return 0
    if found.get("last"):
        return len(titles) - 1
    number = _DIGITS.get(pick["number"]) or int(pick["number"])
    if not 0 < number <= len(titles):
        return None
    return len(titles) - number if found.get("back") else number - 1


def score(said: str) -> int | None:
    """Return the rating (1 to 5) that a customer's words give (4分, 给五颗星, 满分), or None."""
    plain = simplify(unicodedata.normalize("NFKC", said)).strip(_AROUND)
    found = _SCORE.fullmatch(plain)
    if found is None:
        return None
    given = found["score"]
    return {**_DIGITS, "满": 5, "两": 2}.get(given) or int(given)


def picked(said: str, shown: Sequence[Button]) -> Button | None:
    """Return the button that the customer's words name, of those last shown to them."""
    named = next((each for each in shown if each["title"] == said), None)
    if named is None:
        position = choice(said, [each["title"] for each in shown])
        named = shown[position] if position is not None else None
        if named is None and (points := score(said)):
            rating = f"{RATE}{points}"
            named = next((each for each in shown if each["payload"] == rating), None)
    return named


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
