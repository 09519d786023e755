"""Passwords and codes, by the words that name them."""

from __future__ import annotations

import re

from desk.masking.text import Name, Text
from desk.masking.words import (
    CLOSED,
    CLOSING,
    GROUP,
    KEPT_TOKEN,
    LETTERS,
    LINK,
    LIST,
    MAIL,
    MORE_LETTERS,
    NAMES,
    NO_PASSWORDS,
    PHRASE,
    QUOTED,
    REPEATED,
    SAID,
    SECRET_KINDS,
    SIGNS,
    SPREAD,
    TOKEN,
    TOKEN_END,
    UNIT,
    VERBS,
)
from infra.text import MASK


class Secrets(Text):
    """What names a password or a code, and the words that are one."""

    def _words(self) -> None:
        for name in self.names:
            if name.kind not in (*SECRET_KINDS, "again"):
                continue
            start = name.link
            comma = self.plain[start : start + 1] in (",", "，", ";", "；")
            if comma:
                start += 1
                start = LINK.match(self.plain, start, start + 4).end()  # type: ignore[union-attr]
            span = self._secret_at(name, start, comma) or self._said_later(name)
            while span and not self.covered[span[0]]:
                self._hide(*span, MASK, True)
                gap = LIST.match(self.plain, span[1])
                assert gap  # noqa: S101  # it matches nothing, too
                pair = self.plain[span[0] : span[0] + 2], self.plain[gap.end() : gap.end() + 2]
                listed = gap[0].strip(" ") or pair[0] == pair[1] or self._is_login(name)
                span = self._token(name, gap.end(), True) if listed else None

    def _said_later(self, name: Name) -> tuple[int, int] | None:
        """Return the position of a secret after a few other words and 是 (密码我记得是…)."""
        said = SAID.match(self.plain, name.end)
        if not said or NAMES.search(said[0]):
            return None
        return self._token(name, said.end(), True)

    def _is_login(self, name: Name) -> bool:
        """Tell whether a name stands for two (账号密码)."""
        return self.plain[: name.start].endswith(("账号", "帐号", "账户", "用户名", "手机号"))

    def _secret_at(self, name: Name, start: int, comma: bool) -> tuple[int, int] | None:
        """Return the place of the password that begins here."""
        plain = self.plain
        written = REPEATED.match(plain, start) or SPREAD.match(plain, start)
        if written and not written[0].replace(" ", "").isdigit():
            return written.span()
        if not comma and start > name.end:
            for opening in range(max(name.end, start - 3), start + 1):
                quoted = QUOTED.match(plain, opening)
                if CLOSED.search(plain, name.end, opening):
                    break
                if quoted and self._is_quoted_secret(name, quoted[1]):
                    end = quoted.end(1)
                    more = TOKEN.match(plain, quoted.end())
                    if more and plain[opening] in "([<" and more[0][0] not in ",.;:!?":
                        end = more.end()
                    return quoted.start(1), end
        return self._phrase(name, start) or self._token(name, start, comma)

    def _is_quoted_secret(self, name: Name, inner: str) -> bool:
        if GROUP.fullmatch(inner) or not any(char.isalnum() for char in inner):
            return False
        if inner.isascii():
            return self._is_password(name, inner, True, "")
        if NAMES.search(inner) or VERBS.search(inner) or len(inner) > 16:
            return False
        return name.kind == "password" and not UNIT.search(inner)

    def _phrase(self, name: Name, start: int) -> tuple[int, int] | None:
        """Return the place of a password of Chinese and digits (木头人123)."""
        plain = self.plain
        begin = start
        while begin > name.end and plain[begin - 1] not in " :=\n-是为成叫“\"'":
            begin -= 1
        found = PHRASE.match(plain, begin)
        if not found:
            return None
        if begin == name.end and not re.fullmatch(r"[\u4e00-\u9fff]{2,4}\d{3,12}", found[0]):
            return None
        text = found[0]
        latin = LETTERS.findall(text)
        if (
            VERBS.search(text)
            or NAMES.search(text)
            or not (any(map(str.isdigit, text)) or self._explicit(name, begin + 1))
            or UNIT.match(plain, found.end())
            or (latin and latin[-1] in NO_PASSWORDS)
        ):
            return None
        return found.span()

    def _token(self, name: Name, start: int, more: bool) -> tuple[int, int] | None:
        found = TOKEN.match(self.plain, start)
        if not found:
            return None
        cut = TOKEN_END.search(found[0])
        text = found[0][: cut.start()] if cut else found[0]
        text = text.rstrip(",.;:")
        closing = text[-1:]
        if closing in ('"', "'", ")", "]", ">", "}") and closing not in text[:-1].translate(
            CLOSING
        ):
            text = text[:-1]
        end = start + len(text)
        explicit = not more and self._explicit(name, start)
        if not self._is_password(name, text, explicit, self.plain[end : end + 3], more):
            return None
        return start, end

    def _is_password(
        self, name: Name, text: str, explicit: bool, after: str, more: bool = False
    ) -> bool:
        """Tell whether a word of Latin letters, digits and signs is a password."""
        letters = "".join(LETTERS.findall(text))
        digits = any(char.isdigit() for char in text)
        if text.startswith(("http", "www.", MASK)) or "***" in text:
            return False
        if digits:
            if not letters:  # bare numbers are judged by their names; 12#34 and 12@34 are words
                return len(text) > 3 and SIGNS.search(text.rstrip("%!?~")) is not None
            if MAIL.fullmatch(text) and name.kind == "again":
                return False
            first = LETTERS.match(text)
            if not explicit and first and len(first[0]) > 1 and first[0] in NO_PASSWORDS:
                return False
            return len(text) >= (6 if more else 3) and not (
                more and KEPT_TOKEN.match(text) is not None
            )
        if len(text) < 4 or more or (name.kind == "again" and not explicit):
            return False
        if letters in NO_PASSWORDS or (letters != text and not explicit and "." in text):
            return False
        english = self.plain[name.end - 1].isascii()
        if english or name.kind == "code":
            return explicit and not MORE_LETTERS.match(after)
        return not MORE_LETTERS.match(after) or explicit
