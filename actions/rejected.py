"""Answers that the customer said were none: they are not given again."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from actions.acts import IN_DANGER

if TYPE_CHECKING:
    from actions.turn import Turn

# 我问的是…, 没问这个, 都说了…, 你没回答我: the last answer was beside the point.
_REJECTS = re.compile(
    r"(?:我|俺|咱)(?:刚才?|是|就|只|只是|就是)?(?:想)?(?:问|说|要|指)的?(?:是|不是)|"
    r"(?:没|不是|不)(?:问|说|要)(?:你)?(?:这|那)个?|没问|不是问|不对[，,！! 啊呀]|谁问你|"
    r"(?:我|俺|都|早|不是|刚才?)(?:已经|都)?(?:说|讲)(?:过)?了|(?:我|俺)说(?!的?话)|答非所问|"
    r"(?:没|不)(?:回答|答|听懂|看懂|明白)|(?:听|看)不懂|重新(?:说|答)|(?:你|您)(?:倒是|到底)|"
    r"扯(?:什么|啥|那)|^不是[，,！! 啊呀]"
)
_KEY = re.compile(r"(?<![a-z_0-9.])[a-z_0-9.]+(?:: [a-z_]+)?$")
SURE = 0.5  # confidence of a correction, and of a topic that is asked for all the same
KEPT = 4  # answers that are remembered as wrong
LIKE_PLAIN = 0.7  # likeness to an example of what was rejected from which it is meant all the same


def key_of(evidence: str) -> str:
    """Return the question that a reading answers, of its evidence: `topic.key`, `topic: kind`, or
    one of a danger; "" of what answers none, such as a report."""
    found = _KEY.search(evidence)
    key = found[0] if found else ""
    return key if key.count(".") == 1 or ": " in key or key.startswith(IN_DANGER) else ""


def says_so(turn: Turn) -> bool:
    """Tell whether the words say that the last answer was beside the point."""
    return _REJECTS.search(turn.plain) is not None


def hear(turn: Turn) -> None:
    """Remember that the last answer was wrong, if the message says so."""
    state = turn.state
    if turn.is_button or turn.is_clause or not state.answered:
        return
    says = says_so(turn) or turn.scope.get("contrast")
    if state.danger is not None:
        says = False  # 他说了 is told of the fraud
    if says or turn.acts.unweighed({"correction"}, clauses=True) >= SURE:
        state.rejected = list(dict.fromkeys([*state.rejected, state.answered]))[-KEPT:]


def is_rejected(turn: Turn, key: str) -> bool:
    """Tell whether this answer was rejected, and is not plainly asked for now."""
    if not key or key not in turn.state.rejected:
        return False
    if turn.topic(key) is not None:
        return key not in turn.named or turn.acts.sum({"plain", "how"}) < SURE
    act = key.rpartition(": ")[2]
    if turn.scope.get("contrast") and turn.acts.sum({act}) >= SURE:
        return False  # 我问的是在哪: just that is asked
    like = turn.acts.like(act)
    return not LIKE_PLAIN <= like < 1
