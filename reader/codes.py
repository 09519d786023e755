"""QR codes and barcodes: their text; addresses in them are never opened."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import yaml
import zxingcpp

from reader.engine import Pixels, Quad, as_quad

LONGEST = 300  # characters of a code that are shown
_KINDS = Path(__file__).with_name("codes.yml")
# What a code for paying is, as cashiers scan it from a customer's telephone.
_SHOWN_TO_PAY = re.compile(r"(?:1[0-5]|2[5-9]|3[0]|62|6[0-9])\d{14,22}")


def find_codes(pixels: Pixels) -> list[tuple[str, str, Quad]]:
    """Return each code's text, kind and corners; "" is the text of one that cannot be decoded."""
    found = zxingcpp.read_barcodes(pixels, return_errors=True, text_mode=zxingcpp.TextMode.Plain)
    if not found:  # a photographed screen: smaller, the moiré is gone
        small = cv2.resize(pixels, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
        found = zxingcpp.read_barcodes(small, text_mode=zxingcpp.TextMode.Plain)
        return [_code(each, 2.0) for each in found]
    return [_code(each, 1.0) for each in found if each.valid or _is_blurred(each)]


def _is_blurred(found: Any) -> bool:
    """Tell a QR code that lacks a few dots from dots that only look like one."""
    return str(found.format) == "QR Code" and "Checksum" in str(found.error.type)


def _code(found: Any, scale: float) -> tuple[str, str, Quad]:
    where = found.position
    corners = (where.top_left, where.top_right, where.bottom_right, where.bottom_left)
    quad = as_quad([[corner.x * scale, corner.y * scale] for corner in corners])
    middle = quad.mean(axis=0)
    grown = as_quad(middle + (quad - middle) * 1.1 + np.sign(quad - middle) * 6)
    text = found.text[:LONGEST] if found.valid else ""
    return text, kind_of(text), grown


def kind_of(text: str) -> str:
    """Return `payment`, `login`, `address` or `other` by what a code says (codes.yml)."""
    plain = text.strip().lower()
    if _SHOWN_TO_PAY.fullmatch(plain):
        return "payment"
    for kind, patterns in _patterns().items():
        if any(pattern.search(plain) for pattern in patterns):
            return kind
    return "other"


@lru_cache(maxsize=1)
def _patterns() -> dict[str, list[re.Pattern[str]]]:
    data = yaml.safe_load(_KINDS.read_text(encoding="utf8"))
    return {kind: [re.compile(each) for each in patterns] for kind, patterns in data.items()}
