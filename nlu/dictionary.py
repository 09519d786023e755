"""jieba with the wallet's words: entities and classifier cut a message with the same dictionary."""

from __future__ import annotations

import contextlib
import json
import logging
import mmap
import tempfile
import threading
from collections import defaultdict
from pathlib import Path
from typing import Any

import jieba
from rasa.shared.exceptions import RasaException

CACHE = Path(__file__).resolve().parent.parent / ".cache"

jieba.setLogLevel(logging.WARNING)  # it announces its dictionary on stderr


class LexiconError(RasaException):
    """A line of a dictionary or pattern file cannot be used; says which and why."""

    def __init__(self, file: Path, line: int, reason: str) -> None:
        super().__init__(f"{file}:{line}: {reason}")


def read_dictionary(file: Path) -> dict[str, tuple[int, str | None]]:
    """Read a jieba user dictionary, `word frequency [tag]` a line.

    Raises:
        LexiconError: with file, line number and reason. The frequency is not optional: jieba
            would make one up from the words it has seen before, differently at every start.
    """
    words: dict[str, tuple[int, str | None]] = {}
    try:
        lines = file.read_text(encoding="utf8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise LexiconError(file, 0, f"cannot be read: {error}") from error
    for number, line in enumerate(lines, start=1):
        parts = line.split()
        if not parts:
            continue
        if len(parts) > 3 or len(parts) < 2 or not parts[1].isdecimal():
            raise LexiconError(file, number, "a line is: word frequency [tag]")
        if parts[0] in words:
            raise LexiconError(file, number, f"{parts[0]} stands there twice")
        words[parts[0]] = int(parts[1]), parts[2] if len(parts) == 3 else None
    return words


def teach_jieba(file: Path) -> None:
    """Give a dictionary's words to the jieba of this process; those it knows are left alone.

    (Adding a word twice would shift the weights of all the others a little.)

    Raises:
        LexiconError: a line is broken.
    """
    for word, (frequency, tag) in read_dictionary(file).items():
        if jieba.dt.FREQ.get(word) != frequency:
            jieba.add_word(word, frequency, tag)


def split_words(text: str, guess: bool = True) -> list[str]:
    """Return the words of a text, one after the other; with or without guesses at unknown ones."""
    words: list[str] = jieba.lcut(text, HMM=guess)
    return words


class _Words(dict[str, int]):
    """jieba's words and their frequencies, read from a file by first character when asked for.

    To read all half a million takes half a second and 60 MB at every start; customers use a few
    thousand characters. The file: the index's length in eight bytes, the index (`sum of all
    frequencies, {character: (place, size)}`), and the words of each character.
    """

    def __init__(self, path: Path) -> None:
        """Open the file.

        Raises:
            OSError, ValueError: it is not there, or not whole.
        """
        super().__init__()
        with path.open("rb") as file:
            self._file = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        self._begin = 8 + int.from_bytes(self._file[:8], "big")
        self.total: int
        self._unread: dict[str, tuple[int, int]]
        self.total, self._unread = json.loads(self._file[8 : self._begin])
        if self._begin + sum(size for _, size in self._unread.values()) != len(self._file):
            raise ValueError(f"{path} is not whole")
        self._lock = threading.Lock()

    @staticmethod
    def write(path: Path, words: dict[str, int], total: int) -> None:
        """Write such a file, whole or not at all."""
        by_first: defaultdict[str, dict[str, int]] = defaultdict(dict)
        for word, frequency in words.items():
            by_first[word[0]][word] = frequency
        body, index = bytearray(), {}
        for first, some in by_first.items():
            packed = json.dumps(some).encode()
            index[first] = len(body), len(packed)
            body += packed
        head = json.dumps((total, index)).encode()
        path.parent.mkdir(exist_ok=True)
        with tempfile.TemporaryDirectory(dir=path.parent) as folder:
            made = Path(folder) / path.name
            made.write_bytes(len(head).to_bytes(8, "big") + head + body)
            made.replace(path)

    def _reach(self, word: str) -> str:
        """Return the word, after reading what begins as it does."""
        first = word[:1]
        if first in self._unread:
            with self._lock:
                if first in self._unread:
                    place, size = self._unread[first]
                    place += self._begin
                    self.update(json.loads(self._file[place : place + size]))
                    del self._unread[first]
        return word

    def __contains__(self, word: object) -> bool:
        return super().__contains__(self._reach(str(word)))

    def __getitem__(self, word: str) -> int:
        return super().__getitem__(self._reach(word))

    def get(self, word: str, default: Any = None) -> Any:
        """Return the word's frequency."""
        return super().get(self._reach(word), default)

    def __setitem__(self, word: str, frequency: int) -> None:
        super().__setitem__(self._reach(word), frequency)


def _open_words() -> None:
    """Let jieba read its words when asked for them; all at once where nothing can be written."""
    path = CACHE / f"jieba-{jieba.__version__}.words"
    try:
        words: dict[str, int] = (found := _Words(path))
        total = found.total
    except (OSError, ValueError):
        words, total = jieba.dt.gen_pfdict(jieba.dt.get_dict_file())
        with contextlib.suppress(OSError):
            _Words.write(path, words, total)
            words = _Words(path)
    jieba.dt.FREQ, jieba.dt.total, jieba.dt.initialized = words, total, True


_open_words()
