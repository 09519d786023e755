"""Customers' pictures, their evidence: checked, without metadata, outside the web root."""

from __future__ import annotations

import hashlib
import io
import math
import secrets
import warnings
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageOps

from infra.errors import AssistantError, Code

TYPES = {"JPEG": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp"}
PIXEL_LIMIT = 40_000_000  # a small file can unpack to gigabytes
# What is kept of them. The area counts: by its long side a long screenshot would be unreadable.
KEPT_PIXELS = 12_000_000
LONGEST_SIDE = 65_000  # no JPEG is longer
_SEALED = ".sealed"  # ending of an original that is kept
_JPEG, _JPEG_END = b"\xff\xd8", b"\xff\xd9"
# The largest PNG takes half a gigabyte while it is drawn anew. Two at a time, in threads of
# their own: customers who write do not wait for those who send pictures.
DRAWING = ThreadPoolExecutor(2, "pictures")


class BadPicture(AssistantError):
    """The bytes are no picture of a supported type; `code`: its sentence in phrases.yml."""

    code: Code = "bad_picture"
    status = 400  # of HTTP


class TooManyPixels(BadPicture):
    """A picture, but too large to unpack."""

    code = "picture_too_large"
    status = 413


@dataclass(frozen=True)
class Picture:
    """A stored picture: its id and its size in pixels."""

    id: str
    width: int
    height: int


class PictureStore:
    """Files in a folder, one folder a conversation; an id alone opens nothing."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def keep(self, conversation_id: str, data: bytes, unread: bool = False) -> Picture:
        """Store a picture, drawn anew: what else was in the file (place, camera, code) is gone.

        One that is `unread` is found by `find_unread` alone, until `replace_unread`: what is secret
        in it is not covered yet.

        Raises:
            BadPicture: not a JPEG, PNG or WebP by its content, or broken.
            TooManyPixels: more than can be unpacked.
        """
        image = _drawn_anew(data)
        picture = Picture(secrets.token_urlsafe(18), image.width, image.height)
        folder = self._of(conversation_id)
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        partial = folder / f"{picture.id}.part"
        if image.mode == "RGB":
            image.save(partial, "JPEG", quality=88)
        else:
            image.save(partial, "PNG")
        ending = ("unread." if unread else "") + ("jpg" if image.mode == "RGB" else "png")
        partial.rename(folder / f"{picture.id}.{ending}")
        return picture

    def find(self, conversation_id: str, picture_id: str) -> Path | None:
        """Return a picture's file, if it is this conversation's."""
        return self._find(conversation_id, picture_id, "")

    def drop(self, conversation_id: str, picture_id: str) -> None:
        """Delete all files of a picture."""
        for find in (self.find, self.find_unread, self.find_original):
            path = find(conversation_id, picture_id)
            if path is not None:
                path.unlink(missing_ok=True)

    def find_unread(self, conversation_id: str, picture_id: str) -> Path | None:
        """Return the file of a picture that is not read yet."""
        return self._find(conversation_id, picture_id, ".unread")

    def replace_unread(self, conversation_id: str, picture_id: str, covered: Path | None) -> None:
        """Put the covered picture, a JPEG in the same folder, in the place of the unread one.

        Without one the picture is gone.
        """
        if covered is not None:
            covered.rename(self._of(conversation_id) / f"{picture_id}.jpg")
        original = self.find_unread(conversation_id, picture_id)
        if original is not None:
            original.unlink(missing_ok=True)

    def keep_original(self, conversation_id: str, picture_id: str, sealed: bytes) -> None:
        """Keep beside a picture what it was before it was covered, sealed (desk/originals.py)."""
        folder = self._of(conversation_id)
        partial = folder / f"{picture_id}{_SEALED}.part"
        partial.write_bytes(sealed)
        partial.rename(folder / f"{picture_id}{_SEALED}")

    def find_original(self, conversation_id: str, picture_id: str) -> Path | None:
        """Return the file of a picture's sealed original, if it is kept."""
        return self._find(conversation_id, picture_id, "", (_SEALED,))

    def drop_originals(self, moment: float) -> int:
        """Delete sealed originals from before a moment, in seconds since 1970; return how many."""
        old = 0
        for path in self._folder.glob(f"*/*{_SEALED}*"):
            try:
                if path.stat().st_mtime < moment:
                    path.unlink()
                    old += 1
            except FileNotFoundError:  # deleted with its customer meanwhile
                continue
        return old

    def _find(
        self,
        conversation_id: str,
        picture_id: str,
        kind: str,
        endings: tuple[str, ...] = (".jpg", ".png"),
    ) -> Path | None:
        known = self._of(conversation_id)
        plain = picture_id.replace("-", "").replace("_", "")
        if not (plain.isalnum() and plain.isascii() and len(plain) <= 64):
            return None
        paths = (known / f"{picture_id}{kind}{ending}" for ending in endings)
        return next((path for path in paths if path.is_file()), None)

    def erase(self, conversation_id: str) -> None:
        """Delete all pictures of a conversation."""
        folder = self._of(conversation_id)
        if folder.is_dir():
            for path in folder.iterdir():
                path.unlink(missing_ok=True)
            folder.rmdir()

    def _of(self, conversation_id: str) -> Path:
        return self._folder / hashlib.sha256(conversation_id.encode()).hexdigest()[:32]


def smaller(path: Path, limit: int) -> tuple[bytes, str]:
    """Return a stored picture, smaller where it has more bytes, and its type."""
    data = path.read_bytes()
    kind = "image/png" if path.suffix == ".png" else "image/jpeg"
    pixels = KEPT_PIXELS
    while len(data) > limit and pixels > 10_000:
        pixels = pixels * 4 // 9
        with Image.open(path) as stored:
            drawn = stored.convert("RGB")
        drawn.thumbnail(_fitting(drawn.size, pixels))
        written = io.BytesIO()
        drawn.save(written, "JPEG", quality=80)
        data, kind = written.getvalue(), "image/jpeg"
    return data, kind


def _drawn_anew(data: bytes) -> Image.Image:
    try:
        try:
            pixels = _unpacked(data)
        except OSError:
            if not data.startswith(_JPEG):
                raise
            pixels = _unpacked_without_end(data)
    except BadPicture:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise TooManyPixels(type(error).__name__) from error
    except Exception as error:  # on broken files Pillow raises whatever its decoders stumble over
        raise BadPicture(type(error).__name__) from error
    # A new picture from the pixels alone: no EXIF, no text chunks, no second frame.
    drawn = Image.new(pixels.mode, pixels.size)
    drawn.paste(pixels)
    return drawn


def _unpacked(data: bytes) -> Image.Image:
    """Return a picture as RGB or RGBA, upright, not larger than we keep."""
    with warnings.catch_warnings():
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        with Image.open(io.BytesIO(data), formats=tuple(TYPES)) as opened:
            if opened.width * opened.height > PIXEL_LIMIT:
                raise TooManyPixels(f"{opened.width} x {opened.height}")
            # A JPEG need not unpack in full.
            opened.draft(None, _fitting(opened.size, KEPT_PIXELS))
            turned = ImageOps.exif_transpose(opened)
    if turned.mode.startswith("I"):  # grey of 16 bits, which Pillow would clip
        turned = turned.convert("I").point(lambda value: value * (1 / 257) + 0.5).convert("L")
        turned.info.pop("transparency", None)  # it has 16 bits, too
    clear = turned.mode in {"RGBA", "LA", "PA"} or "transparency" in turned.info
    pixels = turned.convert("RGBA" if clear else "RGB")
    pixels.thumbnail(_fitting(pixels.size, KEPT_PIXELS))
    return pixels


def _unpacked_without_end(data: bytes) -> Image.Image:
    """Return a JPEG that lacks only its end marker, or half of it, as some programs leave it.

    If what is drawn depends on what comes next, more than the marker is missing.
    """
    begun = data.rstrip(b"\xff")
    one, other = (_unpacked(begun + more + _JPEG_END) for more in (b"", b"\x55" * 64))
    if one.tobytes() != other.tobytes():
        raise BadPicture("cut off")
    return one


def _fitting(size: tuple[int, int], limit: int) -> tuple[int, int]:
    """Return a size of the same shape with at most so many pixels, and no side too long."""
    width, height = size
    scale = min(1.0, math.sqrt(limit / (width * height)), LONGEST_SIDE / max(size))
    return max(1, int(width * scale)), max(1, int(height * scale))
