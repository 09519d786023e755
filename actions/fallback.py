"""What is said when the message was not understood, or is outside what the assistant knows."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from actions import despair, details, handoff, manners, noticing, procedures, rejected
from actions.turn import Turn
from content import Content, Topic
from nlu.intents import FALLBACK


def not_understood(turn: Turn) -> None:
    """Say honestly what is not known, naming it; or suggest what may have been meant."""
    state = turn.state
    if state.despair is not None:
        despair.again(turn)
        return
    if turn.denied and turn.named and (topic := turn.topic(turn.named[0])):
        from actions import answers

        answers.answer(turn, topic)  # 我可不是来退款的，我问的是充值
        return
    if procedures.active(turn) and procedures.find_trouble(turn):
        procedures.fail(turn)
        return
    ticket = turn.ticket()
    if (ticket is None or _asks(turn)) and (core := _core(turn)) is not None:
        from actions import answers

        answers.answer(turn, core)
        answers.offer_others(turn, core)
        return
    names: list[str] = []
    if ticket is not None:
        told_while_waiting(turn)
    elif state.topic is not None and (kept := details.told_alone(turn)) is not None:
        turn.say("detail_kept", title=kept.title)
        turn.offer_human()
    else:
        names = _miss(turn)
    if state.collecting is not None:
        names = []  # one question is open already
    procedures.way_back(turn, button=not names)
    if names:
        state.pending = "suggest"
        guess = _guess(turn, names)
        if guess is not None:
            turn.reply.paragraphs.clear()
            text = guess.brief or guess.answer
            turn.say("this_perhaps", title=guess.subject or guess.title, text=text)
        turn.say("or_these" if guess else "did_you_mean")
        turn.offer_topics(names)
        turn.reply.button(turn.phrase("button_none"), "/deny")
        procedures.back_button(turn)


def told_while_waiting(turn: Turn) -> None:
    """Keep a waiting customer's words for the human instead of guessing at them."""
    ticket = turn.ticket()
    if ticket is None:
        return
    if turn.has_word(turn.settings.queue_words):
        handoff.still_waiting(turn, ticket)
    elif turn.asks:
        turn.say("outside_but_noted", asked=turn.quoted, number=ticket.number)
        handoff.note(turn, ticket, aloud=False)
    else:
        handoff.note(turn, ticket)


TELLS = 0.5  # confidence that a message is a story whose point is still to come
SURE_CALM = 0.85  # confidence that words of danger describe none
CHAT = 0.5  # confidence that a message has nothing to do with a wallet


def _miss(turn: Turn) -> list[str]:
    """Say that there is no answer, naming what was asked; return what it may have meant."""
    state = turn.state
    state.misses += 1
    state.pending = None
    if not any(char.isalnum() for char in turn.plain):
        turn.say("no_words")
        turn.offer_topics(turn.settings.common_questions)
        return []
    if turn.acts.sum({"tells", "hold_on"}) >= TELLS and state.topic is None:
        turn.say("story_heard")
        return []
    asks = turn.has_word(turn.settings.question_words)
    if turn.acts.sum({"lacks"}) >= TELLS and not asks:
        turn.say("lacks_it")
        turn.offer_human(asked=False)
        return []
    calm = turn.acts.sum({noticing.HARMLESS})
    if _FEELS.search(turn.plain) and not asks and not turn.named:
        manners.answer(turn, "sad")
        return []
    if calm >= SURE_CALM and not turn.named and not re.search("[?？吗]|不$", turn.plain):
        if noticing.CALM_WORDS.search(turn.plain):
            turn.say("no_danger")
        else:
            manners.answer(turn, "chat")
        return []
    if not _asks(turn):
        about = _at_hand(turn)
        wrong = bool(turn.denied) or turn.scope.get("contrast") or rejected.says_so(turn)
        if about is None:
            turn.say("story_heard")
        elif wrong and not turn.state.danger:
            turn.say("misheard_about", brief=_once_more(turn, about))
        else:
            turn.say("heard_about", brief=_once_more(turn, about))
        if about is not None:
            turn.offer_human(asked=False)
        return []
    names = _may_have_meant(turn)
    again = state.misses >= turn.settings.misses_before_human
    about = _at_hand(turn)
    if turn.outside:
        outside(turn)
        return []
    if turn.acts.sum({"outside"}) >= CHAT:
        turn.say("outside_again" if again else "outside", asked=turn.quoted)
        names = []
    elif about is not None and not (names and turn.intent == FALLBACK):
        told = _said_last(turn, about)
        phrase = "not_known_again" if again else "not_known" if told else "not_known_about"
        turn.say(phrase, asked=turn.quoted, subject=about.subject, brief=about.brief)
        names = []
    elif names and not again:
        turn.say("not_sure", asked=turn.quoted)
        return names
    else:
        turn.say(
            "not_known_again" if again else "not_known", asked=turn.quoted, subject="", brief=""
        )
    turn.offer_human()
    return names


def _once_more(turn: Turn, about: Topic) -> str:
    """Return what is known of the topic in a sentence, unless it was said last."""
    return "" if _said_last(turn, about) else about.brief


def _said_last(turn: Turn, about: Topic) -> bool:
    return any(turn.said_last(each) for each in (about.brief, about.answer) if each)


def outside(turn: Turn) -> None:
    """Say that we know nothing about the thing that is named."""
    turn.state.misses += 1
    thing = turn.outside[0]
    text = turn.phrase(f"outside_{thing.kind}", thing=thing.name)
    again = turn.state.misses >= turn.settings.misses_before_human
    ticket = turn.ticket()
    if ticket is not None and thing.kind == "feature":
        handoff.note(turn, ticket, aloud=False)
        turn.say("outside_but_noted", asked=f"“{thing.name}”", number=ticket.number)
        return
    if turn.said_last(text):
        turn.say("outside_again")
    elif again and thing.kind == "life":
        turn.say("outside_life_again", thing=thing.name)
    else:
        turn.reply.say(text)
    turn.offer_human(asked=again or thing.kind == "feature")
    procedures.back_button(turn)


LEAST_GUESS = 0.15  # confidence of a topic that is answered tentatively


def _guess(turn: Turn, names: Sequence[str]) -> Topic | None:
    """Return the likeliest of the topics, where it is likely enough to be answered at once."""
    topic = turn.topic(names[0])
    likely = topic is not None and turn.confidence(topic.name) >= LEAST_GUESS
    if topic is None or not likely or topic.urgency == "urgent" or topic.needs_human:
        return None
    return None if turn.said_lately(topic.brief) else topic


_FEELS = re.compile(
    r"堵得慌|难受|委屈|憋屈|想哭|哭|崩溃|心烦|郁闷|闹心|骂我|挨骂|受气|心里(?:苦|慌|乱|难)|伤心|孤单|没意思|"
    r"输光|赌输|输(?:了|掉)(?:好几|[一二两三四五六七八九十百千万0-9])|(?:自己|都是)赌的|欠(?:了)?(?:一屁股|好多)?债"
)


def tells_of_grief(turn: Turn) -> bool:
    """Tell whether the customer tells how bad they feel, or of a loss nobody else caused."""
    return _FEELS.search(turn.plain) is not None and not turn.asks


_QUESTION = re.compile(
    r"[?？]|[吗么不没]$|^(?!.*(?:还没|没有|正在|还在|都在|可)).*呢$|[是对行的]吧$|(.)不\1|能.{0,6}不$|[几哪谁咋怎]|多[久少大长]|为何|凭什么"
)
_WISH = re.compile(
    r"想(?:要|问|办|知道|退|改|查|把|换|看|申请)|我要|要(?:求|退|改|查|办|申请|投诉)|帮|请(?:问|你|您|教)|"
    r"麻烦|给我|告诉我|教(?:我|教)|问(?:一下|下|个)|没(?:到|收|有反应|反应|成功|显示)|不(?:了|到|行|动|成功|见了|对劲)|"
    r"失败|错误|报错|不能|无法|打不开|卡住|扣了|少了|丢了|被(?:锁|封|冻|扣|拒|退)"
)
WISHES = 0.3  # confidence of an act that asks for something


def _asks(turn: Turn) -> bool:
    """Tell whether the message asks or wants something, rather than tells."""
    if turn.has_word(turn.settings.question_words) or _QUESTION.search(turn.plain):
        return True
    return bool(_WISH.search(turn.plain)) or turn.acts.sum({"plain"}) >= WISHES


LEAST_ALONE = 0.01  # confidence of the only topic that a question names
LEAST_CORE = 0.1  # confidence of a topic whose words the message has


def _core(turn: Turn) -> Topic | None:
    """Return the topic that a message names, and that is likely, whatever stands around it."""
    likely = {one["name"]: one["confidence"] for one in turn.ranking[:4]}
    alone = len(turn.named) == 1 and turn.has_word(turn.settings.question_words)
    least = LEAST_ALONE if alone else LEAST_CORE
    name = next((each for each in turn.named if likely.get(each, 0.0) >= least), None)
    topic = turn.topic(name)
    if topic is None or turn.outside or topic.urgency == "urgent":
        return None
    known = {turn.state.topic, turn.state.procedure}
    return None if topic.name in known else topic


def _at_hand(turn: Turn) -> Topic | None:
    return turn.topic(turn.state.procedure) or turn.topic(turn.state.topic)


def _may_have_meant(turn: Turn) -> list[str]:
    """Return topics for 您是不是想问; the way back to the procedure under way is offered anyway."""
    answered = turn.state.procedure
    asked = turn.also_asked(answered)
    likely = suggestions(turn.ranking, turn.content, answered)
    names = [name for name in dict.fromkeys([*asked, *likely]) if not _is_denied(turn, name)]
    return names[: turn.settings.suggestions]


def _is_denied(turn: Turn, name: str) -> bool:
    """Tell whether the message says that it is not this: no danger at all, when one is denied."""
    denied = {each["name"] for each in turn.denied}
    topics = [topic for each in denied if (topic := turn.topic(each))]
    danger = any(topic.urgency == "urgent" for topic in topics)
    topic = turn.topic(name)
    return name in denied or (danger and topic is not None and topic.urgency == "urgent")


def none_of_these(turn: Turn) -> None:
    """The customer refused every suggestion."""
    turn.state.misses += 1
    turn.say("none_of_these")
    turn.offer_human()
    procedures.way_back(turn)


def suggestions(
    ranking: Sequence[Mapping[str, Any]], content: Content, answered: str | None = None
) -> list[str]:
    """Return the intents worth suggesting, best first.

    Args:
        ranking: Rasa's `intent_ranking`, best first.
        content: whose topics can be suggested; its settings say from which confidence, how many.
        answered: the intent that is answered anyway; it is one of the many, and when it is sure
            enough nothing else is suggested.
    """
    settings = content.settings
    known = {*content.topics, "human_handoff"} - {answered}
    most = settings.suggestions
    if answered is not None:
        most -= 1
        if any(
            guess["name"] == answered and guess["confidence"] >= settings.sure_above
            for guess in ranking
        ):
            return []
    likely = [
        guess["name"] for guess in ranking if guess.get("confidence", 0) >= settings.suggest_above
    ]
    return [name for name in likely if name in known][:most]
