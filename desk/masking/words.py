"""The words that name secrets and numbers (masking.yml), and what stands around them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import yaml

# libyaml reads as safely, and ten times faster.
DATA: Mapping[str, Any] = yaml.load(
    Path(__file__).with_name("masking.yml").read_text(encoding="utf8"),
    yaml.CSafeLoader,
)

NUMERAL = "零〇○一二三四五六七八九幺壹贰叁肆伍陆柒捌玖"
SECRET_KINDS = ("code", "password")
CODE_KINDS = {*SECRET_KINDS, "hint"}
KEPT = ("order", "order_word", "amount", "other")  # numbers named like this are no codes
NEAREST = 24  # characters between a name and its number
LONGEST_CODE = 12  # digits of a code that is joined from groups
CODE = range(4, 9)


def any_of(words: Iterable[str]) -> str:
    """Return an expression for any of the words, the longest first; Latin ones stand alone."""
    return "|".join(
        rf"(?<![a-z]){re.escape(word)}(?![a-z])" if word.isascii() else re.escape(word)
        for word in sorted(words, key=len, reverse=True)
    )


KIND_OF = {word: kind for kind, words in DATA["names"].items() for word in words}
FIRST = "".join(sorted({re.escape(word[0]) for word in KIND_OF}))
NAMES = re.compile(rf"(?=[{FIRST}])(?:{any_of(KIND_OF)})")
LINK = re.compile(
    rf"(?:[\s:=\-~>→…|\"'“”‘’「」『』《》<>()\[\]{{}}【】]|{any_of(DATA['links']['any'])})*"
)
AMOUNT_LINK = re.compile(rf"(?:[\s:=]|{any_of(DATA['links']['amount'])})*")
AFTER = re.compile(
    rf"[ \"'”’」』)\]】,，]{{0,3}}(?:{any_of(DATA['after'])})[^。！？!?\n\d]{{0,12}}"
)
BARE_AFTER = re.compile(
    r"[ \"'”’」』)\]】]{0,3}(?:的|这个|那个|作|当|做|设为|设成|[(【\[])[\s我你您他她的]{0,3}"
)
NEAR = re.compile(r"[^。！？!?;；\n,，给收到]{0,12}")
LIST = re.compile(
    r"[\s\"'”’」』)\]】(（【“]{0,3}(?:[、,，/;；+&]|还有|以及|或者|就是|或|和|跟|与|及)?[\s\"'“‘「『(\[【]{0,3}"
)
UNIT = re.compile(rf"[ ]?(?:{DATA['units']})")
COUNT = re.compile(rf"[ ]?(?:{DATA['counts']})")
ENTRIES = re.compile(
    rf"(?:(?:[、,， ]|和|跟|与){{1,2}}\d{{3,8}}){{0,4}}[ ]?[这那]?[\d{NUMERAL}两十几]{{0,2}}笔"
)
MISSING = re.compile(rf"(?:{any_of(DATA['missing'])})[你您们我的短信手机]{{0,4}}$")
PUBLIC_AFTER = re.compile(any_of(DATA["public_after"]))
ADDRESS = re.compile(r"(?:https?://|www\.)[!-~]{1,200}")
GONE = re.compile(rf"[ ,，]?(?:也|又|就|全|都|一下子|莫名其妙)?(?:{any_of(DATA['gone'])})")
# 2600够立案不: what is asked of is an amount.
JUDGED = re.compile(
    r"[ ]?(?:够|也|都)?(?:能|可以|算|给|不?够)?(?:不能|不够|不算)?(?:立案|报案|报警|起诉|判)"
)
CURRENCY = re.compile(r"[¥￥$€£第][ ]?$")
DATES = re.compile(
    r"(?<!\d)(?:(?:19|20)\d\d(?:[ ]?年(?:[ ]?\d{1,2}[ ]?月(?:[ ]?\d{1,2}[ ]?[日号]?)?)?"
    r"|[-/.](?:0?[1-9]|1[0-2])(?:[-/.](?:0?[1-9]|[12]\d|3[01])(?!\d))?)"
    r"|\d{3}(?:\.\d{1,3}){3}"  # an IP address
    r"|\d{1,2}[ ]?月[ ]?\d{1,2}[ ]?[日号]?"
    r"|(?:0?[1-9]|1[0-2])[-/.](?:0[1-9]|[12]\d|3[01])(?![-/.]?\d)|\d{1,2}:\d\d(?::\d\d)?)(?!\d)"
)
PUBLIC = re.compile("|".join(f"{each.replace('x', '[0-9]')}" for each in DATA["public"]))
WARNING = re.compile(rf"(?:{any_of(DATA['warnings'])})(?!给)")
SENTENCES = re.compile(r"[。！？!?\n]")
GROUP = re.compile(r"\d+")
DECIMAL = re.compile(r"[.:]\d")
OF_DECIMAL = re.compile(r"\d[.:]$")
ALONE = re.compile(r"[是 ]{0,3}\d{7,40}[。. ]{0,3}")
LATIN = re.compile(r"[!-~]{4}")
TIGHT = re.compile(r"[ .\-_·*/]{1,3}")  # within a number that nothing names
LOOSE = re.compile(r"[\s.\-_·*~/()\[\]【】]{1,4}|[、,，]")  # within one that is named
PHONE_GAP = re.compile(r"[ .\-_·*/()（）]{1,3}")
SINGLE = re.compile(r"[ .\-_·*、,，/\n]{1,3}")  # between digits that stand alone
CHECK = re.compile(r"[ \-.]?x(?![a-z])")
PREFIX = re.compile(r"^(?:00)?86(?=1[3-9]\d{9}$)")
MAIL = re.compile(r"(?P<name>[a-z0-9._+-]{1,64})@[a-z0-9-]{1,63}\.[a-z0-9.-]{2,63}")
TOKEN = re.compile(r"[!-~]{1,64}")
TOKEN_END = re.compile(r"[,;](?=[^!-~]|$|[a-z]+[=:])|&(?=[a-z]+=)")
LETTERS = re.compile(r"[a-z]+")
MORE_LETTERS = re.compile(r"[ ][a-z]{2}")
SPREAD = re.compile(r"(?:[!-~][ ]){3,40}[!-~](?![!-~])")
IS = re.compile(r"[ ]?(?:就是|是|为)[^不]")
SAID = re.compile(r"[\u4e00-\u9fff]{1,8}[是为:=成][ :\"'“「]{0,3}")
PHRASE = re.compile(r"[!-~]{0,20}[\u4e00-\u9fff]{1,6}[!-~]{2,24}")
CLOSED = re.compile(r"[”’」』】》>)\]]")
SIGNS = re.compile(r"[!@#$%^&+=?~`|\\]")
QUOTED = re.compile(r"[“\"‘'「『【《<(\[]([^\n“”\"「」『』【】《》]{2,40}?)[”\"’'」』】》>)\]]")
REPEATED = re.compile(rf"[\d{NUMERAL}十]个[\d{NUMERAL}](?![位月字数小天分年人次个])")
EXPLICIT = re.compile("|".join(map(re.escape, DATA["explicit"])))
VERBS = re.compile(any_of(DATA["verbs"]))
NO_PASSWORDS = frozenset(DATA["letters"].split())
CLOSING = str.maketrans("\"'([<{", "\"')]>}")
KEPT_TOKEN = re.compile(r"(?:http|www|err|v\d|tx|iphone|ios|mate|id)")


def places_of(pattern: re.Pattern[str], text: str) -> set[int]:
    """Return the positions of all that a pattern finds."""
    return {place for match in pattern.finditer(text) for place in range(*match.span())}
