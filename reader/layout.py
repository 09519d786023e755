"""A picture's lines in reading order: upright, in tiles where it is long, row by row."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
import opencc

from reader.engine import Engine, Pixels, Quad, Words, as_quad

# Letters are found in a smaller copy, and read in the picture itself.
SHORT_SIDE = 800  # pixels of that copy
LARGEST_SCALE = 2.0  # largest factor by which a small picture is enlarged
TILE = 1800  # pixels of the copy that are looked at at once
OVERLAP = 160  # pixels; higher than a line
SAMPLE = 8  # lines that decide which way is up
DOUBT = 0.75  # a mean score below which another way up is tried
CLOSE = 1.52  # line heights from one line of a sentence to the next
FULL = 7.0  # line heights that a line is at least long before it is broken
LEAST_SCORE = 0.3  # of a line that counts as text
_GLUED = re.compile(r"(?<=\d{4}[-/.]\d\d[-/.]\d\d)(?=\d\d:\d\d)|(?<=\d日)(?=\d{1,2}:\d\d)")
_SIMPLIFIED = opencc.OpenCC("t2s")


@dataclass(frozen=True)
class Piece:
    """A line of text where it stands.

    Args:
        words: what it says, in simplified characters.
        quad: its corners in the upright picture.
        row: pieces beside each other have the same.
        goes_on: whether it is the rest of a sentence or number that was too long for one line.
    """

    words: Words
    quad: Quad
    row: int = 0
    goes_on: bool = False

    @property
    def height(self) -> float:
        """Of the letters, in pixels."""
        return _length(self.quad[3] - self.quad[0])

    def part(self, first: int, last: int) -> Quad:
        """Return the corners around some of its characters (`last` is not among them)."""
        places = self.words.places
        across = max(_length(self.quad[1] - self.quad[0]), 1.0)
        width = max((places[-1] - places[0]) / max(len(places) - 1, 1), 0.5 * self.height / across)
        begin = 0.0 if first == 0 else places[first] - 0.9 * width
        end = 1.0 if last == len(places) else places[last - 1] + 0.9 * width
        begin, end = max(begin, 0.0), min(end, 1.0)
        top, bottom = self.quad[1] - self.quad[0], self.quad[2] - self.quad[3]
        a, d = self.quad[0], self.quad[3]
        return as_quad([a + begin * top, a + end * top, d + end * bottom, d + begin * bottom])


def read_pieces(engine: Engine, pixels: Pixels) -> tuple[list[Piece], int]:
    """Return a picture's pieces, and by how many quarter turns it had to be turned (np.rot90)."""
    quads = _detect(engine, pixels)
    turns = _turns(engine, pixels, quads)
    if turns:
        pixels = np.ascontiguousarray(np.rot90(pixels, turns))
        quads = _detect(engine, pixels)
    read = engine.recognise(pixels, quads)
    pieces = [
        Piece(_tidy(words), quad)
        for words, quad in zip(read, quads, strict=True)
        if words.score >= LEAST_SCORE and any(char.isalnum() for char in words.text)
    ]
    return _in_order(pieces), turns


# ---- where text stands


def _detect(engine: Engine, pixels: Pixels) -> list[Quad]:
    height, width = pixels.shape[:2]
    scale = min(SHORT_SIDE / min(height, width), LARGEST_SCALE)
    copy = cv2.resize(
        pixels,
        (max(1, round(width * scale)), max(1, round(height * scale))),
        interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC,
    )
    quads = []
    for x, y, tile, core in _tiles(copy):
        for found in engine.detect(tile):
            quad = found + as_quad([x, y])
            middle = quad.mean(axis=0)
            if core[0] <= middle[0] < core[1] and core[2] <= middle[1] < core[3]:
                quads.append(as_quad(quad / scale))
    return quads


def _tiles(copy: Pixels) -> Iterator[tuple[int, int, Pixels, tuple[float, float, float, float]]]:
    """Yield overlapping tiles: where each begins, and the part of which it has the last word."""
    height, width = copy.shape[:2]
    for left, right, first, last in _cuts(width):
        for top, bottom, begin, end in _cuts(height):
            tile = np.ascontiguousarray(copy[top:bottom, left:right])
            yield left, top, tile, (first, last, begin, end)


def _cuts(length: int) -> list[tuple[int, int, float, float]]:
    count = 1 if length <= TILE else math.ceil((length - OVERLAP) / (TILE - OVERLAP))
    size = math.ceil((length + (count - 1) * OVERLAP) / count)
    starts = [each * (size - OVERLAP) for each in range(count)]
    cuts = []
    for place, start in enumerate(starts):
        first = -math.inf if place == 0 else start + OVERLAP / 2
        last = math.inf if place == count - 1 else starts[place + 1] + OVERLAP / 2
        cuts.append((start, min(start + size, length), first, last))
    return cuts


# ---- which way is up


def _turns(engine: Engine, pixels: Pixels, quads: Sequence[Quad]) -> int:
    """Return by how many quarter turns the picture must be turned so that it can be read."""
    longest = sorted(quads, key=lambda quad: -max(_sides(quad)))[:SAMPLE]
    if not longest:
        return 0
    lying = sum(down > 1.5 * across for across, down in map(_sides, longest))
    if lying * 2 <= len(longest):
        longest = [quad for quad in longest if _sides(quad)[1] <= 1.5 * _sides(quad)[0]]
        if _score(engine, pixels, longest, 0) >= DOUBT:
            return 0
        ways = (0, 2)
    else:
        # The crop of a lying line was turned once already.
        longest = [quad for quad in longest if _sides(quad)[1] > 1.5 * _sides(quad)[0]]
        ways = (1, 3)
    scores = {way: _score(engine, pixels, longest, way - ways[0]) for way in ways}
    return max(scores, key=lambda way: scores[way])


def _score(engine: Engine, pixels: Pixels, quads: Sequence[Quad], turns: int) -> float:
    read = engine.recognise(pixels, quads, turns)
    return sum(each.score for each in read) / max(len(read), 1)


def _sides(quad: Quad) -> tuple[float, float]:
    return _length(quad[1] - quad[0]), _length(quad[3] - quad[0])


def _length(vector: Quad) -> float:
    return float(np.hypot(vector[0], vector[1]))


# ---- reading order


def _in_order(pieces: Sequence[Piece]) -> list[Piece]:
    """Return the pieces row by row, from left to right; a picture that is a little askew, too."""
    if not pieces:
        return []
    slopes = [math.atan2(*(piece.quad[1] - piece.quad[0])[::-1]) for piece in pieces]
    lengths = [_length(piece.quad[1] - piece.quad[0]) for piece in pieces]
    long = [
        slope for slope, length in zip(slopes, lengths, strict=True) if length >= max(lengths) / 3
    ]
    angle = float(np.median(long))
    turn = as_quad([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
    middles = [piece.quad.mean(axis=0) @ turn for piece in pieces]
    rows: list[list[int]] = []
    for each in sorted(range(len(pieces)), key=lambda each: float(middles[each][1])):
        if rows:
            last = rows[-1]
            level = sum(float(middles[other][1]) for other in last) / len(last)
            height = min(pieces[each].height, *(pieces[other].height for other in last))
            if float(middles[each][1]) - level < 0.5 * height:
                last.append(each)
                continue
        rows.append([each])
    ordered: list[Piece] = []
    number = -1
    for row in rows:
        across = sorted(row, key=lambda each: float(middles[each][0]))
        goes_on = bool(ordered) and _goes_on(ordered[-1], pieces[across[0]], turn)
        number += not goes_on
        for place, each in enumerate(across):
            first = goes_on and place == 0
            ordered.append(replace(pieces[each], row=number, goes_on=first))
    return ordered


def _goes_on(above: Piece, below: Piece, turn: Quad) -> bool:
    """Tell whether a line is full, and the one below it goes on from there."""
    height = above.height
    if not 0.8 < below.height / max(height, 1.0) < 1.25:
        return False
    upper, lower = above.quad @ turn, below.quad @ turn
    gap = float(lower.mean(axis=0)[1] - upper.mean(axis=0)[1])
    left = abs(float(upper[0][0] - lower[0][0]))
    full = float(upper[1][0] - lower[1][0]) > -0.5 * height
    long = float(upper[1][0] - upper[0][0]) > FULL * height
    return gap < CLOSE * height and left < 0.6 * height and full and long


# ---- what it says


def _tidy(words: Words) -> Words:
    """Return words in simplified characters, date and time apart."""
    text = _SIMPLIFIED.convert(words.text)
    text, places = text if len(text) == len(words.text) else words.text, list(words.places)
    for glued in reversed([found.start() for found in _GLUED.finditer(text)]):
        text = f"{text[:glued]} {text[glued:]}"
        places.insert(glued, (places[glued - 1] + places[glued]) / 2)
    return replace(words, text=text, places=places)
