"""Hides secrets and personal data in what people write, before anything is stored or logged.

A number belongs to the word that names it: one before it (卡号是…, 订单号：…、…), or one that is
said of it (…是我的支付密码). What no word names is judged by its shape (a card has an issuer's
prefix, a length and a check digit, an ID card a province and a date), and a bare number of 4 to 8
digits is a code where a code is spoken of. The words stand in masking.yml.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

# libyaml reads as safely, and ten times faster.
_DATA: Mapping[str, Any] = yaml.load(
    Path(__file__).with_suffix(".yml").read_text(encoding="utf8"),
    yaml.CSafeLoader,
)

_SECRET_KINDS = ("code", "password")
_CODE_KINDS = {*_SECRET_KINDS, "hint"}
_KEPT = ("order", "order_word", "amount", "other")  # what is called so is no code
_NEAREST = 24  # characters between a name and its number
_LONGEST_CARD = 19
_LONGEST_CODE = 12  # digits that are put together from pieces
_CODE = range(4, 9)

# ---- spelling: one character for one, so that places in the text stay right


def _folded() -> dict[int, str]:
    table = {ord(one): other for one, other in zip(*[iter(_DATA["traditional"])] * 2, strict=True)}
    for code in (*range(0xA0, 0x250), *range(0x2000, 0x2700), *range(0x3000, 0x3040)):
        plain = unicodedata.normalize("NFKC", chr(code))
        if len(plain) == 1 and plain != chr(code):
            table[code] = plain
    for code in (0xA0, 0x1680, *range(0x2000, 0x2010), 0x2028, 0x2029, 0x202F, 0x205F, 0x3000, 0x9):
        table[code] = " "
    for code in (0x2010, 0x2011, 0x2012, 0x2013, 0x2014, 0x2015, 0x2212, 0xFE63):
        table[code] = "-"
    table.update({0xFF01 + place: chr(0x21 + place) for place in range(94)})
    table.update({ord("､"): "、", 0xFE0F: " ", 0x20E3: " "})  # the last two: 4️⃣
    for stop in "，。！？；":  # they end a sentence, in Chinese
        table.pop(ord(stop), None)
    return table


_FOLDED = _folded()
# Within a word that is all full width, they are signs of it.
_WITHIN_FULL_WIDTH = re.compile("(?<=[\uff10-\uff5a])[，！？；](?=[\uff10-\uff5a])")
_NUMERAL = "零〇○一二三四五六七八九幺壹贰叁肆伍陆柒捌玖"
_VALUES = str.maketrans(_NUMERAL, "0001234567891123456789")
_NUMERALS = re.compile(rf"[\d{_NUMERAL}](?:[ 、,，.·\-]{{0,2}}[\d{_NUMERAL}]){{3,}}")
_COUNTED = re.compile("[十百千万亿拾佰仟第]$")
_COUNTING = re.compile("[十百千万亿拾佰仟年月]")


def _spelled(text: str) -> str:
    text = _WITHIN_FULL_WIDTH.sub(lambda stop: chr(ord(stop[0]) - 0xFEE0), text)
    text = text.translate(_FOLDED)
    lower = text.lower()
    if len(lower) == len(text):
        text = lower
    if text.isascii():
        return text
    return "".join(
        str(unicodedata.decimal(char)) if char.isdecimal() and not char.isascii() else char
        for char in text
    )


def _figures(plain: str) -> str:
    """Return the text with the digits that are written in words (四八三九二零) as digits."""

    def write(match: re.Match[str]) -> str:
        written, (start, end) = match[0], match.span()
        words = sum(char in _NUMERAL for char in written)
        mixed = words and words < len(written) and written.isalnum() and written[-1] != "一"
        if words < 4 and not mixed:
            return written
        if written in _DATA["idioms"] or _COUNTED.search(plain, max(0, start - 1), start):
            return written
        return written if _COUNTING.match(plain, end) else written.translate(_VALUES)

    return _NUMERALS.sub(write, plain)


# ---- words


def _any_of(words: Iterable[str]) -> str:
    """Return an expression for any of the words, the longest first; Latin ones stand alone."""
    return "|".join(
        rf"(?<![a-z]){re.escape(word)}(?![a-z])" if word.isascii() else re.escape(word)
        for word in sorted(words, key=len, reverse=True)
    )


_KIND_OF = {word: kind for kind, words in _DATA["names"].items() for word in words}
_FIRST = "".join(sorted({re.escape(word[0]) for word in _KIND_OF}))
_NAMES = re.compile(rf"(?=[{_FIRST}])(?:{_any_of(_KIND_OF)})")
_LINK = re.compile(
    rf"(?:[\s:=\-~>→…|\"'“”‘’「」『』《》<>()\[\]{{}}【】]|{_any_of(_DATA['links']['any'])})*"
)
_AMOUNT_LINK = re.compile(rf"(?:[\s:=]|{_any_of(_DATA['links']['amount'])})*")
_AFTER = re.compile(
    rf"[ \"'”’」』)\]】,，]{{0,3}}(?:{_any_of(_DATA['after'])})[^。！？!?\n\d]{{0,12}}"
)
_BARE_AFTER = re.compile(
    r"[ \"'”’」』)\]】]{0,3}(?:的|这个|那个|作|当|做|设为|设成|[(【\[])[\s我你您他她的]{0,3}"
)
_NEAR = re.compile(r"[^。！？!?;；\n,，给收到]{0,12}")
_LIST = re.compile(
    r"[\s\"'”’」』)\]】(（【“]{0,3}(?:[、,，/;；+&]|还有|以及|或者|就是|或|和|跟|与|及)?[\s\"'“‘「『(\[【]{0,3}"
)
_UNIT = re.compile(rf"[ ]?(?:{_DATA['units']})")
_COUNT = re.compile(rf"[ ]?(?:{_DATA['counts']})")
_ENTRIES = re.compile(
    rf"(?:(?:[、,， ]|和|跟|与){{1,2}}\d{{3,8}}){{0,4}}[ ]?[这那]?[\d{_NUMERAL}两十几]{{0,2}}笔"
)
_MISSING = re.compile(rf"(?:{_any_of(_DATA['missing'])})[你您们我的短信手机]{{0,4}}$")
_PUBLIC_AFTER = re.compile(_any_of(_DATA["public_after"]))
_ADDRESS = re.compile(r"(?:https?://|www\.)[!-~]{1,200}")
_GONE = re.compile(rf"[ ,，]?(?:也|又|就|全|都|一下子|莫名其妙)?(?:{_any_of(_DATA['gone'])})")
_CURRENCY = re.compile(r"[¥￥$€£第][ ]?$")
_DATES = re.compile(
    r"(?<!\d)(?:(?:19|20)\d\d(?:[ ]?年(?:[ ]?\d{1,2}[ ]?月(?:[ ]?\d{1,2}[ ]?[日号]?)?)?"
    r"|[-/.](?:0?[1-9]|1[0-2])(?:[-/.](?:0?[1-9]|[12]\d|3[01])(?!\d))?)"
    r"|\d{3}(?:\.\d{1,3}){3}"  # an IP address
    r"|\d{1,2}[ ]?月[ ]?\d{1,2}[ ]?[日号]?"
    r"|(?:0?[1-9]|1[0-2])[-/.](?:0[1-9]|[12]\d|3[01])(?![-/.]?\d)|\d{1,2}:\d\d(?::\d\d)?)(?!\d)"
)
_PUBLIC = re.compile("|".join(f"{each.replace('x', '[0-9]')}" for each in _DATA["public"]))
_WARNING = re.compile(rf"(?:{_any_of(_DATA['warnings'])})(?!给)")
_SENTENCES = re.compile(r"[。！？!?\n]")

# ---- shapes

_GROUP = re.compile(r"\d+")
_DECIMAL = re.compile(r"[.:]\d")
_OF_DECIMAL = re.compile(r"\d[.:]$")
_ALONE = re.compile(r"[是 ]{0,3}\d{7,40}[。. ]{0,3}")
_LATIN = re.compile(r"[!-~]{4}")
_TIGHT = re.compile(r"[ .\-_·*/]{1,3}")  # within a number that nothing names
_LOOSE = re.compile(r"[\s.\-_·*~/()\[\]【】]{1,4}|[、,，]")  # within one that is named
_PHONE_GAP = re.compile(r"[ .\-_·*/()（）]{1,3}")
_SINGLE = re.compile(r"[ .\-_·*、,，/\n]{1,3}")  # between digits that stand alone
_CHECK = re.compile(r"[ \-.]?x(?![a-z])")
_PREFIX = re.compile(r"^(?:00)?86(?=1[3-9]\d{9}$)")
_MOBILE = re.compile(r"1[3-9]\d{9}")
_MAIL = re.compile(r"(?P<name>[a-z0-9._+-]{1,64})@[a-z0-9-]{1,63}\.[a-z0-9.-]{2,63}")
_TOKEN = re.compile(r"[!-~]{1,64}")
_TOKEN_END = re.compile(r"[,;](?=[^!-~]|$|[a-z]+[=:])|&(?=[a-z]+=)")
_LETTERS = re.compile(r"[a-z]+")
_MORE_LETTERS = re.compile(r"[ ][a-z]{2}")
_SPREAD = re.compile(r"(?:[!-~][ ]){3,40}[!-~](?![!-~])")
_IS = re.compile(r"[ ]?(?:就是|是|为)[^不]")
_SAID = re.compile(r"[\u4e00-\u9fff]{1,8}[是为:=成][ :\"'“「]{0,3}")
_PHRASE = re.compile(r"[!-~]{0,20}[\u4e00-\u9fff]{1,6}[!-~]{2,24}")
_CLOSED = re.compile(r"[”’」』】》>)\]]")
_SIGNS = re.compile(r"[!@#$%^&+=?~`|\\]")
_QUOTED = re.compile(r"[“\"‘'「『【《<(\[]([^\n“”\"「」『』【】《》]{2,40}?)[”\"’'」』】》>)\]]")
_REPEATED = re.compile(rf"[\d{_NUMERAL}十]个[\d{_NUMERAL}](?![位月字数小天分年人次个])")
_EXPLICIT = re.compile("|".join(map(re.escape, _DATA["explicit"])))
_VERBS = re.compile(_any_of(_DATA["verbs"]))
_NO_PASSWORDS = frozenset(_DATA["letters"].split())


@dataclass(frozen=True)
class Masked:
    """The text with what was hidden, and whether the customer is to be warned of it.

    That is of passwords, codes, card and ID numbers, not of phone numbers and addresses.
    """

    text: str
    secret: bool


def mask(text: str, code_expected: bool = False, before: str = "") -> Masked:
    """Hide passwords and codes wholly, and cards, ID cards and phones but for the last four.

    Of an e-mail address the name goes and the domain stays. Order numbers, dates and amounts are
    what a human needs, and stay.

    Args:
        text: what was written.
        code_expected: whether a bare number is a code (`is_code_expected`), though the text itself
            speaks of none.
        before: what the same person wrote last; a name at its end (我的密码是) counts here.
    """
    lead = _dangling(before)
    secret = False
    for hidden in reversed(find_hidden(lead + text, code_expected)):
        start = hidden.start - len(lead)
        if start >= 0:
            text = text[:start] + hidden.instead + text[hidden.end - len(lead) :]
            secret = secret or hidden.secret
    return Masked(text, secret)


def find_hidden(text: str, code_expected: bool = False) -> list[Hidden]:
    """Return the places that `mask` hides, first to last; for text that stands in a picture."""
    found = _Reader(text, code_expected).hidden()
    return sorted(found, key=lambda each: each.start)


def is_code_expected(text: str, said: Iterable[str], answer: str) -> bool:
    """Tell whether a bare number in a text is a code by what was said before.

    Args:
        text: what is written now.
        said: what the customer wrote last.
        answer: what was said to them last. "Do not send codes here" asks for none, and a long
            number alone answers a question for an order number.
    """
    sentences = _SENTENCES.split(_spelled(answer))
    asked = "\n".join(each for each in sentences if not _WARNING.search(each))
    names = {_KIND_OF[name[0]] for name in _NAMES.finditer(asked)}
    if "order" in names and not names & _CODE_KINDS and _ALONE.fullmatch(_spelled(text)):
        return False
    return bool(names & _CODE_KINDS) or any(map(_speaks_of_code, said))


def may_depend(text: str) -> bool:
    """Tell whether what was said before may matter: for digits, and for a word of Latin letters."""
    figures = _figures(_spelled(text))
    return sum(map(str.isdigit, figures)) > 2 or _LATIN.search(figures) is not None


def _speaks_of_code(text: str) -> bool:
    return any(_KIND_OF[name[0]] in _CODE_KINDS for name in _NAMES.finditer(_spelled(text)))


def is_card(number: str) -> bool:
    """Tell whether the digits are a bank card's: issuer, length, Luhn's check (ISO/IEC 7812-1)."""
    digits = [int(char) for char in number if char.isdigit()]
    if len(digits) not in _ISSUERS.get(_issuer(number), ()):
        return False
    doubled = [2 * digit - 9 * (digit > 4) for digit in digits[-2::-2]]
    return (sum(digits[::-2]) + sum(doubled)) % 10 == 0


def is_identity_card(number: str) -> bool:
    """Tell whether it is an ID card's: a province and a real date of birth (GB 11643-1999).

    The check character does not count: people mistype, and nothing else looks so.
    """
    return (
        len(number) == 18
        and number[:2] in _DATA["provinces"]
        and _is_day(number[6:14], range(1900, date.today().year + 1))
    )


def _issuers() -> Iterator[tuple[str, Sequence[int]]]:
    for prefixes, lengths in _DATA["issuers"].items():
        for prefix in prefixes.split(", "):
            first, _, last = prefix.partition("-")
            for number in range(int(first), int(last or first) + 1):
                yield str(number), lengths


_ISSUERS = dict(_issuers())


def _issuer(number: str) -> str:
    return next((number[:size] for size in (5, 4, 3, 2, 1) if number[:size] in _ISSUERS), "")


def _is_day(digits: str, years: range) -> bool:
    try:
        return date(int(digits[:4]), int(digits[4:6]), int(digits[6:8])).year in years
    except ValueError:
        return False


def _dangling(before: str) -> str:
    """Return the name that a text ends with, and a newline; "" if it ends with none."""
    tail = before[-_NEAREST:]
    plain = _spelled(tail)
    names = list(_NAMES.finditer(plain))
    if not names or _KIND_OF[names[-1][0]] in ("nothing", "again", "hint"):
        return ""
    return tail[names[-1].start() :] + "\n" if _LINK.fullmatch(plain, names[-1].end()) else ""


@dataclass(frozen=True)
class _Name:
    """A word that names what stands next to it, and where what it is linked to begins."""

    kind: str
    start: int
    end: int
    link: int


@dataclass(frozen=True)
class Hidden:
    """A place in a text, what is written there instead, and whether people are warned of it."""

    start: int
    end: int
    instead: str
    secret: bool


@dataclass(frozen=True)
class _Number:
    """Groups of digits that belong together."""

    first: int  # group
    last: int
    start: int
    end: int
    digits: str


class _Reader:
    """Reads one text."""

    def __init__(self, text: str, code_expected: bool) -> None:
        self.text = text
        self.plain = _spelled(text)
        self.figures = _figures(self.plain)
        self.groups = [match.span() for match in _GROUP.finditer(self.figures)]
        self.dates = _places(_DATES, self.plain)
        self.addresses = _places(_ADDRESS, self.plain)
        self.code_expected = code_expected
        self.found: list[Hidden] = []
        self.covered = bytearray(len(text))

    # ---- names

    @cached_property
    def names(self) -> list[_Name]:
        names: list[_Name] = []
        speaking = False
        for match in _NAMES.finditer(self.plain):
            kind, end = _KIND_OF[match[0]], match.end()
            if kind == "nothing" or (end in self.addresses and self.plain[end] == "/"):
                continue
            if kind == "again":
                if not speaking:
                    continue
                kind = "again"
            elif kind in _SECRET_KINDS:
                speaking = True
                if kind == "code" and _MISSING.search(
                    self.plain, max(0, match.start() - 8), match.start()
                ):
                    kind = "hint"
            elif kind not in ("amount", "other", "hint"):
                speaking = False
            link = _AMOUNT_LINK if kind == "amount" else _LINK
            linked = link.match(self.plain, end, end + _NEAREST)
            names.append(_Name(kind, match.start(), end, linked.end() if linked else end))
        return names

    @cached_property
    def _ends(self) -> list[int]:
        return [name.end for name in self.names]

    @cached_property
    def spoken(self) -> bool:
        """Whether codes or passwords are spoken of, here or before."""
        return self.code_expected or any(name.kind in _CODE_KINDS for name in self.names)

    def _last_name(self, place: int) -> _Name | None:
        number = bisect_right(self._ends, place)
        return self.names[number - 1] if number else None

    def _next_name(self, place: int) -> _Name | None:
        number = bisect_right(self._ends, place)
        return self.names[number] if number < len(self.names) else None

    def _explicit(self, name: _Name, start: int) -> bool:
        return _EXPLICIT.search(self.plain, name.end, start) is not None

    # ---- what is found

    def hidden(self) -> list[Hidden]:
        """Return what is to be hidden."""
        self._words()
        self._numbers()
        for match in _MAIL.finditer(self.plain):
            self._hide(*match.span("name"), "****", False)
        return self.found

    def _hide(self, start: int, end: int, instead: str, secret: bool) -> None:
        if any(self.covered[start:end]):
            return
        self.covered[start:end] = b"\1" * (end - start)
        self.found.append(Hidden(start, end, instead, secret))

    # ---- passwords that are no bare numbers

    def _words(self) -> None:
        for name in self.names:
            if name.kind not in (*_SECRET_KINDS, "again"):
                continue
            start = name.link
            comma = self.plain[start : start + 1] in (",", "，", ";", "；")
            if comma:
                start += 1
                start = _LINK.match(self.plain, start, start + 4).end()  # type: ignore[union-attr]
            span = self._secret_at(name, start, comma) or self._said_later(name)
            while span and not self.covered[span[0]]:
                self._hide(*span, "****", True)
                gap = _LIST.match(self.plain, span[1])
                assert gap  # noqa: S101  # it matches nothing, too
                pair = self.plain[span[0] : span[0] + 2], self.plain[gap.end() : gap.end() + 2]
                listed = gap[0].strip(" ") or pair[0] == pair[1] or self._is_login(name)
                span = self._token(name, gap.end(), True) if listed else None

    def _said_later(self, name: _Name) -> tuple[int, int] | None:
        """Return the place of what a few other words and 是 part from the name (密码我记得是…)."""
        said = _SAID.match(self.plain, name.end)
        if not said or _NAMES.search(said[0]):
            return None
        return self._token(name, said.end(), True)

    def _is_login(self, name: _Name) -> bool:
        """Tell whether a name stands for two (账号密码)."""
        return self.plain[: name.start].endswith(("账号", "帐号", "账户", "用户名", "手机号"))

    def _secret_at(self, name: _Name, start: int, comma: bool) -> tuple[int, int] | None:
        """Return the place of the password that begins here."""
        plain = self.plain
        written = _REPEATED.match(plain, start) or _SPREAD.match(plain, start)
        if written and not written[0].replace(" ", "").isdigit():
            return written.span()
        if not comma and start > name.end:
            for opening in range(max(name.end, start - 3), start + 1):
                quoted = _QUOTED.match(plain, opening)
                if _CLOSED.search(plain, name.end, opening):
                    break
                if quoted and self._is_quoted_secret(name, quoted[1]):
                    end = quoted.end(1)
                    more = _TOKEN.match(plain, quoted.end())
                    if more and plain[opening] in "([<" and more[0][0] not in ",.;:!?":
                        end = more.end()
                    return quoted.start(1), end
        return self._phrase(name, start) or self._token(name, start, comma)

    def _is_quoted_secret(self, name: _Name, inner: str) -> bool:
        if _GROUP.fullmatch(inner) or not any(char.isalnum() for char in inner):
            return False
        if inner.isascii():
            return self._is_password(name, inner, True, "")
        if _NAMES.search(inner) or _VERBS.search(inner) or len(inner) > 16:
            return False
        return name.kind == "password" and not _UNIT.search(inner)

    def _phrase(self, name: _Name, start: int) -> tuple[int, int] | None:
        """Return the place of a password of Chinese and digits (木头人123)."""
        plain = self.plain
        begin = start
        while begin > name.end and plain[begin - 1] not in " :=\n-是为成叫“\"'":
            begin -= 1
        found = _PHRASE.match(plain, begin)
        if not found:
            return None
        if begin == name.end and not re.fullmatch(r"[\u4e00-\u9fff]{2,4}\d{3,12}", found[0]):
            return None
        text = found[0]
        latin = _LETTERS.findall(text)
        if (
            _VERBS.search(text)
            or _NAMES.search(text)
            or not (any(map(str.isdigit, text)) or self._explicit(name, begin + 1))
            or _UNIT.match(plain, found.end())
            or (latin and latin[-1] in _NO_PASSWORDS)
        ):
            return None
        return found.span()

    def _token(self, name: _Name, start: int, more: bool) -> tuple[int, int] | None:
        found = _TOKEN.match(self.plain, start)
        if not found:
            return None
        cut = _TOKEN_END.search(found[0])
        text = found[0][: cut.start()] if cut else found[0]
        text = text.rstrip(",.;:")
        closing = text[-1:]
        if closing in ('"', "'", ")", "]", ">", "}") and closing not in text[:-1].translate(
            _CLOSING
        ):
            text = text[:-1]
        end = start + len(text)
        explicit = not more and self._explicit(name, start)
        if not self._is_password(name, text, explicit, self.plain[end : end + 3], more):
            return None
        return start, end

    def _is_password(
        self, name: _Name, text: str, explicit: bool, after: str, more: bool = False
    ) -> bool:
        """Tell whether a word of Latin letters, digits and signs is a password."""
        letters = "".join(_LETTERS.findall(text))
        digits = any(char.isdigit() for char in text)
        if text.startswith(("http", "www.", "****")) or "***" in text:
            return False
        if digits:
            if not letters:  # bare numbers are judged by their names; 12#34 and 12@34 are words
                return len(text) > 3 and _SIGNS.search(text.rstrip("%!?~")) is not None
            if _MAIL.fullmatch(text) and name.kind == "again":
                return False
            first = _LETTERS.match(text)
            if not explicit and first and len(first[0]) > 1 and first[0] in _NO_PASSWORDS:
                return False
            return len(text) >= (6 if more else 3) and not (
                more and _KEPT_TOKEN.match(text) is not None
            )
        if len(text) < 4 or more or (name.kind == "again" and not explicit):
            return False
        if letters in _NO_PASSWORDS or (letters != text and not explicit and "." in text):
            return False
        english = self.plain[name.end - 1].isascii()
        if english or name.kind == "code":
            return explicit and not _MORE_LETTERS.match(after)
        return not _MORE_LETTERS.match(after) or explicit

    # ---- numbers

    def _numbers(self) -> None:
        place = 0
        before: tuple[_Number, str | None] | None = None
        while place < len(self.groups):
            start, end = self.groups[place]
            if any(self.covered[start:end]) or self.plain[max(0, start - 2) : start] == "**":
                place += 1
                continue
            kind, firm = self._kind_of(place, before)
            number = self._judged(place, kind, firm)
            before = (number, kind)
            place = number.last + 1

    def _kind_of(
        self, place: int, before: tuple[_Number, str | None] | None
    ) -> tuple[str | None, bool]:
        """Return what a number is called, and whether that is said outright (是, 为, a colon)."""
        start, _ = self.groups[place]
        name = self._last_name(start)
        if name and name.link >= start:
            if name.kind == "amount" and self._passes_on(name, place):
                return "hint", False
            firm = self._explicit(name, start)
            if name.kind in _SECRET_KINDS and not firm:  # 收到验证码 2025…是订单号
                after = self._named_after(self._joined(place, _TIGHT, _LONGEST_CARD))
                if after in ("order", "order_word"):
                    return after, True
            return self._same_as(name.kind), firm
        number = self._joined(place, _TIGHT, _LONGEST_CARD)
        after = self._named_after(number)
        if after:
            return after, True
        if name and start - name.end <= _NEAREST:
            gap = self.plain[name.end : start]
            cut = _LINK.match(self.plain, name.link + 1, start)
            if (
                gap[name.link - name.end :][:1] in (",", "，", ";", "；")
                and cut
                and cut.end() == start
            ):
                weak = name.kind in (*_SECRET_KINDS, "again", "amount", "other")
                if weak and name.kind in _SECRET_KINDS and _IS.match(self.plain, name.link + 1):
                    return name.kind, True
                return (None if weak else name.kind), False
            if name.kind == "order" and _NEAR.fullmatch(gap):
                return "order", False
            if name.kind in ("card", "identity") and _NEAR.fullmatch(gap):
                return name.kind, False
        earlier, kind = before or (None, None)
        if earlier and kind:
            gap = self.plain[earlier.end : start]
            if len(gap) <= 8 and _LIST.fullmatch(gap):
                return self._listed(number, earlier, kind, bool(gap.strip())), False
        return None, False

    def _passes_on(self, amount: _Name, place: int) -> bool:
        """Tell whether 转给 is said of a code (验证码转给他483920), not of money."""
        earlier = self._last_name(amount.start)
        start, end = self.groups[place]
        return (
            earlier is not None
            and earlier.kind in _CODE_KINDS
            and earlier.end == amount.start
            and self.plain.startswith("转", amount.start)
            and not self.figures[start:end].endswith("00")
        )

    @staticmethod
    def _same_as(kind: str) -> str:
        return "password" if kind == "again" else kind

    def _named_after(self, number: _Number) -> str | None:
        name = self._next_name(number.end)
        if name is None or name.start < number.end or name.start - number.end > 16:
            return None
        if name.kind in ("again", "hint", "amount"):
            return None
        gap = self.plain[number.end : name.start]
        if _AFTER.fullmatch(gap):
            said = gap.lstrip(" \"'”’」』)]】,，")
            if said.startswith(("是", "就是", "这是")):
                if "不是" in gap and name.kind in _SECRET_KINDS:
                    return None
                return name.kind
        # 885512（验证码）, 885512的验证码, 885512这个验证码
        if gap.strip() and _BARE_AFTER.fullmatch(gap):
            return name.kind
        return None

    @staticmethod
    def _listed(number: _Number, earlier: _Number, kind: str, parted: bool) -> str | None:
        """Return what the next of a list is called, by the one before it."""
        if kind not in ("order", "order_word"):
            return kind
        same = number.digits[:3] == earlier.digits[:3]
        if same or not (_has_shape(number.digits) or not parted):
            return kind
        if not _has_shape(number.digits) and len(number.digits) == len(earlier.digits):
            return kind
        return None

    def _judged(self, place: int, kind: str | None, firm: bool) -> _Number:
        """Hide a number that has to be; return what was taken together."""
        if kind in _SECRET_KINDS:
            number = self._code(place, firm)
            if number:
                return number
        if kind == "cvv":
            number = self._joined(place, _LOOSE, 8)
            if 3 <= len(number.digits) <= 8:
                self._hide(number.start, number.end, "****", True)
                return number
        if kind in ("card", "identity"):
            number = self._joined(place, _LOOSE, _LONGEST_CARD if kind == "card" else 18)
            number = self._with_check(number)
            if len(number.digits) > 4:
                self._last_four(number, True)
                return number
        if kind == "card_word":
            number = self._joined(place, _LOOSE, _LONGEST_CARD)
            if len(number.digits) >= 13:
                self._last_four(number, True)
                return number
        if kind == "phone":
            number = self._joined(place, _LOOSE, 15, _is_mobile)
            if _is_mobile(number.digits):
                self._last_four(number, False)
                return number
        if kind == "order":
            return self._joined(place, _TIGHT, 40)
        number = self._shaped(place)
        if number:
            return number
        if kind is None and (number := self._beside_card(place)):
            self._last_four(number, True)
            return number
        if self.spoken and kind not in _KEPT:
            number = self._bare_code(place, kind in (*_SECRET_KINDS, "hint"))
            if number:
                return number
        return self._joined(place, _TIGHT, _LONGEST_CARD)

    def _beside_card(self, place: int) -> _Number | None:
        """Return a number as long as an issuer's, if a card is spoken of before it.

        Its check digit may be wrong: 退回这张卡行不行 6217…, mistyped.
        """
        number = self._joined(place, _LOOSE, _LONGEST_CARD)
        before = self.plain[max(0, number.start - 12) : number.start]
        of_issuer = len(number.digits) in (16, 18, 19) and _issuer(number.digits)
        return number if of_issuer and _OF_CARD.search(before) else None

    def _last_four(self, number: _Number, secret: bool) -> None:
        shown = number.digits[-4:] if len(number.digits) > 8 else ""
        start = number.start
        if self.plain[max(0, start - 1) : start] == "+":
            start -= 1
        self._hide(start, number.end, "****" + shown, secret)

    def _joined(
        self,
        place: int,
        gap: re.Pattern[str],
        most: int,
        enough: Any = None,
    ) -> _Number:
        """Return the groups from one on that stand close together, up to a number of digits."""
        start, end = self.groups[place]
        digits = self.figures[start:end]
        last = place
        while last + 1 < len(self.groups) and not (enough and enough(digits)):
            begin, stop = self.groups[last + 1]
            if len(digits) + stop - begin > most or not gap.fullmatch(self.plain, end, begin):
                break
            if _UNIT.match(self.plain, stop) and stop - begin != 4 and gap is not _SINGLE:
                break
            if self.plain[stop : stop + 1] == ":" or any(self.covered[begin:stop]):
                break
            digits += self.figures[begin:stop]
            last, end = last + 1, stop
        return _Number(place, last, start, end, digits)

    def _with_check(self, number: _Number) -> _Number:
        """Return an ID card's number with the X at its end."""
        check = _CHECK.match(self.plain, number.end)
        if len(number.digits) != 17 or not check:
            return number
        digits = number.digits + self.text[check.end() - 1]
        return _Number(number.first, number.last, number.start, check.end(), digits)

    def _code(self, place: int, firm: bool) -> _Number | None:
        """Hide what is called a code or a password."""
        whole = self._joined(place, _SINGLE, 40)
        singles = all(
            self.groups[each][1] - self.groups[each][0] == 1
            for each in range(whole.first, whole.last + 1)
        )
        number = whole if singles else self._joined(place, _LOOSE, _LONGEST_CODE)
        size = len(number.digits)
        if not firm:
            if number.start in self.dates or _COUNT.match(self.plain, number.end):
                return None
            if size > _LONGEST_CODE or (
                self._joined(place, _TIGHT, 40).digits != number.digits and size > 8
            ):
                single = self._alone(place)
                if len(single.digits) > _LONGEST_CODE:
                    return None
                number = single if len(single.digits) >= 4 else number
            if self._mobile(place):
                return None
        if _PUBLIC.fullmatch(number.digits) and _PUBLIC_AFTER.match(self.plain, number.end):
            return None
        if firm and size < 4 and _UNIT.match(self.plain, number.end):
            return None
        if len(number.digits) < 3 or (len(number.digits) == 3 and not firm):
            return None
        self._hide(number.start, number.end, "****", True)
        return number

    def _alone(self, place: int) -> _Number:
        start, end = self.groups[place]
        return _Number(place, place, start, end, self.figures[start:end])

    def _mobile(self, place: int) -> _Number | None:
        number = self._joined(place, _PHONE_GAP, 15, _is_mobile)
        groups = [self.groups[each] for each in range(number.first, number.last + 1)]
        sizes = [stop - begin for begin, stop in groups]
        if not _is_mobile(number.digits):
            return None
        while sizes and sum(sizes) > 11:
            extra = sum(sizes) - 11
            sizes = sizes[1:] if sizes[0] <= extra else [sizes[0] - extra, *sizes[1:]]
        usual = sizes in _DATA["phone_groups"] or all(size == 1 for size in sizes)
        return number if usual else None

    def _shaped(self, place: int) -> _Number | None:
        """Hide what looks like a card, an ID card or a phone, whatever it is called."""
        number = self._mobile(place)
        if number:
            self._last_four(number, False)
            return number
        number = self._with_check(self._joined(place, _TIGHT, 18, lambda digits: len(digits) > 16))
        if len(number.digits) == 17:
            number = self._joined(place, _TIGHT, 18)
        if is_identity_card(number.digits):
            self._last_four(number, True)
            return number
        if self.groups[place][0] in self.dates:
            return None
        number = self._joined(place, _TIGHT, _LONGEST_CARD)
        while True:
            if is_card(number.digits) and not self._are_amounts(number):
                self._last_four(number, True)
                return number
            if number.last == place:
                return None
            last = number.last - 1
            end = self.groups[last][1]
            digits = number.digits[: -(self.groups[last + 1][1] - self.groups[last + 1][0])]
            number = _Number(place, last, number.start, end, digits)

    def _are_amounts(self, number: _Number) -> bool:
        groups = self.groups[number.first : number.last + 1]
        return len(groups) > 1 and all(
            self.figures[begin:stop].endswith("00") for begin, stop in groups
        )

    def _bare_code(self, place: int, called: bool) -> _Number | None:
        """Hide a number of 4 to 8 digits that nothing calls anything else."""
        number = self._joined(place, _SINGLE, 40)
        sizes = [stop - begin for begin, stop in self.groups[place : number.last + 1]]
        if max(sizes) > 1 or len(sizes) < 4:
            number = self._joined(place, _TIGHT, 40)
            sizes = [stop - begin for begin, stop in self.groups[place : number.last + 1]]
            if self._are_amounts(number) and len(sizes) > 2:
                return None
            if len(number.digits) not in _CODE or not (min(sizes) > 1 or sizes[0] > 2):
                number = self._alone(place)
        elif number.digits in "123456789":  # 1、2、3、4步
            return None
        if len(number.digits) not in _CODE and not (max(sizes) == 1 and len(number.digits) > 8):
            return None
        if self._is_something_else(number):
            return None
        self._hide(number.start, number.end, "****", True)
        return number

    def _is_something_else(self, number: _Number) -> bool:
        plain, start, end, digits = self.plain, number.start, number.end, number.digits
        around = plain[max(0, start - 1) : start] + plain[end : end + 1]
        # Of a longer word (TX20261128), of a decimal or a time.
        if any(char.isascii() and char.isalnum() for char in around):
            return True
        if _DECIMAL.match(plain, end) or _OF_DECIMAL.search(plain, max(0, start - 2), start):
            return True
        if start in self.dates and (number.last > number.first or not digits.isdecimal()):
            return True
        return bool(
            any(place in self.dates for place in (start, end - 1))
            or start in self.addresses
            or (digits in "123456789" and not plain[start].isdigit())  # 选一二三四
            or _ENTRIES.match(plain, end)
            or _UNIT.match(plain, end)
            or _GONE.match(plain, end)
            or _CURRENCY.search(plain, max(0, start - 3), start)
            or _PUBLIC.fullmatch(digits)
            or (len(digits) == 8 and _is_day(digits, range(2010, 2040)))
        )


_CLOSING = str.maketrans("\"'([<{", "\"')]>}")
_KEPT_TOKEN = re.compile(r"(?:http|www|err|v\d|tx|iphone|ios|mate|id)")


def _places(pattern: re.Pattern[str], text: str) -> set[int]:
    return {place for match in pattern.finditer(text) for place in range(*match.span())}


def _is_mobile(digits: str) -> bool:
    return _MOBILE.fullmatch(_PREFIX.sub("", digits)) is not None


_OF_CARD = re.compile(r"(?:[张的到这那我行]|银行)卡(?![住顿死在])(?!.*(?:单|流水|交易))")


def _has_shape(digits: str) -> bool:
    return _is_mobile(digits) or is_card(digits) or is_identity_card(digits)
