"""Turns what waits for a customer into as few messages of a platform as can say it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import regex

from channels.gate.options import numbered
from channels.platforms.platform import Carrier, Option, Outgoing
from desk import Entry
from desk.entry import JOINS
from desk.services import AsyncPictures

# Not every "?" and ";" ends a sentence: those of addresses and links have a character after them.
_SENTENCE = re.compile(
    r".*?(?:(?:[。！？；…]+|(?<![!?;])[!?;]+(?![!-~]))[。！？；…!?;]*[”’」』）)]*|\n+|$)", re.DOTALL
)
_PAUSE = re.compile(r"[，、：\s]|[,:](?![!-~])")
_CHARACTER = regex.compile(r"\X")  # what readers see as one: with accents, skin colours, joiners


def offer_numbers(options: Sequence[Option]) -> list[str]:
    """Offer options as a numbered list."""
    return numbered([option.title for option in options])


def compose(
    entries: Sequence[Entry],
    platform: Carrier,
    pictures: Mapping[str, Path | None],
    begun: int = 0,
) -> list[Outgoing]:
    """Return the fewest messages that say what the entries say, in order.

    Each message is full before the next begins, and ends with a sentence where it can. The options
    of the last entry that has some follow its words; those of earlier ones are not offered.

    Args:
        entries: what waits.
        platform: what one message of it may be.
        pictures: the files of the entries' pictures, by their ids.
        begun: how many characters of the first entry were said before; see `Outgoing`.
    """
    made: list[Outgoing] = []
    block: list[Entry] = []
    for entry in entries:
        if entry.picture is None:
            block.append(entry)
            continue
        made += _compose_text(block, platform, 0 if made else begun)
        block = []
        path = pictures.get(str(entry.picture["id"]))
        made.append(Outgoing((entry.seq,), picture=path))
    return made + _compose_text(block, platform, 0 if made else begun)


def _compose_text(entries: Sequence[Entry], platform: Carrier, begun: int) -> list[Outgoing]:
    if not entries:
        return []
    last = next((each for each in reversed(entries) if each.buttons), None)
    options = (
        tuple(
            Option(f"{last.seq}{number:02d}", button["title"])
            for number, button in enumerate(last.buttons, 1)
        )
        if last
        else ()
    )
    lines = [] if platform.menus or not options else platform.offer(options)
    made = [Outgoing(())]
    for entry in entries:
        said = f"{entry.name}：{entry.text}" if entry.name else entry.text
        units = list(split_units(said, platform.longest, platform.size))
        if entry is last:  # a line of an option, link and all, is never cut
            units += [("\n" if number else "\n\n") + line for number, line in enumerate(lines)]
        done = 0
        glue = "\n\n" if entry is not entries[0] else ""
        for unit in units:
            done += len(unit)
            if entry is entries[0] and done <= begun:
                continue
            now = made[-1]
            longer = now.text + glue + unit if now.text else unit.lstrip()
            if now.text and platform.size(longer.rstrip()) > platform.longest:
                made.append(Outgoing((), unit.lstrip(), begun=done))
            else:
                made[-1] = replace(now, text=longer, begun=done)
            glue = ""
        made[-1] = replace(made[-1], seqs=(*made[-1].seqs, entry.seq), begun=0)
        if entry is last and platform.menus:
            made[-1] = replace(made[-1], options=options)
    return [replace(each, text=each.text.rstrip()) for each in made]


def split_units(text: str, longest: int, size: Callable[[str], int]) -> Iterable[str]:
    """Split a text at its sentences, and a sentence that is too long where it must be."""
    for match in _SENTENCE.finditer(text):
        sentence = match[0]
        while size(sentence) > longest:
            end = _cut(sentence, longest, size)
            yield sentence[:end]
            sentence = sentence[end:]
        if sentence:
            yield sentence


def _cut(sentence: str, longest: int, size: Callable[[str], int]) -> int:
    """Return where to cut a sentence: after a comma or a blank, never inside a character."""
    low, high = 1, len(sentence)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if size(sentence[:middle]) <= longest else (low, middle - 1)
    for end in range(low, max(low // 2, 1), -1):
        if _PAUSE.match(sentence, end - 1):
            return end
    end = 0
    for character in _CHARACTER.finditer(sentence):
        if character.end() > low:
            break
        end = character.end()
    return end or low


def without_lone(entries: Sequence[Entry]) -> list[Entry]:
    """Leave out what only goes with words, where none stand beside it."""
    kept = []
    for position, entry in enumerate(entries):
        if entry.delivery == JOINS:
            before = [each for each in entries[:position] if each.delivery != JOINS][-1:]
            after = [each for each in entries[position:] if each.delivery != JOINS][:1]
            if all(each.picture is not None for each in before + after):
                continue
        kept.append(entry)
    return kept


async def pictures_of(
    store: AsyncPictures, conversation_id: str, entries: Sequence[Entry]
) -> dict[str, Path | None]:
    """Return the files of the entries' pictures, by their ids; None: it is gone."""
    ids = [str(entry.picture["id"]) for entry in entries if entry.picture is not None]
    return {each: await store.find(conversation_id, each) for each in ids}
