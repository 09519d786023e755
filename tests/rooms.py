"""Which room imports which: `python -m tests.rooms` draws it anew into docs/architecture.md."""

from __future__ import annotations

import ast
import sys
from collections import defaultdict

from run import ROOT
from tests.repository import tracked

PAGE = ROOT / "docs" / "architecture.md"
BEGIN, END = "```mermaid\n", "```\n"
# The rooms of the running system, the highest first. A room imports lower ones only.
LAYERS = (
    ("run",),
    ("runtime",),
    ("channels", "console", "actions"),
    ("server", "reader", "studio"),
    ("desk",),
    ("content", "nlu"),
    ("infra",),
)
# Rooms that no other one imports but what starts them.
DOORS = {"channels", "console", "actions"}
STARTS = {"runtime", "run"}
LEVEL = {room: level for level, layer in enumerate(LAYERS) for room in layer}


def imports() -> dict[tuple[str, str], set[str]]:
    """Return for each two rooms the files of the first that import the second."""
    found: dict[tuple[str, str], set[str]] = defaultdict(set)
    for path in tracked(".py"):
        name = path.relative_to(ROOT)
        room = name.parts[0] if len(name.parts) > 1 else name.stem
        if room not in LEVEL:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf8"))):
            if isinstance(node, ast.Import):
                modules = [each.name for each in node.names]
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                modules = [node.module]
            else:
                continue
            for other in {each.partition(".")[0] for each in modules} & LEVEL.keys() - {room}:
                found[room, other].add(str(name))
    return found


def picture() -> str:
    """Return the rooms and their imports, as Mermaid draws them."""
    lines = ["flowchart TD"]
    for level, layer in enumerate(LAYERS):
        lines.append(f"  subgraph level{level}[ ]")
        lines += [f"    {room}[{room}/]" for room in layer]
        lines.append("  end")
    lines += [f"  {room} --> {other}" for room, other in sorted(imports())]
    return "\n".join(lines) + "\n"


def drawn(page: str) -> str:
    """Return the picture that a page holds."""
    return page.partition(BEGIN)[2].partition(END)[0]


def main() -> int:
    """Draw the picture anew."""
    page = PAGE.read_text(encoding="utf8")
    PAGE.write_text(page.replace(drawn(page), picture()), encoding="utf8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
