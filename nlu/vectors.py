"""The vectors of our own sentences, made beforehand: `python -m nlu.vectors` writes their file.

To encode all 41,000 at each training would take ten minutes. The file holds what was encoded once,
by the text; a training encodes what is new. Run this after adding many sentences.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path

import numpy as np
import numpy.typing as npt

from nlu.encoder import Encoder, Floats, encoder, spelling

PATH = Path(__file__).resolve().parent.parent / "data" / "vectors.npz"
BITS = 3  # per number; a network learns as well from these as from exact ones
_WIDTH = 0.586  # of a step, in standard deviations: loses least for a normal distribution
AT_A_TIME = 16  # texts per batch: more do not fit into a processor's cache
MOST_NEW = 1_500  # sentences that a training encodes at most, in about half a minute

Keys = npt.NDArray[np.uint64]
Places = npt.NDArray[np.intp]
Bytes = npt.NDArray[np.uint8]

logger = logging.getLogger(__name__)


def keys(texts: Iterable[str]) -> Keys:
    """Return a number for each raw text, the same for all that are encoded alike."""
    digests = (blake2b(spelling(text).encode("utf8", "replace"), digest_size=8) for text in texts)
    return np.array([int.from_bytes(each.digest(), "big") for each in digests], dtype=np.uint64)


@dataclass
class Vectors:
    """Vectors by the keys of their texts; `keys` ascend."""

    keys: Keys
    codes: Bytes  # a row each: BITS a number
    mean: Floats
    deviation: Floats

    @classmethod
    def of(cls, numbers: Keys, vectors: Floats, like: Vectors | None = None) -> Vectors:
        """Return the vectors with these keys, shortened to BITS a number.

        With `like`, by its mean and deviation: both may then be joined.
        """
        mean = like.mean if like else vectors.mean(axis=0)
        deviation = like.deviation if like else vectors.std(axis=0) + np.float32(1e-8)
        steps = np.floor((vectors - mean) / deviation / _WIDTH) + 2 ** (BITS - 1)
        codes = np.clip(steps, 0, 2**BITS - 1).astype(np.uint8)
        bits = np.unpackbits(codes[:, :, None], axis=2)[:, :, -BITS:]
        packed = np.packbits(bits.reshape(len(codes), -1), axis=1)
        order = np.argsort(numbers)
        return cls(numbers[order], packed[order], mean, deviation)

    def find(self, wanted: Keys) -> Places:
        """Return the place of each key; -1 where it is not known."""
        if not len(self.keys):
            return np.full(len(wanted), -1)
        places = np.minimum(self.keys.searchsorted(wanted), len(self.keys) - 1)
        return np.where(self.keys[places] == wanted, places, -1)

    def at(self, places: Places) -> Floats:
        """Return the vectors at these places."""
        size = len(self.mean)
        bits = np.unpackbits(self.codes[places], axis=1, count=size * BITS)
        steps = np.packbits(bits.reshape(-1, BITS), axis=1).reshape(-1, size) >> (8 - BITS)
        middle = steps.astype(np.float32) + np.float32(0.5 - 2 ** (BITS - 1))
        return (middle * np.float32(_WIDTH)) * self.deviation + self.mean

    def save(self, path: Path) -> None:
        """Write the file."""
        np.savez(path, keys=self.keys, codes=self.codes, mean=self.mean, deviation=self.deviation)

    @classmethod
    def load(cls, path: Path = PATH) -> Vectors:
        """Read what `save` wrote; nothing is known where there is no such file."""
        try:
            with np.load(path, allow_pickle=False) as found:
                return cls(*(found[name] for name in ("keys", "codes", "mean", "deviation")))
        except FileNotFoundError:
            nothing = np.zeros(0, np.float32)
            return cls(np.zeros(0, np.uint64), np.zeros((0, 0), np.uint8), nothing, nothing)


def encode(texts: Sequence[str], by: Encoder) -> Floats:
    """Return the vectors of many texts, those of one length together."""
    found = np.zeros((len(texts), by.size), np.float32)
    order = sorted(range(len(texts)), key=lambda place: len(texts[place]))
    for first in range(0, len(order), AT_A_TIME):
        some = order[first : first + AT_A_TIME]
        found[some] = by.vectors([texts[place] for place in some])
    return found


def known_or_encoded(
    texts: Sequence[str], by: Encoder, most_new: int = MOST_NEW, path: Path = PATH
) -> tuple[Places, Floats]:
    """Return the positions of the texts that have vectors, and the vectors.

    What the file does not have is encoded, up to so many; a training must not take forever.
    """
    known = Vectors.load(path)
    numbers = keys(texts)
    places = known.find(numbers)
    # Ordering by key is a shuffle that stays the same when a sentence is added.
    new = sorted(np.flatnonzero(places < 0), key=lambda place: int(numbers[place]))
    if len(new) > most_new > 0:
        logger.warning(
            "%d sentences have no vector and go without: python -m nlu.vectors makes them",
            len(new) - most_new,
        )
    new = new[:most_new]
    found = np.zeros((len(texts), by.size), np.float32)
    old = np.flatnonzero(places >= 0)
    if len(old):
        found[old] = known.at(places[old])
    if new:
        found[new] = encode([texts[int(place)] for place in new], by)
    having = np.sort(np.concatenate([old, np.array(new, dtype=np.intp)]))
    return having, found[having]


def update(texts: Sequence[str], by: Encoder, path: Path = PATH) -> int:
    """Write the file anew for these texts, encoding what it does not have; return how many."""
    known = Vectors.load(path)
    of_key = dict(zip(keys(texts).tolist(), texts, strict=True))
    numbers = np.array(sorted(of_key), dtype=np.uint64)
    places = known.find(numbers)
    old, missing = places[places >= 0], numbers[places < 0]
    if not len(missing):
        Vectors(known.keys[old], known.codes[old], known.mean, known.deviation).save(path)
        return 0
    vectors = encode([of_key[number] for number in missing.tolist()], by)
    made = Vectors.of(missing, vectors, known if len(known.keys) else None)
    all_keys = np.concatenate([known.keys[old], made.keys])
    order = np.argsort(all_keys)
    codes = np.concatenate([known.codes[old], made.codes]) if len(old) else made.codes
    Vectors(all_keys[order], codes[order], made.mean, made.deviation).save(path)
    return len(missing)


def main() -> int:
    """Bring the file up to date with the training examples; return the exit code."""
    from nlu.act_classifier import VECTORS as OF_ACTS
    from nlu.act_classifier import read_acts
    from nlu.check import examples

    by = encoder()
    if by is None:
        return 1
    print(update([line[2:].strip() for _, _, _, line in examples()], by), "encoded")
    acts = read_acts(OF_ACTS.parent / "acts")
    sentences = [text for each in acts.values() for text in each]
    print(update(sentences, by, OF_ACTS), "of acts encoded")
    return 0


if __name__ == "__main__":
    sys.exit(main())
