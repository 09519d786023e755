"""Hides secrets and personal data in what people write, before anything is stored or logged.

A number belongs to the word that names it: one before it (卡号是…, 订单号：…、…), or one that is
said of it (…是我的支付密码). What no word names is judged by its shape (a card has an issuer's
prefix, a length and a check digit, an ID card a province and a date), and a bare number of 4 to 8
digits is a code where a code is spoken of. The words stand in masking.yml.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from desk.masking.numbers import Numbers
from desk.masking.secrets import Secrets
from desk.masking.spelling import in_figures, spelled
from desk.masking.text import Hidden
from desk.masking.words import (
    ALONE,
    CODE_KINDS,
    KIND_OF,
    LATIN,
    LINK,
    MAIL,
    NAMES,
    NEAREST,
    SENTENCES,
    WARNING,
)
from infra.text import MASK


@dataclass(frozen=True)
class Masked:
    """The text with what was hidden, and whether the customer is to be warned of it.

    That is of passwords, codes, card and ID numbers, not of phone numbers and addresses.
    """

    text: str
    secret: bool


class Reader(Secrets, Numbers):
    """Reads one text."""

    def hidden(self) -> list[Hidden]:
        """Return what is to be hidden."""
        self._words()
        self._numbers()
        for match in MAIL.finditer(self.plain):
            self._hide(*match.span("name"), MASK, False)
        return self.found


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
    found = Reader(text, code_expected).hidden()
    return sorted(found, key=lambda each: each.start)


def is_code_expected(text: str, said: Iterable[str], answer: str) -> bool:
    """Tell whether a bare number in a text is a code by what was said before.

    Args:
        text: what is written now.
        said: what the customer wrote last.
        answer: what was said to them last. "Do not send codes here" asks for none, and a long
            number alone answers a question for an order number.
    """
    sentences = SENTENCES.split(spelled(answer))
    asked = "\n".join(each for each in sentences if not WARNING.search(each))
    names = {KIND_OF[name[0]] for name in NAMES.finditer(asked)}
    if "order" in names and not names & CODE_KINDS and ALONE.fullmatch(spelled(text)):
        return False
    return bool(names & CODE_KINDS) or any(map(_speaks_of_code, said))


def may_depend(text: str) -> bool:
    """Tell whether what was said before may matter: for digits, and for a word of Latin letters."""
    figures = in_figures(spelled(text))
    return sum(map(str.isdigit, figures)) > 2 or LATIN.search(figures) is not None


def _speaks_of_code(text: str) -> bool:
    return any(KIND_OF[name[0]] in CODE_KINDS for name in NAMES.finditer(spelled(text)))


def _dangling(before: str) -> str:
    """Return the name that a text ends with, and a newline; "" if it ends with none."""
    tail = before[-NEAREST:]
    plain = spelled(tail)
    names = list(NAMES.finditer(plain))
    if not names or KIND_OF[names[-1][0]] in ("nothing", "again", "hint"):
        return ""
    return tail[names[-1].start() :] + "\n" if LINK.fullmatch(plain, names[-1].end()) else ""
