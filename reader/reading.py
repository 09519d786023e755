"""Reads one picture from the first pixel to the last: what it says, and the picture covered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from desk.masking import mask
from reader.codes import find_codes
from reader.cover import mask_pieces, paint, separator
from reader.engine import Engine, Pixels
from reader.layout import Piece, read_pieces
from reader.page import Code, Line, Page

QUALITY = 88  # of the JPEG that is stored


def read_picture(engine: Engine, source: Path, target: Path) -> Page:
    """Read a picture and write it upright and covered.

    Args:
        engine: the models.
        source: a picture as desk/pictures.py keeps it.
        target: the JPEG to write.

    Raises:
        OSError: a file cannot be read or written.
    """
    pixels = opened(source)
    pieces, turns = read_pieces(engine, pixels)
    pixels = np.ascontiguousarray(np.rot90(pixels, turns))
    masked = mask_pieces(pieces)
    codes = find_codes(pixels)
    covered = paint(pixels, masked.quads)
    covered = paint(covered, [quad for _, _, quad in codes], margin=0)
    height, width = covered.shape[:2]
    Image.fromarray(cv2.cvtColor(covered, cv2.COLOR_BGR2RGB)).save(target, "JPEG", quality=QUALITY)
    return Page(
        lines=_lines(pieces, masked.texts, width),
        codes=[Code(_told(text, kind), kind) for text, kind, _ in codes],
        secret=masked.secret,
        width=width,
        height=height,
    )


def _lines(pieces: Sequence[Piece], texts: Sequence[str], width: int) -> list[Line]:
    """Return the pieces as lines; what goes on is one line with what it goes on from."""
    lines: list[Line] = []
    last: Piece | None = None
    for piece, text in zip(pieces, texts, strict=True):
        score = round(piece.words.score, 3)
        if piece.goes_on and last is not None:
            whole = lines[-1].text + separator(last, piece) + text
            lines[-1] = replace(lines[-1], text=whole, score=min(score, lines[-1].score))
        else:
            lines.append(Line(text, score, round(piece.height / width, 4), piece.row))
        last = piece
    return [line for line in lines if line.text]


def opened(source: Path) -> Pixels:
    """Return a stored picture's pixels."""
    with Image.open(source) as opened:
        if opened.mode != "RGB":  # letters of a transparent picture stand on white
            clear = opened.convert("RGBA")
            ground = Image.new("RGBA", clear.size, "white")
            upright = Image.alpha_composite(ground, clear).convert("RGB")
        else:
            upright = opened.convert("RGB")
        return np.ascontiguousarray(np.asarray(upright, np.uint8)[:, :, ::-1])


def _told(text: str, kind: str) -> str:
    """Return what a code says, without what could be used: of a number to pay with, nothing."""
    return "" if kind == "payment" and text.isdigit() else mask(text).text
