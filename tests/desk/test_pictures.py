"""Pictures as customers have them: long screenshots, scans, files that lack their end."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from PIL import Image, ImageStat

from desk.pictures import (
    KEPT_PIXELS,
    LONGEST_SIDE,
    BadPicture,
    PictureStore,
    TooManyPixels,
    smaller,
)

CUSTOMER = "web-1"


def file_of(image: Image.Image, kind: str, **options: object) -> bytes:
    data = io.BytesIO()
    image.save(data, kind, **options)
    return data.getvalue()


def noise(width: int, height: int) -> Image.Image:
    return Image.effect_noise((width, height), 80).convert("RGB")


def stored(pictures: PictureStore, data: bytes) -> Path:
    found = pictures.find(CUSTOMER, pictures.keep(CUSTOMER, data).id)
    assert found is not None
    return found


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_a_customer_sends_a_long_screenshot_and_it_stays_readable(
    pictures: PictureStore, kind: str
) -> None:
    kept = pictures.keep(CUSTOMER, file_of(Image.new("RGB", (1080, 19272)), kind))
    assert kept.width > 800
    assert kept.width * kept.height <= KEPT_PIXELS
    assert kept.height / kept.width == pytest.approx(19272 / 1080, rel=0.01)


def test_a_photo_that_lies_on_its_side_is_kept_upright_and_large(pictures: PictureStore) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    kept = pictures.keep(CUSTOMER, file_of(Image.new("RGB", (7000, 5000)), "JPEG", exif=exif))
    assert kept.height > kept.width > 2500


def test_a_strip_longer_than_any_jpeg_is_kept(pictures: PictureStore) -> None:
    kept = pictures.keep(CUSTOMER, file_of(Image.new("RGB", (20, 80_000)), "PNG"))
    assert kept.height <= LONGEST_SIDE


def test_an_agent_sends_a_long_screenshot_to_a_platform_that_takes_few_bytes(
    pictures: PictureStore,
) -> None:
    data, kind = smaller(stored(pictures, file_of(noise(500, 8000), "PNG")), 1_000_000)
    drawn = Image.open(io.BytesIO(data))
    assert (len(data) <= 1_000_000, kind) == (True, "image/jpeg")
    assert drawn.width > 200


@pytest.mark.parametrize(
    ("grey", "shown"), [(0, 0), (256, 1), (0x4040, 0x40), (32768, 128), (65535, 255)]
)
def test_a_scan_in_grey_of_16_bits_keeps_its_shades(
    pictures: PictureStore, grey: int, shown: int
) -> None:
    scan = Image.frombytes("I;16", (40, 40), grey.to_bytes(2, "little") * 1600)
    path = stored(pictures, file_of(scan, "PNG"))
    with Image.open(path) as drawn:
        assert ImageStat.Stat(drawn.convert("L")).mean[0] == pytest.approx(shown, abs=1)


def test_a_scan_of_16_bits_with_a_clear_shade_is_taken(pictures: PictureStore) -> None:
    scan = Image.frombytes("I;16", (4, 4), (40_000).to_bytes(2, "little") * 16)
    assert stored(pictures, file_of(scan, "PNG", transparency=50_000)).suffix == ".jpg"


@pytest.mark.parametrize("progressive", [False, True])
@pytest.mark.parametrize("missing", [1, 2])
def test_a_jpeg_without_its_last_bytes_is_read(
    pictures: PictureStore, missing: int, progressive: bool
) -> None:
    data = file_of(noise(300, 200), "JPEG", progressive=progressive)
    whole, short = stored(pictures, data), stored(pictures, data[:-missing])
    assert whole.read_bytes() == short.read_bytes()


@pytest.mark.parametrize("part", [0.3, 0.6, 0.95])
def test_half_a_jpeg_is_refused(pictures: PictureStore, part: float) -> None:
    data = file_of(noise(300, 200), "JPEG")
    with pytest.raises(BadPicture):
        pictures.keep(CUSTOMER, data[: int(len(data) * part)])


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_fifty_megapixels_are_refused_for_their_size(pictures: PictureStore, kind: str) -> None:
    with pytest.raises(TooManyPixels):
        pictures.keep(CUSTOMER, file_of(Image.new("RGB", (8192, 6144)), kind))
