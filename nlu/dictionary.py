"""The wallet's words for jieba: entities and classifier cut a message with the same dictionary."""

from __future__ import annotations

from pathlib import Path

import jieba
from rasa.shared.exceptions import RasaException


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
    jieba.initialize()
    for word, (frequency, tag) in read_dictionary(file).items():
        if jieba.dt.FREQ.get(word) != frequency:
            jieba.add_word(word, frequency, tag)
