"""The OCR engine: where text stands in a picture, and what it says (RapidOCR, PP-OCR's models)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import rapidocr
from numpy.typing import NDArray
from rapidocr import RapidOCR
from rapidocr.ch_ppocr_rec import TextRecInput
from rapidocr.utils.process_img import get_rotate_crop_image

Pixels = NDArray[np.uint8]  # height x width x 3, blue first
Quad = NDArray[np.float32]  # four corners, clockwise from the upper left

LONGEST_SIDE = 2000  # pixels of what is looked at at once
BATCH = 4  # lines that are recognised together; more takes more memory and is not faster
_MODELS = Path(rapidocr.__file__).parent / "models"


def as_quad(corners: Any) -> Quad:
    """Return corners in the engine's type."""
    return np.asarray(corners, np.float32)


@dataclass(frozen=True)
class Words:
    """What one line says.

    Args:
        text: the words.
        score: 0 to 1.
        places: where the middle of each character is, from 0 (left) to 1.
    """

    text: str
    score: float
    places: Sequence[float]


class Engine:
    """Both models, loaded once; one thread, so that one job takes one core."""

    def __init__(self) -> None:
        self._engine = RapidOCR(
            params={
                "Global.log_level": "critical",
                "Global.use_cls": False,
                "Global.max_side_len": LONGEST_SIDE,
                # Named, so that nothing is ever downloaded.
                "Det.model_path": str(_MODELS / "PP-OCRv6_det_small.onnx"),
                "Rec.model_path": str(_MODELS / "PP-OCRv6_rec_small.onnx"),
                "Det.limit_type": "max",
                "Det.limit_side_len": LONGEST_SIDE,
                "Rec.rec_batch_num": BATCH,
                "EngineConfig.onnxruntime.intra_op_num_threads": 1,
                "EngineConfig.onnxruntime.inter_op_num_threads": 1,
            }
        )
        # It loads a model at the first use.
        self._engine(np.full((48, 320, 3), 255, np.uint8), use_det=False)

    def detect(self, pixels: Pixels) -> list[Quad]:
        """Return where lines of text are."""
        found = self._engine(pixels, use_det=True, use_rec=False)
        return [] if found.boxes is None else [as_quad(box) for box in found.boxes]

    def recognise(self, pixels: Pixels, quads: Sequence[Quad], turns: int = 0) -> list[Words]:
        """Return what stands there; `turns`: quarter turns of each line before it is read."""
        crops = [np.rot90(get_rotate_crop_image(pixels, quad.copy()), turns) for quad in quads]
        crops = [np.ascontiguousarray(crop) for crop in crops]
        if not crops:
            return []
        read = self._engine.text_rec(TextRecInput(img=crops, return_word_box=True))
        return [
            Words(text, float(score), _places(text, where))
            for text, score, where in zip(read.txts, read.scores, read.word_results, strict=True)
        ]


def _places(text: str, where: Any) -> list[float]:
    """Return the middle of each character; a blank, which has none, is half way between others."""
    columns = [column for word in where.word_cols for column in word]
    width = max(float(where.line_txt_len), 1.0)
    middles = iter([(float(column) + 0.5) / width for column in columns])
    places: list[float | None] = [None if char.isspace() else next(middles, None) for char in text]
    known = [(at, place) for at, place in enumerate(places) if place is not None]
    if not known:
        return [(at + 0.5) / max(len(text), 1) for at in range(len(text))]
    where_known, middle = zip(*known, strict=True)
    filled = np.interp(np.arange(len(text)), np.array(where_known), np.array(middle))
    return [float(place) for place in filled]
