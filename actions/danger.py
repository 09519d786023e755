"""A danger to money or account: a state that lasts until it is over, in words or by a human."""

from __future__ import annotations

import re
from collections.abc import Mapping

from actions import handoff, procedures
from actions.acts import DANGERS
from actions.turn import Turn
from content import Answer

SURE = 0.5  # from which an act or an intent counts as a danger told
HARMLESS = "harmless"
SURE_CLAUSE = 0.75  # of a clause among others
CALM = (HARMLESS, "payment_problem.charged_twice", "transfer.wrong_person")
SURE_ALONE = 0.6  # where the intent is none
SURE_MIDST = 0.75  # in the middle of another matter
AGAINST = 0.85  # where the intent is surely another
LEAST_FOLLOW = 0.4  # of what is asked while a danger lasts
AGREES = 0.15  # least share of the dangers among the acts for an urgent intent to be believed
LEAST_KIND = 0.3  # of the likeliest danger: many unlikely ones make none
FIRM = 0.9  # of the intent and of a clause, which no harmless look of the whole outweighs
SURE_KIND = 0.45  # of the kind of a fraud, to answer this kind's scene
LEAST_STORY = 12  # characters of a message that only sounds like a fraud
LEAST = 5  # characters of such a clause


def name_share(acts: Mapping[str, float]) -> float:
    """Return how surely acts with these shares tell of any danger."""
    return sum(acts.get(act, 0.0) for act in DANGERS)


def topic_of(turn: Turn, kind: str | None) -> str | None:
    """Return the urgent topic of a kind of danger (or of the topic itself)."""
    answer = turn.content.danger.kinds.get(kind or "")
    return answer.topic if answer else kind


def told(turn: Turn) -> tuple[str, float] | None:
    """Return the danger that the message tells of, and how surely; None when it tells of none.

    The danger that lasts already is told again only as another kind: more of the same is a
    follow-up.
    """
    if procedures.titled(turn) is not None:
        return None  # what stands on a button of the step is its trouble
    denied = _denies(turn) and not turn.alarms  # of which what is affirmed may tell
    if turn.scope.get("supposed") or turn.scope.get("calm") or denied:
        return None
    kind, best = turn.acts.best(DANGERS)
    share = turn.acts.sum(DANGERS)
    walked = procedures.active(turn)
    if walked is not None and not turn.alarms:
        own = {act for act in turn.acts.whole if act.startswith(f"{walked.name}.")}
        if turn.acts.sum(own) >= share:
            return None  # 码我填进去了, on the page that asks for it
    for clause, acts in turn.acts.clauses:  # 早上逛街，我手机被偷了，密码也忘了
        name = max(DANGERS, key=lambda each: acts.get(each, 0.0))
        if (
            len(clause) >= LEAST
            and acts.get(name, 0.0) >= SURE_CLAUSE
            and name_share(acts) > share
            and best < SURE_ALONE
        ):
            kind, best, share = name, acts[name], name_share(acts)
        elif (
            len(clause) >= LEAST - 1
            and share >= SURE
            and best < SURE_ALONE
            and acts.get(name, 0.0) > best
        ):
            kind, best = name, acts[name]  # 手机丢了，怕钱被转走
    harmless = turn.acts.sum(CALM)
    topic = turn.topic(turn.intent)
    urgent = turn.confidence() if topic is not None and topic.urgency == "urgent" else 0.0
    plain = urgent >= FIRM and any(name_share(acts) >= FIRM for _, acts in turn.acts.clauses)
    if harmless > max(share, 0.5) and not turn.alarms and not plain:
        return None
    if plain:  # 我被骗了，对方装成老师让我转学费
        surest = max((acts for _, acts in turn.acts.clauses), key=name_share)
        kind = max(DANGERS, key=lambda each: surest.get(each, 0.0))
        share, best, harmless = name_share(surest), surest.get(kind, 0.0), 0.0
    believed = urgent >= turn.settings.sure_above or bool(turn.alarms)
    agrees = bool(turn.alarms) or share >= AGREES
    sure = max(share, urgent if believed and agrees and harmless < SURE else 0.0)
    if best < LEAST_KIND and not believed:
        return None
    if sure < _least(turn, urgent):
        return None
    if best < 0.25 and topic is not None and urgent:
        kind = topic.name
    elif best < SURE_KIND and kind.startswith("scam_"):
        kind = "scam_general"  # a fraud it is; what one does is the same for all of them
    lasts = turn.state.danger is not None
    if lasts and (turn.acts.of("d_")[1] >= 0.4 or best < SURE or _same(turn, kind)):
        return None
    return kind, sure


def _least(turn: Turn, urgent: float) -> float:
    """Return how sure a danger must be: less where the words or the intent say so, too."""
    if urgent >= LEAST_KIND or turn.alarms or turn.scope.get("quoted"):
        return SURE
    topic = turn.topic(turn.intent)
    if topic is not None and turn.sure:
        return AGAINST
    return SURE_ALONE if turn.state.topic is None else SURE_MIDST


def _same(turn: Turn, kind: str) -> bool:
    at_hand = turn.state.danger or ""
    return kind == at_hand or kind == "scam_general" or topic_of(turn, at_hand) == kind


def _denies(turn: Turn) -> bool:
    """Tell whether all that the message says is denied, or set against what is denied."""
    if not turn.denied:
        return False
    return not turn.affirmed or bool(turn.scope.get("contrast"))


def calm(turn: Turn) -> bool:
    """Tell whether the message has a danger's words and tells of none."""
    harmless = 0.0 if turn.alarms else turn.acts.sum(CALM)
    return (
        bool(turn.scope.get("calm")) or _denies(turn) or harmless > max(turn.acts.sum(DANGERS), 0.5)
    )


def supposed(turn: Turn) -> tuple[str, float]:
    """Return the danger that the customer only supposes (如果手机丢了怎么办)."""
    if not turn.scope.get("supposed"):
        return "", 0.0
    kind, _ = turn.acts.best(DANGERS, clauses=True)
    return kind, turn.acts.sum({*DANGERS, HARMLESS}, clauses=True)


def answer(turn: Turn, kind: str) -> None:
    """Say what to do with this danger, before anything else, and offer a human at once."""
    state = turn.state
    again = state.danger is not None
    state.danger, state.topic, state.collecting = kind, topic_of(turn, kind), None
    known = turn.content.danger.kinds.get(kind)
    topic = turn.topic(state.topic)
    if known is not None:
        turn.answer(known)
    elif topic is not None:
        turn.reply.say(topic.answer)
    if turn.ticket() is not None or turn.acts.sum({"wants_human"}, clauses=True) >= SURE:
        handoff.hand_over(turn)
        return
    turn.say("emergency_noted" if again else "emergency_human")
    turn.offer_human()
    if topic is not None:
        turn.offer_topics(topic.related)
    if procedures.active(turn):
        state.away = True
        procedures.back_button(turn)


# Which of a danger's own answers (`talk` in danger.yml) fits an act.
TALK = {
    "d_should_i": "should_i",
    "may_i": "should_i",
    "which": "should_i",
    "what_if": "what_if",
    "why": "what_if",
    "is_safe": "what_if",
    "d_how_happened": "what_if",
    "d_threat": "if_not",
    "d_if_not": "if_not",
    "d_proof": "proof",
    "d_what_can_he": "what_if",
    "d_legal_guilt": "guilt",
    "real": "proof",
    "d_once": "proof",
    "angry": "guilt",
    "sad": "guilt",
}


# Words without which an act is not believed: 挂失 is no hanging up.
_NEEDS = {"d_on_the_line": re.compile(r"挂(?!失)|电话|打来|催|视频|通话|会议|语音|在线|占线")}


_MORE_GONE = re.compile(
    r"又(?:少|扣|转走|被转|被刷|刷|没)了|又(?:出去|来)了?一?笔|还在(?:扣|转|刷|往外)"
)


def likeliest(turn: Turn) -> tuple[str, float]:
    """Return what is most surely asked or told of the danger that lasts."""
    if _MORE_GONE.search(turn.plain):
        return "d_more_gone", 0.95
    found = [turn.acts.whole, *(acts for _, acts in turn.acts.clauses)]
    kind = turn.content.danger.kinds.get(turn.state.danger or "")
    never = kind.never if kind else ()
    for place, ranking in enumerate(found):
        for act, share in ranking.items():
            needs = _NEEDS.get(act)
            if not act.startswith("d_") or act in never or (needs and not needs.search(turn.plain)):
                continue
            if share >= LEAST_FOLLOW or place == len(found) - 1:
                return act, share
            break
    return "", 0.0


def follow_up(turn: Turn, act: str) -> None:
    """Answer what people ask and tell while a danger lasts: first of this very danger."""
    known = turn.content.danger.followups.get(act)
    own = _talk(turn, TALK.get(act, ""))
    if own:
        turn.reply.say(own)
        _on(turn, known or turn.content.danger.more)
    elif known is None:
        more(turn)
    else:
        turn.answer(known)
        _on(turn, known)


def more(turn: Turn) -> None:
    """Whatever else is said in danger: kept for the human, the most important once more."""
    own = _talk(turn, "other")
    if own:
        turn.reply.say(own)
    else:
        turn.answer(turn.content.danger.more)
    _on(turn, turn.content.danger.more)


def _talk(turn: Turn, key: str) -> str:
    """Return the answer of this danger that was not said lately; empty when there is none."""
    kind = turn.content.danger.kinds.get(turn.state.danger or "")
    text = kind.talk.get(key, "") if kind else ""
    return "" if turn.said_lately(text) else text


def _on(turn: Turn, known: Answer) -> None:
    ticket = turn.ticket()
    if ticket is not None:
        handoff.note(turn, ticket, aloud=False)
    elif known.ticket:
        handoff.hand_over(turn)
    else:
        turn.offer_human()
        procedures.back_button(turn)


def over(turn: Turn) -> None:
    """The customer says that it was nothing, or is over."""
    turn.state.danger = turn.state.pending = None
    turn.answer(turn.content.danger.followups["d_over"])
    ticket = turn.ticket()
    if ticket is not None:
        handoff.note(turn, ticket, aloud=False)
        handoff.cancel_button(turn)
    procedures.back_button(turn)


def spared(turn: Turn) -> float:
    """Return how surely the customer tells of a fraud that they did not fall for (没理他, 挂了)."""
    if turn.state.danger is not None or turn.alarms:
        return 0.0
    return turn.acts.unweighed({"d_not_yet"}, clauses=True) if turn.acts.clauses else 0.0


def praise(turn: Turn) -> None:
    """Say that they did well, and what is left to look at."""
    turn.answer(turn.content.danger.followups["d_not_yet"])
    turn.offer_topics(["suspected_scam", "security_advice"])


def maybe(turn: Turn) -> None:
    """It sounds like a fraud: what never hurts, and the question that tells."""
    turn.answer(turn.content.danger.maybe)
    turn.offer_human(asked=False)
    turn.offer_topics(["suspected_scam"])


def sounds(turn: Turn) -> float:
    """Return how much the message sounds like a fraud, where it is not sure to be one."""
    if turn.scope.get("supposed") or turn.scope.get("calm") or _denies(turn):
        return 0.0
    likely = turn.acts.sum(DANGERS)
    topic = turn.topic(turn.intent)
    if len(turn.plain) < LEAST_STORY:
        return 0.0
    if topic is not None and topic.urgency != "urgent" and turn.confidence() >= LEAST_KIND:
        return 0.0
    if topic is not None and topic.urgency == "urgent":
        likely = max(likely, turn.confidence())
    return likely if likely > turn.acts.sum(CALM) else 0.0


# What takes an alarm back: not what happened, but that it did not.
_NOT_SO = re.compile(
    r"(?:手机|卡|钱包|号|账号|账户|密码)?(?:就|还|都|好好)?在我?(?:手里|手上|身边|兜里|这儿)|"
    r"没(?:有)?(?:人)?(?:丢|被?骗|被?盗|被?偷|出事|骗子|坏人|诈骗)|"
    r"不是(?:被)?(?:骗|盗|偷|丢|骗子|诈骗|盗刷)|(?:哪来|哪有|什么|啥)(?:的)?(?:骗子|诈骗|坏人)|拉黑谁|"
    r"(?:就是|只是)(?:小孩|孩子|我自己|打不开|点不开|没反应|登不上|慢)"
)
_STILL_HIT = re.compile(r"(?<!是)(?:被骗了|骗走|盗刷|被盗了|少了|没了|转走)")


def denied_in_words(turn: Turn) -> bool:
    """Tell whether the customer says that there is no such danger."""
    said = _NOT_SO.search(turn.plain) is not None or _denies(turn)
    return said and _STILL_HIT.search(turn.affirmed) is None


def mistaken(turn: Turn) -> None:
    """Take the alarm back, say sorry, and ask or answer what it is about."""
    state = turn.state
    state.danger = state.pending = None
    turn.say("alarm_taken_back")
    ticket = turn.ticket()
    if ticket is not None and ticket.status != "with_agent":
        handoff.note(turn, ticket, aloud=False)
        handoff.cancel_button(turn)
    names = [name for name in turn.named if (topic := turn.topic(name)) and not topic.needs_human]
    turn.offer_topics(names[:2])
    turn.offer_human(asked=False)
    procedures.back_button(turn)


def misheard(turn: Turn) -> None:
    """你听没听懂: say sorry and call the human, who will understand."""
    turn.say("sorry_misheard")
    more(turn)


def suppose(turn: Turn, kind: str) -> None:
    """Say calmly what one would do."""
    turn.answer(turn.content.danger.hypothetical)
    topic = turn.topic(topic_of(turn, kind))
    if topic is not None:
        turn.offer_topics([topic.name, "security_advice"])
