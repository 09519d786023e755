"""Covers in a picture what masking hides in its text."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from desk.masking import Hidden, find_hidden
from infra.text import MASK
from reader.engine import Pixels, Quad, as_quad
from reader.layout import Piece

_GREY = (96, 96, 96)
# A long number with a letter that looks like a digit is still that number.
_NEARLY_DIGITS = re.compile(r"[0-9OoQDIl|!BSsZzG]{8,}")
_TAIL = re.compile(r"\d[\d -]*$")
_HEAD = re.compile(r"[\d -]*\d[xX]?")
_DIGITS = str.maketrans("OoQDIl|!BSsZzG", "00001111855226")


@dataclass(frozen=True)
class Masked:
    """Pieces whose words are masked.

    Args:
        texts: one for each piece.
        quads: what to cover.
        secret: whether there is a secret among it, rather than only a telephone number.
    """

    texts: Sequence[str]
    quads: Sequence[Quad]
    secret: bool


def mask_pieces(pieces: Sequence[Piece]) -> Masked:
    """Return the pieces' words as `mask` leaves them, and the places of what it hides."""
    masked: list[list[str]] = [list(piece.words.text) for piece in pieces]
    quads: list[Quad] = []
    secret = False
    for hidden, origins in _hidden(pieces):
        touched: dict[int, list[int]] = {}
        for origin in origins:
            if origin is not None:
                touched.setdefault(origin[0], []).append(origin[1])
        for order, (number, places) in enumerate(touched.items()):
            first, last = min(places), max(places) + 1
            if not any(masked[number][first:last]):  # hidden already
                continue
            quads.append(pieces[number].part(first, last))
            masked[number][first:last] = [""] * (last - first)
            # What is written instead stands where it began.
            masked[number][first] = hidden.instead if order == 0 else MASK
        secret = secret or hidden.secret
    return Masked(["".join(each) for each in masked], quads, secret)


def _hidden(
    pieces: Sequence[Piece],
) -> Iterator[tuple[Hidden, Sequence[tuple[int, int] | None]]]:
    """Yield what is hidden, and for each of its characters the piece and the place there."""
    text, origins = _joined(pieces)
    for hidden in find_hidden(_as_digits(text)):
        yield hidden, origins[hidden.start : hidden.end]
    # A number that was broken where the layout shows no sentence that goes on.
    for one, other in _broken(pieces):
        above, below = pieces[one].words.text, pieces[other].words.text
        tail, head = _TAIL.search(above), _HEAD.match(below)
        if tail and head:
            places = [(one, at) for at in range(tail.start(), len(above))]
            places += [(other, at) for at in range(head.end())]
            for hidden in find_hidden(_as_digits(tail[0] + head[0])):
                if hidden.start < len(tail[0]) < hidden.end:
                    yield hidden, places[hidden.start : hidden.end]


def _broken(pieces: Sequence[Piece]) -> Iterator[tuple[int, int]]:
    """Yield the pieces that stand right below one another."""
    for one, above in enumerate(pieces):
        for other, below in enumerate(pieces[one + 1 :], one + 1):
            if below.row > above.row + 1:
                break
            begins = min(below.quad[1][0], below.quad[2][0])
            if (
                below.row == above.row + 1
                and below.quad[0][0] < above.quad[1][0]
                and (begins > above.quad[0][0])
            ):
                yield one, other


def paint(pixels: Pixels, quads: Sequence[Quad], margin: float = 0.12) -> Pixels:
    """Return a copy in which the places are grey, each a little higher than its letters."""
    covered = pixels.copy()
    for quad in quads:
        down = (quad[3] - quad[0]) * margin
        grown = as_quad([quad[0] - down, quad[1] - down, quad[2] + down, quad[3] + down])
        cv2.fillConvexPoly(covered, np.int32(np.round(grown)), _GREY)
    return covered


def separator(one: Piece, other: Piece) -> str:
    """Return what stands between two pieces in the text."""
    if other.goes_on:
        latin = one.words.text[-1:].isascii() and other.words.text[:1].isascii()
        return " " if latin and one.words.text[-1:].isalpha() else ""
    return " " if one.row == other.row else "\n"


def _joined(pieces: Sequence[Piece]) -> tuple[str, list[tuple[int, int] | None]]:
    """Return all words, a row a line, and for each character its piece and its place there."""
    text = ""
    origins: list[tuple[int, int] | None] = []
    for number, piece in enumerate(pieces):
        if number:
            between = separator(pieces[number - 1], piece)
            text += between
            origins += [None] * len(between)
        text += piece.words.text
        origins += [(number, place) for place in range(len(piece.words.text))]
    return text, origins


def _as_digits(text: str) -> str:
    def fold(found: re.Match[str]) -> str:
        digits = sum(char.isdigit() for char in found[0])
        return found[0].translate(_DIGITS) if digits >= 0.7 * len(found[0]) else found[0]

    return _NEARLY_DIGITS.sub(fold, text)
