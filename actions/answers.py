"""Answers from content/: a topic, a kind of question about it, an item of its list, several."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from actions import danger, details, facts, fallback, handoff, manners, noticing, procedures, saying
from actions.turn import Turn
from content import Topic
from nlu.naming import named_topics
from nlu.text import clauses, normalize

# Kinds of questions that a topic's plain answer answers, too.
ANSWERED_ANYWAY = {"how", "where", "what_is", "need", "look_up", "shows", "not_found", "lacks"}
REPORTS = {"not_found", "shows", "lacks", "tried", "no_change", "cannot_cope", "worried"}
TRIED = {"tried", "no_change", "known"}  # reports on what was advised
SURE_KIND = 0.4
LEAST_KIND = 0.35  # confidence of a question's kind where the topic is sure
SURE_OF_CLAUSE = 0.8  # confidence of the kind of question that one clause asks
SAME_WORDS = 8  # characters in a row that two answers share: they say the same
LEAST_GUESS = 0.02  # confidence of an intent that may be meant instead of the likeliest
_ORDINAL = re.compile(
    r"第?(?P<number>[一二三四五六七八九十]|\d)(?:条|点|项|种|(?<=倒数第.)个)|(?P<last>最后(?:一|那)?(?:条|点|项|个))"
)
_OF_SEVERAL = re.compile(
    r"(?:说|讲|先|看|问|再)?(?:说|讲|看|问)?(?:第(?P<number>[一二三四五六七八九十]|\d)个?"
    r"|^(?P<bare>\d)(?=[说讲再那的先细展具怎呢])|(?P<last>后[面头边]?(?:那|一)?[个题件样]|最后[那一]?[个题件样]?|另(?:外)?一?[个题件样])"
    r"|(?P<first>前[面头边]?(?:那|一)?[个题件样]|头一?[个题件样]|最前[那一]?个))"
)
_THAT_POINT = re.compile(r"(?P<what>[^这那第,，。 ]{2,6}?)(?:的)?(?:那|这)(?:一)?[条点项块]")
# Topics that many words are near to: one of several requests only where it is named.
_IN_NAME_ONLY = {handoff.COMPLAINT, "security_advice", "prepare_for_support", "contact_support"}
_NUMBERS = {char: place for place, char in enumerate("一二三四五六七八九十", 1)}


def answer(turn: Turn, topic: Topic) -> None:
    """Answer a topic the customer asked about."""
    state = turn.state
    before = turn.topic(state.procedure) or turn.topic(state.topic)
    if topic.urgency == "urgent":
        danger.answer(turn, topic.name)
        return
    if state.danger is not None and topic.needs_human and topic.urgency == "high" and turn.sure:
        # 刚给他转了5000 after 我被骗了: the same danger goes on, there is no time for questions
        turn.say("emergency_handoff")
        handoff.hand_over(turn)
        return
    state.topic = topic.name
    state.pending = None
    asks_more = turn.names_itself and details.were_asked(turn, topic)
    if topic.needs_human and (_only_asks(turn) or asks_more):
        _ask_of(turn, topic)
    elif topic.needs_human:
        details.begin(turn, topic)
    elif topic.walkthrough == "at_once":
        state.collecting = None
        wanted = turn.entity("step_number") or ""
        at = int(wanted) if wanted.isdigit() and 1 <= int(wanted) <= len(topic.steps) else 0
        if topic.name != state.procedure and not at:
            turn.reply.say(topic.answer)
        if at and topic.name == state.procedure:
            procedures.jump(turn, at)
        else:
            procedures.start(turn, topic, at or 1)
    else:
        _plainly(turn, topic)
        if topic.name == "prepare_for_support" and before and before.prepare:
            turn.say("prepare_for", title=before.title, prepare=before.prepare)
        if topic.walkthrough == "offer":
            _offer_walk(turn, topic, "button_walk")
        if topic.offer_human:
            turn.offer_human(asked=False)
        if state.collecting is None:  # a question is open: offer nothing else
            procedures.way_back(turn)
            if not turn.also_asked(topic.name):  # the answer comes before related topics
                turn.offer_topics(topic.related)


_WANTS = re.compile(r"帮我|给我|我要")


def _only_asks(turn: Turn) -> bool:
    """Tell whether the message asks about a matter (一天最多转多少) and tells of no trouble."""
    asks = turn.names_itself and turn.has_word(turn.settings.question_words)
    reports = turn.acts.sum({"tells", "shows", "tried", "no_change", "not_found", "lacks"})
    wants = _WANTS.search(turn.plain) is not None
    asking = [clause for clause in turn.clauses if clause.asks] or [turn]
    trouble = any(clause.tells_trouble for clause in asking)
    return asks and reports < SURE_KIND and not (wants or trouble)


def _ask_of(turn: Turn, topic: Topic) -> None:
    """Answer a question about a matter that only a human can look into."""
    act, share = turn.acts.of(f"{topic.name}.", clauses=True)
    if share >= SURE_KIND and act.rpartition(".")[2] in topic.asked:
        asked(turn, topic.name, act.rpartition(".")[2])  # 我转错人了撒 咋个整嘛
        return
    kind, sure = turn.acts.best(turn.content.followups)
    if sure >= LEAST_KIND and kind in topic.followups:
        follow_up(turn, topic, kind)
        return
    values = {"asked": turn.quoted, "subject": topic.subject, "brief": topic.brief}
    turn.say("not_known_of", **values)
    turn.offer_human(asked=False)
    procedures.way_back(turn)


_PLAINLY = {"plain", "how", "explain", "what_is", "where", "not_found", "look_up"}


def _plainly(turn: Turn, topic: Topic) -> None:
    """Say a topic's answer; on repetition in other words."""
    if turn.state.danger is None:  # who is in danger is asked nothing else
        turn.reply.extra["about"] = topic.name
    if turn.is_button or not turn.said_lately(topic.answer):
        turn.reply.say(topic.answer)
        return
    shorter = topic.followups.get("explain") or topic.brief
    particular = turn.names_itself and turn.acts.sum(_PLAINLY) < SURE_KIND
    if particular and topic.brief and turn.state.danger is None:
        turn.say("not_known_about", asked=turn.quoted, subject=topic.subject, brief=topic.brief)
    elif shorter and not turn.said_lately(shorter):
        turn.reply.say(shorter)
    else:
        turn.say("nothing_more", title=topic.subject)
    turn.offer_human(asked=False)


def _offer_walk(turn: Turn, topic: Topic, button: str) -> None:
    turn.state.pending = f"walk:{topic.name}"
    turn.reply.button(turn.phrase(button), f'/affirm{{"walk": "{topic.name}"}}')


# --------------------------------------------------------------------------------------------
# What a question is about


def subject(turn: Turn, kind: str = "") -> Topic | None:
    """Return the topic that a kind of question is about: the one named, else the one at hand.

    那邮箱呢 names one; 那要几天 names none, whatever the classifier thinks of it; and 版本已经是
    最新的 names what was tried for the one at hand.
    """
    state = turn.state
    if kind in TRIED and (last := turn.topic(state.procedure) or turn.topic(state.topic)):
        return last
    at_hand = turn.topic(state.procedure) or turn.topic(state.topic)
    sure = turn.confidence() >= turn.settings.sure_above
    intended = turn.topic(turn.intent)
    named = [name for name in turn.named if turn.topic(name)]
    if turn.outside:
        return None
    if not named:
        return at_hand or (intended if sure else None)
    if at_hand is not None and at_hand.name == named[0]:
        return at_hand
    if intended is not None and (intended.name in named or sure):
        return intended
    if at_hand is not None and at_hand.name in named:
        return at_hand
    last = turn.topic(state.topic)
    if last is not None and last.name in named:
        return last
    return turn.topic(named[0])


def follow_up(turn: Turn, topic: Topic, kind: str) -> None:
    """Answer a kind of question about a topic: its own answer, else the honest one of the kind."""
    state = turn.state
    known = turn.content.followups[kind]
    if kind in {"how", "do_it_for_me"} and topic.steps and topic.name != state.procedure:
        answer(turn, topic)
        return
    new = topic.name not in {state.topic, state.procedure}
    state.topic = topic.name
    own = topic.followups.get(kind)
    if kind == "explain" and topic.name == state.procedure:
        turn.say("slowly")
        if own and not turn.said_lately(own):
            turn.reply.say(own)
        procedures.show(turn)
        return
    again = own is not None and turn.said_lately(own)
    if own and not again:
        turn.reply.say(saying.in_their_words(turn, own, kind))
        whole = kind in ANSWERED_ANYWAY - {"look_up"} or kind == "service_hours"
        besides = new and not whole and not topic.needs_human
        if besides and topic.brief and not _says_part_of(own, topic.brief):
            turn.reply.say(topic.brief)  # of what was not spoken of yet, the answer itself, too
    else:
        values: dict[str, Any] = {
            "subject": topic.subject,
            "brief": topic.brief or topic.answer,
            "title": topic.title,
        }
        turn.answer(known, **values)
    if topic.walkthrough == "at_once" and topic.name != state.procedure:
        turn.reply.button(topic.title, f"/{topic.name}")
    # What was said already has not helped.
    _around(turn, topic, offer=known.offer_human or topic.offer_human or own is None or again)


def _says_part_of(text: str, other: str) -> bool:
    """Tell whether a text says some of what another says, in the same words."""
    return any(other[at : at + SAME_WORDS] in text for at in range(len(other) - SAME_WORDS + 1))


def asked(turn: Turn, name: str, key: str, *, by_words: bool = False) -> None:
    """Answer one of the questions that a topic's file foresees, known by its act or `by_words`."""
    topic = turn.topic(name)
    if topic is None:
        fallback.not_understood(turn)
        return
    turn.state.topic = name
    own = topic.asked[key]
    turn.reply.say(own if by_words else saying.in_their_words(turn, own, f"{name}.{key}"))
    _around(turn, topic, offer=topic.offer_human or topic.needs_human)


def of_step(turn: Turn, topic: Topic, text: str) -> None:
    """Answer a question about a step of a procedure that has not begun, and offer to begin it."""
    turn.state.topic = topic.name
    turn.reply.say(text)
    _offer_walk(turn, topic, "button_walk")
    turn.offer_topics(topic.related[:2])


def _around(turn: Turn, topic: Topic, offer: bool) -> None:
    """Offer what follows from an answer given in the middle of something else."""
    if turn.state.collecting is not None:
        details.stay_open(turn)
        return
    if offer and turn.ticket() is None:
        turn.offer_human(asked=False)
    if procedures.active(turn):
        procedures.back_button(turn)
        turn.state.away = True
    else:
        turn.offer_topics(topic.related[:2])


def of_message(turn: Turn) -> None:
    """Answer what the affirmed part of the message asks (不用转人工，告诉我退款去哪看)."""
    topic = turn.topic(turn.intent)
    kind, sure = turn.acts.best(turn.content.followups, clauses=True)
    about = subject(turn)
    if about is not None and sure >= SURE_KIND and (topic is None or kind in about.followups):
        follow_up(turn, about, kind)
    elif topic is not None:
        answer(turn, topic)
    else:
        fallback.not_understood(turn)


# --------------------------------------------------------------------------------------------
# Several at once, and choosing among what was said


@dataclass(frozen=True)
class Asked:
    """One of several requests in a message: a topic, and the kind of question about it if any."""

    topic: str
    kind: str = ""


def asked_together(turn: Turn) -> list[Asked]:
    """Return the different things that the message surely asks, in its order."""
    found: list[Asked] = []
    before = ""
    if not turn.requests:
        return _kinds_asked(turn)
    for part in turn.requests:
        if facts.tells(turn, part["text"]):
            continue  # 交易记录看了: done, not asked
        if turn.state.danger and not turn.asks_in(normalize(part["text"])):
            continue  # 什么验证码，我没发过啊
        name, kind = part["name"], part.get("kind", "").rpartition(".")[2]
        known = kind in turn.content.followups and kind not in REPORTS
        kind = kind if known and part["sure"] >= SURE_KIND else ""
        unknown = turn.topic(name) is None and name != "human_handoff"
        if unknown or part["confidence"] < turn.settings.several_above:
            named = [each for each in named_topics(part["text"]) if turn.topic(each)]
            name = named[0] if named else before if kind else ""
        topic = turn.topic(name)
        if name in _IN_NAME_ONLY and name not in named_topics(part["text"]):
            continue  # a mood, a worry
        if name == "human_handoff" or (topic is not None and topic.urgency != "urgent"):
            before = name
            same = next((each for each in found if each.topic == name), None)
            if same is None:
                found.append(Asked(name, kind))
            elif kind and not same.kind:
                found[found.index(same)] = Asked(name, kind)
            elif kind and kind != same.kind:
                found.append(Asked(name, kind))
    return found


def _kinds_asked(turn: Turn) -> list[Asked]:
    """Return the different questions that clauses ask: 密码多久换 退款要几天."""
    about = next((topic for name in turn.named if (topic := turn.topic(name))), None)
    if about is None or about.urgency == "urgent":
        return []
    asked = []
    for clause in turn.clauses:
        likely = [one["name"] for one in clause.ranking if one["name"] in clause.named]
        own = turn.topic(next(iter(likely or clause.named), None))
        if own is not None and own.urgency == "urgent":
            return []
        about = own or about
        kind, share = clause.acts.top
        known = kind in turn.content.followups and kind not in REPORTS
        of_topic = own is not None or kind in about.followups
        if share >= SURE_OF_CLAUSE and known and of_topic:
            asked.append(Asked(about.name, kind))
    return list(dict.fromkeys(asked))


def several(turn: Turn, asked: list[Asked]) -> None:
    """Answer each in a sentence or two, in order; a human who is asked for is called last."""
    state = turn.state
    topics = [topic for each in asked if (topic := turn.topic(each.topic))]
    human = any(each.topic == "human_handoff" for each in asked)
    state.pending, state.collecting = None, None
    state.several = [topic.name for topic in topics]  # by the number of its line
    lines = []
    for topic, one in zip(topics, (each for each in asked if turn.topic(each.topic)), strict=True):
        own = topic.followups.get(one.kind)
        if own is None and one.kind and one.kind not in ANSWERED_ANYWAY:
            known = turn.content.followups[one.kind].wordings[0]
            values = {"subject": topic.subject, "brief": topic.brief, "title": topic.title}
            own = known.format_map({**turn.content.contacts, **values})
        text = own or topic.brief or topic.answer
        one_of = turn.phrase("one_of_several", title=topic.title, text=text)
        lines.append(one_of if len(set(state.several)) > 1 else text)
    if len(state.several) > 1:
        lines = [f"{place}. {line}" for place, line in enumerate(lines, 1)]
    turn.reply.say("\n".join(lines))
    # The subject of a complaint is the next question's subject.
    matters = [topic for topic in topics if topic.name != "complaint"] or topics
    state.topic = matters[0].name if matters else state.topic
    if human:
        handoff.hand_over(turn)
        return
    for topic in topics:
        turn.reply.button(topic.title, f"/{topic.name}")
    if any(topic.needs_human for topic in topics):
        turn.offer_human(asked=False)
    procedures.way_back(turn)


def shortly(turn: Turn, besides: str | None) -> None:
    """Add a sentence or two on each other topic that the message asks about."""
    for each in asked_together(turn):
        topic = turn.topic(each.topic)
        if topic is not None and topic.name != besides:
            text = topic.followups.get(each.kind) or topic.brief or topic.answer
            turn.say("one_of_several", title=topic.title, text=text)
            turn.reply.button(topic.title, f"/{topic.name}")


def chosen(turn: Turn) -> tuple[str, Callable[[], None]] | None:
    """Return what is picked, and how to answer: 第二条详细说说 (an item of the list just said),
    说第三个 or 先说密码的 (one of several)."""
    state = turn.state
    text = turn.plain
    if len(text) > 20:
        return None
    topic = turn.topic(state.topic)
    item = _ORDINAL.search(text)
    if item and topic is not None and topic.points and not procedures.active(turn):
        place = len(topic.points) if item["last"] else _number(item["number"])
        if "倒数" in text and not item["last"]:
            place = len(topic.points) - place + 1
        if 1 <= place <= len(topic.points):
            return f"{topic.name}: {place}", partial(_point, turn, topic, place)
    which = _THAT_POINT.search(text)
    for each in _listed(turn) if which else ():
        places = [
            place
            for place, point in enumerate(each.points, 1)
            if point.topic in turn.named or (which and which["what"] in normalize(point.text))
        ]
        if places:
            return f"{each.name}: {places[0]}", partial(_point, turn, each, places[0])
    if state.several:
        one = _OF_SEVERAL.search(normalize(turn.text, digits=True))
        if one is not None:
            said = "1" if one["first"] else one["number"] or one["bare"]
            place = _number(said) if said else len(state.several)
            if 1 <= place <= len(state.several):
                return _return_to(turn, state.several[place - 1])
        if turn.acts.sum({"go_on_other"}) >= 0.3:
            named = [name for name in named_topics(turn.text) if name in state.several]
            if turn.intent in state.several:
                named.insert(0, turn.intent)
            if named:
                return _return_to(turn, named[0])
        if _FIRST_THIS.search(text) and (name := _by_its_words(turn)):
            return _return_to(turn, name)
    return None


# 先唠水泵的, after 密码我忘了，还有退那个水泵的钱也没见着
_FIRST_THIS = re.compile(
    r"先.{0,2}(?:说|讲|唠|聊|看|弄|办|整|回|答|搞|解决)|[说讲唠聊](?:说|讲|下|一下)?.{1,6}(?:那个|那件|的事)?的?$"
)
_SHARED = 2  # characters that both messages have


def _by_its_words(turn: Turn) -> str | None:
    """Return which of several topics a word of the message before stands beside."""
    several = turn.state.several
    before = [normalize(part) for part in clauses(turn.said_before)]
    owners: dict[str, str] = {}
    for part in before:
        own = next((name for name in named_topics(part) if name in several), None)
        if own is not None and own not in owners.values():
            owners[part] = own
    left = iter([name for name in several if name not in owners.values()])
    for part in before:
        if part not in owners and len(part) > _SHARED:
            owners[part] = next(left, "")
    for start in range(len(turn.plain) - 1):
        word = turn.plain[start : start + _SHARED]
        hits = [owner for part, owner in owners.items() if word in part and owner]
        if len(hits) == 1 and word.isalpha() and "先" not in word:
            return hits[0]
    return None


def _listed(turn: Turn) -> list[Topic]:
    """Return the topics whose points the customer has read lately: the one at hand first."""
    if procedures.active(turn) is not None:
        return []
    at_hand = turn.topic(turn.state.topic)
    read = [
        topic
        for topic in turn.content.topics.values()
        if topic.points and topic is not at_hand and turn.said_lately(topic.answer)
    ]
    return [*([at_hand] if at_hand and at_hand.points else []), *read]


def _return_to(turn: Turn, name: str) -> tuple[str, Callable[[], None]] | None:
    topic = turn.topic(name)
    return (name, partial(answer, turn, topic)) if topic else None


def _number(said: str) -> int:
    return _NUMBERS.get(said) or int(said)


def _point(turn: Turn, topic: Topic, place: int) -> None:
    point = topic.points[place - 1]
    to = turn.topic(point.topic)
    turn.reply.say(to.answer if to else point.text)
    turn.offer_topics(to.related[:2] if to else topic.related[:2])
    if topic.walkthrough == "offer":
        _offer_walk(turn, topic, "button_walk")


# --------------------------------------------------------------------------------------------
# Besides


def after_stopping(turn: Turn) -> None:
    """Leave the procedure that is not wanted, and answer what is (我没忘密码，我要学安全那五项)."""
    procedures.stop(turn)
    of_message(turn)


def other_than(turn: Turn, denied: Topic) -> None:
    """Answer what stands after 不是…，是…, which is not what is denied, however alike they are."""
    others = [
        topic
        for one in turn.ranking
        if one["confidence"] >= LEAST_GUESS and (topic := turn.topic(one["name"]))
        if topic.name != denied.name and topic.urgency != "urgent"
    ]
    named = [topic for topic in others if topic.name in turn.named]
    if named:
        answer(turn, named[0])
    else:
        fallback.not_understood(turn)
        turn.offer_topics([topic.name for topic in others[:2]])


def instead_of_danger(turn: Turn) -> None:
    """Answer what a message is about whose words of danger tell of none (我没有被盗)."""
    guesses = [one["name"] for one in turn.ranking[1:4] if one["confidence"] >= LEAST_GUESS]
    topics = [topic for name in guesses if (topic := turn.topic(name))]
    named = [topic for topic in topics if topic.name in turn.named and topic.urgency != "urgent"]
    if turn.state.danger is not None:
        danger.more(turn)
    elif named:
        answer(turn, named[0])
    elif (meant := turn.acts.best(noticing.CALM[1:]))[1] >= SURE_KIND:
        asked(turn, *meant[0].split("."))
    elif fallback.tells_of_grief(turn):
        manners.answer(turn, "sad")
    elif not noticing.calm(turn) and turn.state.topic is None:
        danger.maybe(turn)
    elif not noticing.calm(turn):
        fallback.not_understood(turn)
    elif turn.ticket() is not None:
        fallback.told_while_waiting(turn)
    else:
        turn.say("no_danger")
        turn.offer_topics([topic.name for topic in topics if topic.urgency != "urgent"])


def to_human(turn: Turn) -> None:
    """Call the human; what else the message asks for is answered first."""
    known = turn.ticket()
    if known is not None and turn.acts.sum({"where_is_human"}) > turn.acts.sum({"wants_human"}):
        handoff.still_waiting(turn, known)
        return
    others = [each for each in asked_together(turn) if each.topic != "human_handoff"]
    asking = [
        part
        for part in turn.requests
        if part["name"] != "human_handoff" and turn.asks_in(normalize(part["text"]))
    ]
    if others and asking and len(turn.requests) > 1:
        several(turn, [*others, Asked("human_handoff")])
    else:
        handoff.hand_over(turn)


def offer_requests(turn: Turn, topic: Topic) -> bool:
    """Offer what the message asked for besides (怎么改密码？另外电话多少); tell whether it did."""
    others = turn.also_asked(topic.name)
    # A danger comes first; and a question that waits for its answer has the last word (the human
    # who is told all of it reads the message, too).
    if not others or topic.urgency == "urgent" or turn.state.collecting is not None:
        return False
    turn.say("also_asked")
    turn.offer_topics(others)
    return True


def offer_others(turn: Turn, topic: Topic) -> None:
    """Offer what else may have been meant, when the answer was not sure to be the right one."""
    if turn.is_button:
        return
    others = fallback.suggestions(turn.ranking, turn.content, answered=topic.name)
    others = [name for name in others if f"/{name}" not in turn.reply.payloads()]
    if others:
        turn.say("or_did_you_mean")
        turn.offer_topics(others)
