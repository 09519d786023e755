"""What support leads taught at the console: content/sentences.yml, beside the training data.

A topic that only they have made has a file in content/topics and sentences here; that it is an
intent, and that the topic answers it, follows.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from infra import settings, strict_yaml

ROOT = Path(__file__).resolve().parent.parent


def content_folder() -> Path:
    """Return where this process's content is."""
    return ROOT / settings.current().content_dir


def taught(folder: Path | None = None) -> dict[str, str]:
    """Return the intent of each sentence that leads taught; none where there is no such file.

    Args:
        folder: the content's; by default that of this process.

    Raises:
        ValueError: the file is broken.
    """
    file = (folder or content_folder()) / "sentences.yml"
    if not file.exists():
        return {}
    data = strict_yaml.read(file, f"content/{file.name}")[1] or {}
    return {str(text): str(intent) for text, intent in (data.get("taught") or {}).items()}


def new_topics(
    known: Collection[str], sentences: Mapping[str, str], folder: Path | None = None
) -> list[str]:
    """Return the topics that leads made: they have a file and sentences, and no intent yet.

    Args:
        known: the intents of domain.yml.
        sentences: of `taught`.
        folder: as there.
    """
    files = (folder or content_folder()).glob("topics/*.yml")
    return sorted({path.stem for path in files} & set(sentences.values()) - set(known))


def rule(topics: Collection[str]) -> dict[str, Any]:
    """Return the rule by which topics of the leads' own are answered, as data/rules.yml has it."""
    steps = [{"or": [{"intent": name} for name in topics]}, {"action": "action_answer"}]
    return {"version": "3.1", "rules": [{"rule": "客服组长加的话题", "steps": steps}]}
