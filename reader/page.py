"""What was read in a picture, its secrets masked: what travels from the job to the conversation."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass

CLEAR = 0.85  # mean score from which on a page is believed without asking


@dataclass(frozen=True)
class Line:
    """One piece of text of a picture.

    Args:
        text: masked.
        score: how sure the recogniser is, 0 to 1.
        height: of its letters, in parts of the picture's width.
        row: lines beside each other have the same.
    """

    text: str
    score: float
    height: float
    row: int


@dataclass(frozen=True)
class Code:
    """A QR code or barcode.

    Args:
        text: what it says, masked; "" when it could not be decoded.
        kind: `payment`, `login`, `address` or `other`.
    """

    text: str
    kind: str


@dataclass(frozen=True)
class Page:
    """A picture that was read.

    Args:
        lines: in reading order.
        codes: QR codes and barcodes.
        secret: whether a password, a code, a card's or an ID card's number was covered.
        width, height: of the picture that is stored now, in pixels.
    """

    lines: Sequence[Line] = ()
    codes: Sequence[Code] = ()
    secret: bool = False
    width: int = 0
    height: int = 0

    @property
    def rows(self) -> list[str]:
        """The text, row by row."""
        rows: dict[int, list[str]] = {}
        for line in self.lines:
            rows.setdefault(line.row, []).append(line.text)
        return [" ".join(texts) for texts in rows.values()]

    @property
    def text(self) -> str:
        """All rows, one a line."""
        return "\n".join(self.rows)

    @property
    def score(self) -> float:
        """The mean score, longer lines counting for more; 0 without lines."""
        size = sum(len(line.text) for line in self.lines)
        return sum(line.score * len(line.text) for line in self.lines) / size if size else 0.0

    @property
    def is_clear(self) -> bool:
        """Whether it is sure enough to be taken as it is."""
        return self.score >= CLEAR

    def to_json(self) -> str:
        """Return it for the database."""
        return json.dumps(asdict(self), ensure_ascii=False)

    @classmethod
    def from_json(cls, written: str) -> Page:
        """Return what `to_json` wrote."""
        found = json.loads(written)
        found["lines"] = tuple(Line(**each) for each in found["lines"])
        found["codes"] = tuple(Code(**each) for each in found["codes"])
        return cls(**found)
