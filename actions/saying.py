"""The last check of an answer: no repetition, no refused offers, the customer's own words."""

from __future__ import annotations

import re

from actions import facts, procedures
from actions.acts import LIKE
from actions.turn import Turn
from nlu.intents import MOVES, SMALL_TALK

_SENTENCE = re.compile(r"[^。！？\n]+[。！？]*\n?|\n")
# 我帮您转人工, 可以马上为您转接
_CALLS = re.compile(
    r"(?:帮|替|给|为)您(?:紧急|马上|现在)?.{0,6}?转(?:人工|接|过去|达)?(?!账|发)|(?:^|[，；或也])(?:或者|可以|也可以|就|请)?(?:直接)?转人工(?!后)|要不要.{0,6}转|要(?:我)?.{0,6}转吗|我转人工|我转(?:$|。)"
)
_CLAUSE = re.compile(r"[^，；,;]+[，；,;]?")
_HOTLINE = re.compile(r"热线")
# 绑卡要多久生效，我不清楚。: what is not known, in the words of the file.
_UNKNOWN = re.compile(r"^[^。，：；！？\n]{2,28}，(?:这个|这一点)?我(?:这里)?不清楚(?=[，。])")
_AGAIN = re.compile(r"再(?:说|讲|发|来)(?:一|1)?[遍次下]|重复|没看清|没听清|再看一遍")
_TICKET = re.compile(r"K\d{6}")
SAFETY = {"secret_asked", "danger_over"}  # readings whose answers may be repeated
# An answer that says itself that something is not known.
_HONEST = re.compile(r"不清楚|看不到|说不准|答不准|不敢|查不到|不能替|保证不了|做不了|办不了")
SURE = 0.85  # confidence of an act whose words name what was asked
LEAST = 8  # shortest sentence, in characters, that is kept by itself


def own_up(turn: Turn, act: str) -> None:
    """Say first that a question is new, where it is like no example of the act that was answered.

    The classifier is sure of the likeliest act however far it is; what follows is what is known
    nearest to it.
    """
    known = not act or turn.acts.like(act) >= LIKE
    paragraphs = turn.reply.paragraphs
    if known or not (turn.asks and turn.names_itself) or not paragraphs:
        return
    if any(map(_HONEST.search, paragraphs)) or "step" in turn.reply.extra:
        return
    paragraphs.insert(0, turn.phrase("new_question", asked=turn.quoted))


def settle(turn: Turn, again: bool = False) -> None:
    """Remove what was said or refused before from the reply, and remember the rest.

    `again`: it is an answer that is to be given as often as it is asked for.
    """
    turn.reply.paragraphs = list(dict.fromkeys(turn.reply.paragraphs))
    if not turn.is_button and turn.state.despair is None:
        _without_done(turn)
        _once(turn, again)
    if turn.state.despair is None and turn.state.danger is None:
        _already_called(turn)
    if turn.no_offer and turn.state.despair is None:
        reply = turn.reply
        reply.paragraphs = _without_offers(reply.paragraphs) or reply.paragraphs
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


def _without_done(turn: Turn) -> None:
    """Tell nobody to look where they have looked; when nothing is left, a human must."""
    reply = turn.reply
    if turn.state.danger is not None or "step" in reply.extra or not reply.paragraphs:
        return
    kept = [facts.without_done(turn, text) for text in reply.paragraphs]
    if kept == reply.paragraphs:
        return
    reply.paragraphs = [text for text in kept if text]
    if any(not _is_apology(turn, text) for text in reply.paragraphs):
        return
    ticket = turn.ticket()
    if ticket is None:
        turn.say("all_tried")
        turn.offer_human()
    else:
        turn.desk.add_words(ticket, turn.text)
        turn.say("said_and_noted_again", number=ticket.number)


def _already_called(turn: Turn) -> None:
    """Where a ticket is open, offer no human: what is left to ask one goes there."""
    reply = turn.reply
    if turn.is_button or not any(map(_CALLS.search, reply.paragraphs)):
        return
    ticket = turn.ticket()
    if ticket is None:
        return
    reply.paragraphs = _without_offers(reply.paragraphs)
    if not any(map(_TICKET.search, reply.paragraphs)):
        turn.desk.add_words(ticket, turn.text)
        phrase = "question_noted" if turn.asks else "noted_more"
        turn.say(phrase, number=ticket.number, told=turn.told_words)


def _without_offers(paragraphs: list[str]) -> list[str]:
    """Return what is left without offers of a human; what names a ticket is none."""
    kept = (text if _TICKET.search(text) else _cut_offers(text) for text in paragraphs)
    return [text for text in kept if text]


def _cut_offers(text: str) -> str:
    """Return a paragraph without the clauses that offer to call a human."""
    kept = ""
    for sentence in _SENTENCE.findall(text):
        parts = _CLAUSE.findall(sentence)
        rest = [part for part in parts if not _CALLS.search(part)]
        if len(rest) == len(parts):
            kept += sentence
            continue
        while rest and rest[-1].endswith("的话，"):
            rest.pop()
        joined = "".join(rest).rstrip("，；、,;。！？\n")
        kept += f"{joined}。" if joined else ""
        kept += "\n" if joined and sentence.endswith("\n") else ""
    return kept.strip()


def _once(turn: Turn, again: bool) -> None:
    reply = turn.reply
    aside = turn.intent in MOVES | SMALL_TALK
    repeats = bool(reply.paragraphs) and all(map(turn.said_last, reply.paragraphs))
    if aside and repeats and "step" not in reply.extra:
        reply.paragraphs = [turn.phrase("same_again"), *reply.paragraphs]
    wanted = aside or _AGAIN.search(turn.plain) is not None
    safety = again or reply.extra.get("reading") in SAFETY
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
    elif turn.asks and turn.names_itself:
        known = ("said_already", "said_already_again")
    else:
        known = ("told_and_known", "said_already_again")
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
