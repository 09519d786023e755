"""Spelling: one character for one, so that positions in the text stay right."""

from __future__ import annotations

import re
import unicodedata

from desk.masking.words import DATA, NUMERAL


def folded() -> dict[int, str]:
    """Return the plain character for each that is written otherwise."""
    table = {ord(one): other for one, other in zip(*[iter(DATA["traditional"])] * 2, strict=True)}
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


FOLDED = folded()
# Within a word that is all full width, they are signs of it.
WITHIN_FULL_WIDTH = re.compile("(?<=[\uff10-\uff5a])[，！？；](?=[\uff10-\uff5a])")
VALUES = str.maketrans(NUMERAL, "0001234567891123456789")
NUMERALS = re.compile(rf"[\d{NUMERAL}](?:[ 、,，.·\-]{{0,2}}[\d{NUMERAL}]){{3,}}")
COUNTED = re.compile("[十百千万亿拾佰仟第]$")
COUNTING = re.compile("[十百千万亿拾佰仟年月]")


def spelled(text: str) -> str:
    """Return a text in plain, simplified, lower-case characters, as long as it was."""
    text = WITHIN_FULL_WIDTH.sub(lambda stop: chr(ord(stop[0]) - 0xFEE0), text)
    text = text.translate(FOLDED)
    lower = text.lower()
    if len(lower) == len(text):
        text = lower
    if text.isascii():
        return text
    return "".join(
        str(unicodedata.decimal(char)) if char.isdecimal() and not char.isascii() else char
        for char in text
    )


def in_figures(plain: str) -> str:
    """Return the text with the digits that are written in words (四八三九二零) as digits."""

    def write(match: re.Match[str]) -> str:
        written, (start, end) = match[0], match.span()
        words = sum(char in NUMERAL for char in written)
        mixed = words and words < len(written) and written.isalnum() and written[-1] != "一"
        if words < 4 and not mixed:
            return written
        if written in DATA["idioms"] or COUNTED.search(plain, max(0, start - 1), start):
            return written
        return written if COUNTING.match(plain, end) else written.translate(VALUES)

    return NUMERALS.sub(write, plain)
