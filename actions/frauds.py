"""Which kind of fraud it is: what the words of content/danger.yml (`said`) say, and deny."""

from __future__ import annotations

import re

from actions.turn import Turn

GENERAL = "scam_general"
_ROMANCE = "scam_romance"  # whoever is in love with the cheat names other kinds, too
_STOLEN = "stolen_money"
# 没人动，是我自己投进去的: nobody took it, somebody was given it.
_OWN_HAND = re.compile(r"自己(?:投|存|打|转)(?:进|过|给|到)|投(?:进|到|了).{0,6}平台")
_OF_LOVE = {GENERAL, "scam_friend", "scam_prize"}
_REMEMBERED = 4  # messages of the customer in which its words may stand
# 什么领奖呀, 我没投资: what stands before the words of a kind of fraud where they are denied.
_NO_SUCH = re.compile(
    r"(?:没有?|不是|哪来的?|哪有|什么|啥|又没|哪门子)(?:什么|啥|在|去|让|叫|过|得|说|要)*"
    r"[^，。！？ ]{0,2}$"
)


def is_fraud(kind: str | None) -> bool:
    """Tell whether a kind of danger, or an urgent topic, is a fraud."""
    return kind is not None and (kind.startswith("scam_") or kind == "suspected_scam")


def own_hand(turn: Turn, kind: str) -> bool:
    """Tell whether the customer paid what is taken for stolen: 是我自己投进去的."""
    return kind == _STOLEN and _OWN_HAND.search(turn.plain) is not None


def by_words(turn: Turn, kind: str) -> str:
    """Return the kind of fraud that the words name, where they do not name this one."""
    if own_hand(turn, kind):
        return _named(turn, _lately(turn)) or GENERAL
    if not is_fraud(kind):
        return kind
    denied = turn.state.not_meant
    if kind in _OF_LOVE and _ROMANCE not in denied and _says(turn, _ROMANCE, turn.plain):
        return _ROMANCE
    known = turn.content.danger.kinds.get(kind)
    worded = known is not None and known.said is not None
    fits = _says(turn, kind, _lately(turn)) if worded else kind != GENERAL
    if fits and kind not in denied:
        return kind
    return _named(turn, turn.plain) or (GENERAL if kind in denied else kind)


def denied_kind(turn: Turn) -> bool:
    """Tell whether what makes the fraud that lasts of its kind is denied: 什么领奖呀, 没投资."""
    kind = turn.content.danger.kinds.get(turn.state.danger or "")
    if kind is None or kind.said is None or not is_fraud(turn.state.danger):
        return False
    found = kind.said.finditer(turn.plain)
    return any(_NO_SUCH.search(turn.plain[: each.start()]) is not None for each in found)


def mean_another(turn: Turn) -> None:
    """Take the fraud that lasts for the kind that the words name, and this one for none."""
    state = turn.state
    state.not_meant = [*state.not_meant, state.danger or ""]
    state.danger = _named(turn, _lately(turn)) or GENERAL


def _named(turn: Turn, text: str) -> str:
    """Return the first kind whose words the text has and that was not denied; "" when none."""
    kinds = sorted(turn.content.danger.kinds, key=lambda name: name != _ROMANCE)
    meant = (name for name in kinds if name not in turn.state.not_meant)
    return next((name for name in meant if _says(turn, name, text)), "")


def _says(turn: Turn, kind: str, text: str) -> bool:
    known = turn.content.danger.kinds.get(kind)
    return known is not None and known.said is not None and known.said.search(text) is not None


def _lately(turn: Turn) -> str:
    return "\n".join([*turn.state.words[-_REMEMBERED:], turn.plain])
