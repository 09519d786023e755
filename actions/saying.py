"""The last check of an answer: no repetition, no refused offers, the customer's own words."""

from __future__ import annotations

import re

from actions import procedures
from actions.turn import Turn
from nlu.intents import MOVES, SMALL_TALK

_SENTENCE = re.compile(r"[^。！？\n]+[。！？]*\n?|\n")
# 要不要我帮您转人工？, where a human was refused.
_OFFER = re.compile(
    r"(?:要不要|需要的话|要转|要的话|我帮您|我可以帮您|我现在就|或者我|还没解决的话).{0,12}转(?:人工|过去|您)?|要转吗"
)
_HOTLINE = re.compile(r"热线")
# 绑卡要多久生效，我不清楚。: what is not known, in the words of the file.
_UNKNOWN = re.compile(r"^[^。，：；！？\n]{2,28}，(?:这个|这一点)?我(?:这里)?不清楚(?=[，。])")
_AGAIN = re.compile(r"再(?:说|讲|发|来)(?:一|1)?[遍次下]|重复|没看清|没听清|再看一遍")
_TICKET = re.compile(r"K\d{6}")
SAFETY = {"secret_asked", "danger_over"}  # readings whose answers may be repeated
SURE = 0.85  # confidence of an act whose words name what was asked
LEAST = 8  # shortest sentence, in characters, that is kept by itself


def settle(turn: Turn) -> None:
    """Remove what was said or refused before from the reply, and remember the rest."""
    if not turn.is_button and turn.state.despair is None:
        _once(turn)
    if turn.no_offer and turn.state.despair is None:
        _without(turn, _OFFER)
        reply = turn.reply
        reply.buttons = [each for each in reply.buttons if each["payload"] != "/human_handoff"]
    if "hotline_failed" in turn.state.told and turn.state.danger is None:
        _without(turn, _HOTLINE)  # it does not answer
    turn.remember_answer()


def in_their_words(turn: Turn, text: str, act: str) -> str:
    """Return an honest answer that names what is not known as the customer said it.

    Where `act` is not sure, no neighbour of what was asked (能绑几张卡 for 一天最多提多少) is
    said not to be known.
    """
    if not turn.names_itself or turn.acts.unweighed({act}) >= SURE:
        return text
    return _UNKNOWN.sub(f"{turn.quoted}，我不清楚", text.strip(), count=1)


def _once(turn: Turn) -> None:
    reply = turn.reply
    aside = turn.intent in MOVES | SMALL_TALK
    if aside and all(map(turn.said_last, reply.paragraphs)) and "step" not in reply.extra:
        reply.paragraphs = [turn.phrase("same_again"), *reply.paragraphs]
    wanted = aside or _AGAIN.search(turn.plain) is not None
    safety = reply.extra.get("reading") in SAFETY
    if wanted or safety or "step" in reply.extra or not reply.paragraphs:
        return
    fresh = [text for text in reply.paragraphs if _may_be_said(turn, text)]
    if len(fresh) == len(reply.paragraphs):
        return
    if any(len(text) > LEAST and not _is_apology(turn, text) for text in fresh):
        reply.paragraphs = fresh
        return
    reply.paragraphs = [text for text in fresh if _is_apology(turn, text)]
    _nothing_new(turn)


def _may_be_said(turn: Turn, text: str) -> bool:
    """Tell whether the last answer did not say it, and no two before; where a ticket stands may."""
    return bool(_TICKET.search(text)) or not (turn.said_last(text) or turn.times_said(text) > 1)


def _is_apology(turn: Turn, text: str) -> bool:
    return text in {turn.phrase("sorry_misheard"), turn.phrase("sorry_first")}


def _nothing_new(turn: Turn) -> None:
    """Say that there is nothing more to say, and who may know more."""
    ticket = turn.ticket()
    asked = turn.quoted if turn.names_itself else turn.phrase("that_matter")
    if ticket is not None:
        turn.desk.add_words(ticket, turn.text)
        known = ("said_and_noted", "said_and_noted_again")
    else:
        known = ("said_already", "said_already_again")
    texts = [
        turn.phrase(name, asked=asked, number=ticket.number if ticket else "") for name in known
    ]
    turn.reply.say(next((text for text in texts if not turn.said_lately(text)), texts[-1]))
    if ticket is None:
        turn.offer_human()
        procedures.back_button(turn)


def _without(turn: Turn, words: re.Pattern[str]) -> None:
    """Take sentences with these words out, unless they are all that is said."""
    kept = []
    for text in turn.reply.paragraphs:
        parts = _SENTENCE.findall(text)
        kept.append("".join(part for part in parts if not words.search(part)).strip())
    rest = [text for text in kept if text]
    turn.reply.paragraphs = rest or turn.reply.paragraphs
