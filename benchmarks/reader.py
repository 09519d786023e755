"""How well pictures are read: `make benchmark-reader`.

Over the set of tests/reader/pictures.py: the share of values that are right, secrets that are still
legible in what is stored (the stored picture is read again), seconds and memory a picture.
"""

from __future__ import annotations

import argparse
import resource
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path

import numpy as np

from desk.pictures import PictureStore
from reader.engine import Engine
from reader.layout import read_pieces
from reader.page import Page
from reader.reading import opened, read_picture
from reader.values import values_of
from tests.reader.pictures import Example, examples

_WINDOW = 7  # characters of a long secret that must not be legible in a row; the last four may be


def plain(text: str) -> str:
    """Return a text as it is compared: without blanks, signs in one width, lower case."""
    table = str.maketrans("，。：？！（）·", ",.:?!()-", " \n\t")
    return text.translate(table).lower()


def wrong(example: Example, page: Page) -> list[str]:
    """Return what was not read right, each with what was read instead."""
    found = values_of(page)
    faults = [
        f"{kind}: {right!r} read as {found[kind].text if kind in found else ''!r}"
        for kind, right in example.values.items()
        if kind not in found or plain(found[kind].text) != plain(right)
    ]
    faults += [f"says: {each}" for each in example.says if plain(each) not in plain(page.text)]
    kinds = [code.kind for code in page.codes]
    faults += [f"code: {kind} not among {kinds}" for kind in example.codes if kind not in kinds]
    if example.name.startswith("blank") and page.text:
        faults.append(f"says: nothing, read as {page.text!r}")
    return faults


def legible(example: Example, engine: Engine, stored: Path, page: Page) -> list[str]:
    """Return the secrets that can still be read in the stored picture, or in the page's text."""
    pieces, _ = read_pieces(engine, opened(stored))
    seen = plain("".join(piece.words.text for piece in pieces)), plain(page.text)
    shown = []
    for secret in map(plain, example.secrets):
        size = min(_WINDOW, len(secret))
        windows = [secret[at : at + size] for at in range(len(secret) - size + 1)]
        if any(window in text for window in windows for text in seen):
            shown.append(secret)
    return shown


def yardstick() -> float:
    """Return the processor seconds of a fixed piece of arithmetic, for ratios between machines."""
    one = np.random.default_rng(0).random((1024, 1024), np.float32)
    times = []
    for _ in range(5):
        begun = time.process_time()
        for _ in range(10):
            one @ one
        times.append(time.process_time() - begun)
    return min(times)


def main() -> int:
    """Read the set and print the figures; 1 when a goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("kinds", nargs="*", help="only these kinds of pictures")
    parser.add_argument("--verbose", action="store_true", help="show what was read wrongly")
    options = parser.parse_args()
    started = time.process_time()
    engine = Engine()
    loading = time.process_time() - started
    values: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    seconds: dict[str, list[float]] = defaultdict(list)
    secrets = visible = 0
    with tempfile.TemporaryDirectory() as folder:
        store = PictureStore(Path(folder))
        for example in examples(*options.kinds):
            kind = example.name.partition("-")[0]
            drawn = Path(folder) / "drawn.png"
            example.image.save(drawn)
            kept = store.keep(kind, drawn.read_bytes())
            path = store.find(kind, kept.id)
            assert path is not None  # noqa: S101  # kept a moment ago
            begun = time.process_time()
            page = read_picture(engine, path, drawn.with_suffix(".jpg"))
            seconds[kind].append(time.process_time() - begun)
            faults = wrong(example, page)
            known = len(example.values) + len(example.says) + len(example.codes)
            values[kind][0] += max(known, 1) - len(faults)
            values[kind][1] += max(known, 1)
            shown = legible(example, engine, drawn.with_suffix(".jpg"), page)
            secrets += len(example.secrets)
            visible += len(shown)
            if options.verbose and (faults or shown):
                print(example.name, *faults, *(f"SECRET {each}" for each in shown), sep="\n    ")
                sys.stdout.flush()
    right, known = (sum(each[place] for each in values.values()) for place in (0, 1))
    for kind, (mine, all_) in values.items():
        mean = sum(seconds[kind]) / len(seconds[kind])
        print(f"{kind:12} {len(seconds[kind]):3} pictures {mine:4}/{all_:<4} {mean:6.1f} s")
    spent = [each for times in seconds.values() for each in times]
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"values right: {right}/{known} ({right / known:.1%}; goal 95%)")
    print(f"secrets visible: {visible} of {secrets} (goal 0)")
    print(f"processor seconds a picture: {sum(spent) / len(spent):.1f}, at most {max(spent):.1f}")
    unit = yardstick()
    print(f"the same in products of matrices: {sum(spent) / len(spent) / unit:.0f} x 10")
    print(f"loading: {loading:.1f} s; memory at most: {memory} MiB")
    return 0 if right >= 0.95 * known and not visible else 1


if __name__ == "__main__":
    sys.exit(main())
