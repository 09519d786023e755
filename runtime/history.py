"""How many messages back the policies of config.yml look: so many the tracker store keeps."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from infra.errors import AssistantError

CONFIG = Path(__file__).resolve().parent.parent / "config.yml"
FEWEST = 2  # rules look at one message, 再说一遍 at what was said before it
MOST = 50  # messages that are kept at all; a conversation's row stays below 100 kB
OWN_STORE = "docs/rasa.md"


class HistoryError(AssistantError):
    """A policy looks back without a limit; the text is `file:line: reason`."""


def turns_needed(config: Path = CONFIG) -> int:
    """Return how many of a customer's messages the policies need.

    `max_history` counts actions, of which every message has one at least.

    Raises:
        HistoryError: a policy has no limit, or one above MOST.
    """
    document = yaml.compose(config.read_text(encoding="utf8"), Loader=yaml.CSafeLoader)
    parts = _mapping(document)
    if "policies" not in parts or not isinstance(parts["policies"], yaml.SequenceNode):
        raise _unlimited(config, 1, "policies")
    return max([FEWEST, *(_turns(config, policy) for policy in parts["policies"].value)])


def _turns(config: Path, node: yaml.Node) -> int:
    policy = _mapping(node)
    line = node.start_mark.line + 1
    name = policy["name"].value.rpartition(".")[2] if "name" in policy else ""
    if name == "RulePolicy":
        # A rule has one message of the customer, unless this lets it have more.
        restricted = policy.get("restrict_rules")
        if restricted is None or restricted.value.lower() in {"true", "yes", "on"}:
            return FEWEST
        raise _unlimited(config, restricted.start_mark.line + 1, "restrict_rules")
    if "max_history" not in policy:
        raise _unlimited(config, line, name)
    limit = policy["max_history"]
    if not limit.value.isdecimal() or not 0 < int(limit.value) <= MOST:
        raise _unlimited(config, limit.start_mark.line + 1, name)
    return int(limit.value)


def _mapping(node: Any) -> dict[str, Any]:
    if not isinstance(node, yaml.MappingNode):
        return {}
    return {key.value: value for key, value in node.value}


def _unlimited(config: Path, line: int, name: str) -> HistoryError:
    return HistoryError(
        f"{config.name}:{line}: {name}: 对话只保留最近几轮；请写上 max_history（1 到 {MOST}），"
        f"或者换成 Rasa 自己的 tracker store，见 {OWN_STORE} / only the last turns are kept: "
        f"set max_history (1 to {MOST}), or use a store of Rasa's own"
    )


def check(endpoints: Path, config: Path = CONFIG) -> None:
    """Check that the tracker store of an endpoints file keeps what the policies need.

    Raises:
        HistoryError: see `turns_needed`; Rasa's own stores keep everything.
    """
    parts = yaml.safe_load(endpoints.read_text(encoding="utf8")) or {}
    store = parts.get("tracker_store") or {}
    if str(store.get("type")).endswith(".RecentTrackerStore") and not store.get("turns"):
        turns_needed(config)
