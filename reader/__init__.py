"""Reads customers' screenshots: lines, values, secrets to cover, QR codes.

`python -m reader` takes pictures from the queue (desk/unread.py), and has each read by a process of
its own (reader/job.py). The packages that read are optional: see `is_installed`.
"""

from __future__ import annotations

from importlib.util import find_spec

from reader.page import Code, Line, Page

__all__ = ["Code", "Line", "Page", "is_installed"]

PACKAGES = ("rapidocr", "onnxruntime", "cv2", "zxingcpp", "pypdfium2")


def is_installed() -> bool:
    """Tell whether the packages of requirements-reader.lock are there."""
    return all(find_spec(package) is not None for package in PACKAGES)
