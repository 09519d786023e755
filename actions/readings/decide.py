"""What a message can mean where the conversation stands, and which of its readings decides.

Each reading is a function of the same name that says how sure it is and what it would do. Their
order and how sure each must be is data: actions/order.yml. When none is sure enough, the
intent alone decides (the action that rules.yml calls for it).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

import yaml

from actions import answers, danger, fallback, noticing, procedures, rejected
from actions.readings import dangers, humans, tickets, topics
from actions.readings import procedures as steps
from actions.readings.reading import SHORT, SURE_NEW, SURE_WEAK, Reader, Reading, names_a_topic
from actions.turn import Turn
from nlu.intents import FALLBACK, OUT_OF_SCOPE

# Moves that mean nothing where no procedure is under way.
STEPS_ONLY = {"next_step", "previous_step", "restart_procedure"}
SURE_CLAUSE = 0.75  # confidence of a clause's topic where the whole message names none
SURE_ASKED = 0.8  # confidence of a clause's question beside an expressed mood
LIKE_REST = 0.45  # likeness to an example of what is asked besides
_QUESTIONS = {"worded", "asked", "follow_up", "outside"}
# Readings beside whose answer other questions of the message are answered, too.
_LEAVES_REST = {"worded", "asked", "follow_up", "danger_lasts", "danger", "human_wanted", "step"}
_POLITE = {"thank", "goodbye", "greet"}  # intents beside which a question may stand
_OF_DANGER = {"danger_lasts", "danger"}
SURE_QUESTION = 0.7  # of what one of several questions is about
LEAST_UNKNOWN = 6  # characters of a question that is said not to be known
LEAST_QUESTION = 4  # characters of one of several questions
MOST_QUESTIONS = 2  # that are answered in one turn
_ASIDES = {"manner", "ticket_told"}
OF_STEP = 0.4  # share of the current procedure's acts that casts doubt on another topic
SURE_LEAVES = 0.97  # confidence of the other topic that removes that doubt
SURE_STOP = 0.5  # confidence of the wish to leave a procedure
LEAST_CLAUSE = 0.55  # confidence of one clause's reading
_SAYS_LITTLE = {"manner", "ticket_told", "details", "despair_lasts", "danger_lasts"}
# The whole is asked for these, with what it denies: 放心我没被骗.
_SAYS_LITTLE |= {"danger", "danger_maybe", "danger_supposed", "danger_spared"}
ORDER = Path(__file__).resolve().parent.parent / "order.yml"


def decide(turn: Turn) -> tuple[str, Reading] | None:
    """Return the reading that decides, with its name; None: the intent does."""
    if turn.is_button:
        return None
    surest = _surest(turn)
    return _each(turn, surest) or surest


def _each(turn: Turn, surest: tuple[str, Reading] | None) -> tuple[str, Reading] | None:
    """Return the reading that answers each of two questions: 还能追回来不 要多久."""
    state = turn.state
    busy = state.danger or state.despair or state.collecting or procedures.active(turn) is not None
    if turn.is_clause or busy or (surest is not None and surest[0] not in _QUESTIONS):
        return None
    if turn.acts.sum(turn.content.manners) >= SURE_WEAK:
        return None
    found: list[Reading] = []
    for clause in turn.clauses:
        if not clause.asks or clause.scolds or clause.stuck or len(clause.plain) < LEAST_QUESTION:
            continue
        reading = _question(clause)
        if reading is None:
            return None
        found.append(reading)
    evidence = {reading.evidence: reading for reading in found}
    if len(evidence) < 2 or turn.ticket() is not None:
        return None
    parts = list(evidence.values())[:MOST_QUESTIONS]
    sure = min(reading.confidence for reading in parts)
    return "each", Reading(sure, " + ".join(evidence), partial(_answer_each, parts))


def answer_rest(turn: Turn, decided: tuple[str, Reading] | None) -> None:
    """Answer the other questions of a message, shortly: 会自动退吗 要几天.

    What was decided answers one of them; a clause that is read as that one is passed over. What
    nobody can tell is said not to be known, named, where the answer is surely of another clause.
    """
    if turn.is_button or turn.state.despair or (decided and decided[0] not in _LEAVES_REST):
        return
    asking = [clause for clause in turn.clauses if _asks_itself(clause)]
    if len(asking) < 2:  # the one that asks was answered
        return
    found = [(clause, _rest_of(clause, decided)) for clause in asking]
    answered = decided[1].evidence if decided else turn.intent
    own = [clause for clause, reading in found if reading and _same(reading, answered)]
    about = turn.state.topic
    said = 0
    for clause, reading in found:
        if clause in own or said == MOST_QUESTIONS - 1:
            continue
        before = list(turn.reply.paragraphs)
        if reading is not None and reading.confidence >= LEAST_CLAUSE:
            reading.respond()
        elif (
            own
            and not turn.state.danger
            and clause.names_itself
            and len(clause.plain) >= LEAST_UNKNOWN
        ):
            clause.say("not_known_short", asked=clause.quoted)
        turn.reply.paragraphs = list(dict.fromkeys(turn.reply.paragraphs))
        said += len(turn.reply.paragraphs) > len(before)
    turn.state.topic = about


def _asks_itself(clause: Turn) -> bool:
    enough = len(clause.plain) >= LEAST_QUESTION and not clause.stuck
    return enough and clause.asks and not clause.scolds and not humans.of_human(clause)


def _rest_of(clause: Turn, decided: tuple[str, Reading] | None) -> Reading | None:
    """Return how a question beside what was decided is answered."""
    if decided is not None and decided[0] in _OF_DANGER:
        known = danger.asked_in_words(clause)
        if known is not None:
            respond = partial(clause.answer, known[1])
            return Reading(0.9, f"asked: {known[0]}", respond)
        if not dangers.names_calm(clause):
            return None
    for name in ("worded", "asked", "follow_up"):
        reading = READERS[name](clause)
        report = reading is not None and reading.evidence.rpartition(" ")[2] in answers.REPORTS
        unlike = reading is not None and reading.act and clause.acts.like(reading.act) < LIKE_REST
        if reading is not None and reading.confidence >= SURE_ASKED and not (report or unlike):
            return reading
    return None


def _same(reading: Reading, evidence: str) -> bool:
    return reading.evidence == evidence or reading.evidence in evidence


def _question(clause: Turn) -> Reading | None:
    """Return how one of several questions is answered; None when nobody can tell."""
    decided = _surest(clause)
    if decided is not None:
        return decided[1] if decided[0] in _QUESTIONS else None
    topic = clause.topic(clause.intent)
    if topic is not None and topic.walkthrough == "at_once":
        return None  # it is begun, not told
    if topic is not None and topic.urgency != "urgent" and clause.confidence() >= SURE_QUESTION:
        respond = partial(clause.reply.say, topic.brief or topic.answer)
        return Reading(clause.confidence(), topic.name, respond)
    outside = clause.intent == OUT_OF_SCOPE and clause.confidence() >= SURE_QUESTION
    if outside and clause.names_itself and clause.has_word(clause.settings.question_words):
        respond = partial(clause.say, "not_known_short", asked=clause.quoted)
        return Reading(clause.confidence(), clause.text, respond)
    return None


def _answer_each(parts: list[Reading]) -> None:
    for reading in parts:
        reading.respond()


def _surest(turn: Turn) -> tuple[str, Reading] | None:
    """Return the first reading that is sure enough."""
    found: list[tuple[str, Reading]] = []
    for name, reading, at_least in readings(turn):
        if reading is None or rejected.is_rejected(turn, rejected.key_of(reading.evidence)):
            continue
        if reading.confidence >= at_least:
            if name in _ASIDES and not turn.is_clause:  # 等哈，你先帮我看看退款
                asked = _by_clause(turn, asking=True)
                if asked is not None and asked[1].confidence >= SURE_ASKED:
                    return asked
            return name, reading
        found.append((name, reading))
    polite = turn.intent in _POLITE and not turn.is_clause
    if polite and (asked := _by_clause(turn, asking=True)) is not None:
        return asked  # 好的谢谢，关掉这个页面没事吧
    shaky = turn.intent == "stop_procedure" and turn.confidence() < SURE_STOP
    idle = turn.intent in STEPS_ONLY and len(turn.plain) > 3 and procedures.active(turn) is None
    weak = _is_weak(turn)
    # 俺问能不能提钱 你没回俺: no plain no.
    no_answer = turn.intent in {"affirm", "deny"} and turn.asks and len(turn.plain) > SHORT
    if turn.intent not in {FALLBACK, OUT_OF_SCOPE} and not (idle or weak or shaky or no_answer):
        return None
    # Nothing is understood: the likeliest that makes sense here beats 没听懂.
    doubts = _doubts()
    walks = procedures.active(turn) is not None
    least = turn.confidence() if weak and not walks else 0.0
    likely = [each for each in found if each[1].confidence >= max(doubts.get(each[0], 1.1), least)]
    whole = max(likely, key=lambda each: each[1].confidence, default=None)
    part = None if turn.is_clause else _by_clause(turn)
    if no_answer and whole is None and part is None:
        return "unknown", Reading(0.0, "asks", partial(fallback.not_understood, turn))
    if part is None or (whole is not None and whole[1].confidence >= part[1].confidence):
        return whole
    return part


def _is_weak(turn: Turn) -> bool:
    """Tell whether the intent is a topic that no word names, and not a likely one."""
    walked = procedures.active(turn)
    if walked is not None and names_a_topic(turn) and turn.intent != walked.name:
        own = sum(share for act, share in turn.acts.whole.items() if act.startswith(walked.name))
        if own >= OF_STEP and turn.confidence() < SURE_LEAVES:
            return True  # 我填邮箱行吗, at the step that asks for it
    return (
        names_a_topic(turn)
        and turn.confidence() < (SURE_NEW if _only_angry(turn) else SURE_WEAK)
        and (turn.intent not in turn.named or procedures.active(turn) is not None)
        and not turn.is_clause
    )


def _only_angry(turn: Turn) -> bool:
    """Tell whether a complaint is nothing but a mood: 气死我了 这个软件升一下能好点不."""
    moods = {"angry", "joking_die", "sarcasm", "sad"}
    return (
        turn.intent == "complaint" and "complaint" not in turn.named and turn.acts.sum(moods) >= 0.5
    )


def _by_clause(
    turn: Turn, without: re.Pattern[str] | None = None, asking: bool = False
) -> tuple[str, Reading] | None:
    """Return what a clause says by itself, where the whole says nothing: first one that asks.

    我没被骗 就想问咋设置保险点; 行了不骂了 那笔多扣的咋整.

    Args:
        without: clauses that have this are passed over.
        asking: only clauses that ask something count.
    """
    best: tuple[bool, float, str, Reading] | None = None
    for clause in turn.clauses:
        if without is not None and without.search(clause.plain):
            continue
        asks = clause.asks
        moody = clause.acts.sum(turn.content.manners) >= SURE_WEAK  # 什么破软件
        if asking and (moody or not (asks or clause.tells_trouble)):
            continue
        decided = _surest(clause)
        topic = turn.topic(clause.intent)
        if topic is not None and topic.urgency == "urgent" and noticing.calm(turn):
            continue  # 她没被骗 单纯记性差 你可别吓唬她
        if decided is None and topic is not None and clause.confidence() >= SURE_CLAUSE:
            reading = Reading(
                clause.confidence(), clause.intent, partial(answers.answer, clause, topic)
            )
            decided = "topic", reading
        if decided is not None and decided[0] == "step" and procedures.is_stuck(turn):
            continue  # 还是原来那样 就看见一个框让输密码
        if decided is None or decided[0] in _SAYS_LITTLE or decided[1].confidence < LEAST_CLAUSE:
            continue
        rank = (bool(asks or clause.named), decided[1].confidence)
        if best is None or rank > best[:2]:
            evidence = f"{clause.text}: {decided[1].evidence}"
            reading = Reading(decided[1].confidence, evidence, decided[1].respond)
            best = (*rank, decided[0], reading)
    return (best[2], best[3]) if best else None


def _one(clause: Turn) -> Reading | None:
    """Return what one clause asks, where a reading is sure of it."""
    name, reading = _surest(clause) or ("", None)
    return reading if name in _QUESTIONS else None


def readings(turn: Turn) -> Iterator[tuple[str, Reading | None, float]]:
    """Yield each reading in the order of order.yml: name, reading, least confidence."""
    for each in _order():
        yield each["reading"], READERS[each["reading"]](turn), float(each["at_least"])


@lru_cache(maxsize=1)
def _order() -> list[dict[str, Any]]:
    return list(yaml.safe_load(ORDER.read_text(encoding="utf8")))


@lru_cache(maxsize=1)
def _doubts() -> dict[str, float]:
    return {each["reading"]: float(each["in_doubt"]) for each in _order() if "in_doubt" in each}


READERS: dict[str, Reader] = {
    **dangers.READERS,
    "human_wanted": partial(humans.wanted, question=_one),
    "human_refused": partial(humans.refused, by_clause=_by_clause),
    "human_awaited": partial(humans.awaited, question=_one),
    **tickets.READERS,
    **steps.READERS,
    **topics.READERS,
}
