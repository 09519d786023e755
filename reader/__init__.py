"""Reads customers' screenshots: lines, values, secrets to cover, QR codes.

`python -m reader` takes pictures from the queue (desk/unread.py), and has each read by a process of
its own (reader/job.py). The packages that read are optional: see `is_installed`.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib.util import find_spec

from infra import settings
from reader.page import Code, Line, Page

__all__ = ["Code", "Line", "Page", "is_installed", "is_wanted", "reads_here"]

PACKAGES = ("rapidocr", "onnxruntime", "cv2", "zxingcpp")


def is_installed() -> bool:
    """Tell whether the packages of requirements-reader.lock are there."""
    return all(find_spec(package) is not None for package in PACKAGES)


def is_wanted(variables: Mapping[str, str] | None = None) -> bool:
    """Tell whether pictures are read, here or elsewhere, as READ_PICTURES says.

    Args:
        variables: what counts before the environment's own variables.

    Raises:
        SettingError: a value of the environment is not what it must be.
    """
    known = settings.read(variables) if variables else settings.current()
    return known.read_pictures == "elsewhere" or reads_here(variables)


def reads_here(variables: Mapping[str, str] | None = None) -> bool:
    """Tell whether an assistant that is started here reads pictures itself; see `is_wanted`."""
    known = settings.read(variables) if variables else settings.current()
    return known.read_pictures == "auto" and is_installed()
