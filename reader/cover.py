"""Covers in a picture what is masked in words."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from channels.masking import find_hidden
from reader.engine import Pixels, Quad, as_quad
from reader.layout import Piece

_GREY = (96, 96, 96)
# A long number with a letter that looks like a digit is still that number.
_NEARLY_DIGITS = re.compile(r"[0-9OoQDIl|!BSsZzG]{8,}")
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
    text, origins = _joined(pieces)
    masked: list[list[str]] = [list(piece.words.text) for piece in pieces]
    quads: list[Quad] = []
    secret = False
    for hidden in find_hidden(_as_digits(text)):
        touched: dict[int, list[int]] = {}
        for origin in origins[hidden.start : hidden.end]:
            if origin is not None:
                touched.setdefault(origin[0], []).append(origin[1])
        for order, (number, places) in enumerate(touched.items()):
            first, last = min(places), max(places) + 1
            quads.append(pieces[number].part(first, last))
            masked[number][first:last] = [""] * (last - first)
            # What is written instead stands where it began.
            masked[number][first] = hidden.instead if order == 0 else "****"
        secret = secret or hidden.secret
    return Masked(["".join(each) for each in masked], quads, secret)


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
