"""Two changes of the same data, brought together; and what changed between two states."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

Path = tuple[str | int, ...]
_MISSING: Any = object()


def merge(base: Any, ours: Any, theirs: Any) -> tuple[Any, list[Path]]:
    """Return data with both changes, and the paths where they contradict; there, `theirs` stands.

    Mappings are brought together key by key, lists of equal length item by item; other lists and
    values are wholes.

    Args:
        base: what both began with.
        ours, theirs: what became of it.
    """
    conflicts: list[Path] = []
    return _merge(base, ours, theirs, (), conflicts), conflicts


def _merge(base: Any, ours: Any, theirs: Any, path: Path, conflicts: list[Path]) -> Any:
    if _same(ours, theirs) or _same(base, ours):
        return theirs
    if _same(base, theirs):
        return ours
    if all(isinstance(each, dict) for each in (base, ours, theirs)):
        merged = {}
        for key in dict.fromkeys([*theirs, *ours]):
            found = [each.get(key, _MISSING) for each in (base, ours, theirs)]
            kept = _merge(found[0], found[1], found[2], (*path, key), conflicts)
            if kept is not _MISSING:
                merged[key] = kept
        return merged
    lists = all(isinstance(each, list) for each in (base, ours, theirs))
    if lists and len(base) == len(ours) == len(theirs):
        return [
            _merge(*each, path=(*path, place), conflicts=conflicts)
            for place, each in enumerate(zip(base, ours, theirs, strict=True))
        ]
    conflicts.append(path)
    return theirs


def _same(one: Any, other: Any) -> bool:
    if one is _MISSING or other is _MISSING:
        return one is other
    return bool(one == other) and isinstance(one, bool) == isinstance(other, bool)


def changed(before: Any, after: Any, path: Path = ()) -> Iterator[tuple[Path, Any, Any]]:
    """Yield the parts that differ: path, before and after; None where there is no such part."""
    if _same(before, after):
        return
    if isinstance(before, dict) and isinstance(after, dict):
        for key in dict.fromkeys([*before, *after]):
            yield from changed(before.get(key), after.get(key), (*path, key))
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for place, (one, other) in enumerate(zip(before, after, strict=True)):
            yield from changed(one, other, (*path, place))
    else:
        yield path, before, after
