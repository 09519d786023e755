"""Draws invented pages of telephones: fields, bubbles, codes; and what a camera does to them."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageEnhance, ImageFilter, ImageFont

FONTS = [
    *(
        Path(folder) / f"NotoSansCJK-{weight}.ttc"
        for folder in ("/usr/share/fonts/opentype/noto", "/usr/share/fonts/noto-cjk")
        for weight in ("Regular", "Bold")
    ),
    Path("/System/Library/Fonts/PingFang.ttc"),
    Path("/System/Library/Fonts/Hiragino Sans GB.ttc"),
]
TALLEST = 24_000


def font_file() -> Path | None:
    """Return a font with Chinese characters; None where there is none."""
    return next((path for path in FONTS if path.is_file()), None)


@lru_cache(maxsize=100)
def font(size: int) -> ImageFont.FreeTypeFont:
    path = font_file()
    assert path is not None, "no Chinese font (Debian/Ubuntu: sudo apt-get install fonts-noto-cjk)"
    return ImageFont.truetype(path, size, index=2 if "Noto" in path.name else 0)


@dataclass(frozen=True)
class Theme:
    """Colours of a page."""

    ground: str = "#ffffff"
    text: str = "#1f1f1f"
    faint: str = "#8a8a8a"
    failed: str = "#e34d59"
    done: str = "#1f9d55"
    mine: str = "#95ec69"
    theirs: str = "#ededed"


LIGHT = Theme()
DARK = Theme("#101114", "#e8e8e8", "#8c8f96", "#ff6b6b", "#4cd07d", "#2b6b3d", "#2a2c31")
PALE = Theme("#fafafa", "#b4b4b4", "#c4c4c4", "#e7b3b3", "#b3d9c0", "#eef7e8", "#f1f1f1")
BLUE = Theme("#eaf1fb", "#17324d", "#6b7f95", "#c0392b", "#1f7a4d", "#cfe3ff", "#ffffff")


class Sheet:
    """A page that grows downwards; sizes are those of a telephone 1080 pixels wide."""

    def __init__(self, theme: Theme = LIGHT, width: int = 1080) -> None:
        self.theme, self.width, self.y = theme, width, 40
        self._unit = width / 1080
        self._image = Image.new("RGB", (width, TALLEST), theme.ground)
        self._draw = ImageDraw.Draw(self._image)

    def _size(self, size: float) -> int:
        return max(8, round(size * self._unit))

    def space(self, size: float) -> None:
        self.y += self._size(size)

    def bar(self, clock: str = "14:21", battery: str = "78%") -> None:
        """The telephone's own line at the top."""
        self._text(60, clock, 34, self.theme.text)
        self._text(-60, f"5G {battery}", 34, self.theme.text)
        self.space(80)

    def _text(self, x: float, text: str, size: float, colour: str) -> None:
        """Write at x; a negative x counts from the right edge, None is the middle."""
        drawn = font(self._size(size))
        long = self._draw.textlength(text, font=drawn)
        left = self._size(x) if x >= 0 else self.width - self._size(-x) - long
        self._draw.text((left, self.y), text, font=drawn, fill=colour)

    def middle(self, text: str, size: float = 48, colour: str = "") -> None:
        drawn = font(self._size(size))
        left = (self.width - self._draw.textlength(text, font=drawn)) / 2
        self._draw.text((left, self.y), text, font=drawn, fill=colour or self.theme.text)
        self.space(size * 1.7)

    def field(self, name: str, value: str, size: float = 40) -> None:
        self._text(60, name, size, self.theme.faint)
        self._text(-60, value, size, self.theme.text)
        self.space(size * 2.2)

    def below(self, name: str, value: str, size: float = 40) -> None:
        """A field whose value stands under its name."""
        self._text(60, name, size * 0.85, self.theme.faint)
        self.space(size * 1.4)
        self._text(60, value, size, self.theme.text)
        self.space(size * 2.1)

    def line(self, text: str, size: float = 40, faint: bool = False) -> None:
        for row in self._wrapped(text, size, self.width - 2 * self._size(60)):
            self._text(60, row, size, self.theme.faint if faint else self.theme.text)
            self.space(size * 1.6)
        self.space(size * 0.4)

    def button(self, text: str) -> None:
        top, height = self.y, self._size(110)
        box = (self._size(60), top, self.width - self._size(60), top + height)
        self._draw.rounded_rectangle(box, self._size(20), fill="#2b6ef2")
        self.y += self._size(28)
        self.middle(text, 42, "#ffffff")
        self.y = top + height + self._size(40)

    def bubble(self, text: str, mine: bool = False, size: float = 40) -> None:
        rows = self._wrapped(text, size, self._size(700))
        height = self._size(size * 1.6) * len(rows) + self._size(50)
        long = max(self._draw.textlength(row, font=font(self._size(size))) for row in rows)
        left = self.width - self._size(160) - long if mine else self._size(160)
        box = (left - self._size(30), self.y, left + long + self._size(30), self.y + height)
        colour = self.theme.mine if mine else self.theme.theirs
        self._draw.rounded_rectangle(box, self._size(18), fill=colour)
        x = self.width - self._size(110) if mine else self._size(30)
        self._draw.rectangle(
            (x, self.y, x + self._size(80), self.y + self._size(80)), fill="#7a9cc6"
        )
        bottom = self.y + height
        self.y += self._size(20)
        for row in rows:
            self._draw.text((left, self.y), row, font=font(self._size(size)), fill=self.theme.text)
            self.y += self._size(size * 1.6)
        self.y = bottom + self._size(36)

    def picture(self, image: Image.Image, size: float) -> None:
        pasted = image.convert("RGB").resize(
            (self._size(size), self._size(size)), Image.Resampling.NEAREST
        )
        self._image.paste(pasted, ((self.width - pasted.width) // 2, self.y))
        self.space(size + 40)

    def _wrapped(self, text: str, size: float, width: float) -> list[str]:
        rows = [""]
        for char in text:
            if self._draw.textlength(rows[-1] + char, font=font(self._size(size))) > width:
                rows.append("")
            rows[-1] += char
        return rows

    def done(self, least: int = 0) -> Image.Image:
        """Return the page, as high as it became."""
        return self._image.crop((0, 0, self.width, min(max(self.y + 60, least), TALLEST)))


# ---- what happens to pictures


def photographed(image: Image.Image, chance: random.Random, strength: float = 1.0) -> Image.Image:
    """A photo of a screen: askew, with moiré, glare, noise, a soft focus and a table around it."""
    scale = 1400 / max(image.size)
    page = image.resize(
        (round(image.width * scale), round(image.height * scale)), Image.Resampling.LANCZOS
    )
    room = round(0.08 * max(page.size))
    width, height = page.width + 2 * room, page.height + 2 * room

    def off(size: int) -> float:
        return chance.uniform(0.0, 0.045 * strength) * size

    corners = [
        (room + off(width), room + off(height)),
        (width - room - off(width), room + off(height)),
        (width - room - off(width), height - room - off(height)),
        (room + off(width), height - room - off(height)),
    ]
    flat = [(0, 0), (page.width, 0), (page.width, page.height), (0, page.height)]
    table = Image.new("RGB", (width, height), "#6a5b4d")
    bent = page.transform(
        (width, height),
        Image.Transform.PERSPECTIVE,
        _perspective(corners, flat),
        Image.Resampling.BICUBIC,
    )
    mask = Image.new("L", page.size, 255).transform(
        (width, height),
        Image.Transform.PERSPECTIVE,
        _perspective(corners, flat),
        Image.Resampling.BICUBIC,
    )
    table.paste(bent, mask=mask)
    turned = table.rotate(
        chance.uniform(-3, 3) * strength, Image.Resampling.BICUBIC, fillcolor="#6a5b4d"
    )
    pixels = np.asarray(turned, np.float32)
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    pixels += 9 * strength * np.sin((x + 0.3 * y) / 2.1)[..., None]
    glare = np.exp(
        -(((x - 0.7 * width) / (0.3 * width)) ** 2 + ((y - 0.3 * height) / (0.2 * height)) ** 2)
    )
    pixels += 60 * strength * glare[..., None]
    noise = np.random.default_rng(chance.randrange(2**32)).normal(0, 6 * strength, pixels.shape)
    shot = Image.fromarray(np.clip(pixels + noise, 0, 255).astype(np.uint8))
    return shot.filter(ImageFilter.GaussianBlur(0.6 * strength))


def _perspective(
    there: Sequence[tuple[float, float]], here: Sequence[tuple[float, float]]
) -> list[float]:
    rows = []
    for (x, y), (u, v) in zip(there, here, strict=True):
        rows.append([x, y, 1, 0, 0, 0, -u * x, -u * y])
        rows.append([0, 0, 0, x, y, 1, -v * x, -v * y])
    wanted = np.array(here, np.float64).reshape(8)
    return [float(each) for each in np.linalg.solve(np.array(rows, np.float64), wanted)]


def compressed(image: Image.Image, width: int = 720) -> Image.Image:
    """As messengers send it on: smaller."""
    return image.resize(
        (width, round(image.height * width / image.width)), Image.Resampling.LANCZOS
    )


def faded(image: Image.Image, contrast: float) -> Image.Image:
    return ImageEnhance.Contrast(image).enhance(contrast)
