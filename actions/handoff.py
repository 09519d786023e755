"""Hands the conversation to a human: a ticket for the desk, its number for the customer."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from actions import procedures
from actions.turn import CALLED, Turn
from content import Topic
from desk import Ticket, TicketRequest
from nlu.naming import named_topics
from nlu.text import normalize


def _subject(turn: Turn) -> Topic | None:
    """Return what the ticket is about: a danger, else what is under way, else the last topic."""
    danger = turn.content.danger.kinds.get(turn.state.danger or "")
    lasting = turn.topic(danger.topic if danger else turn.state.danger)
    if lasting is not None:
        return lasting
    known = [
        turn.topic(turn.state.collecting),
        procedures.active(turn),
        _told(turn),
        turn.topic(turn.state.matter),
        turn.topic(turn.state.topic),
    ]
    about = [topic for topic in known if topic is not None]
    # 投诉有个屁用，我问的是提现: whoever is angry still has a matter.
    return next((topic for topic in about if topic.name != COMPLAINT), next(iter(about), None))


COMPLAINT = "complaint"
SHORTEST_TOLD = 3  # characters of a clause that names no matter
LEAST_TOLD = 14  # characters of the customer's messages that tell a human something
NOTED = "noted"  # in State.no_more: how further words are kept was explained
LIKELY = 0.6  # confidence of a clause's topic to become the ticket's subject
_WHEN = re.compile(
    r"多久|多长时间|几[点天时分]|(?:什么|啥|哪)(?:时候|会儿|天)|好久|今天|明天|今晚|上班|下班"
)
_NOT_THAT = re.compile(r"怎么(?:写|变|归|登记)?(?:是|成|到|成了|写成|的)[^，。！？?,! ]*")
_WISHES = re.compile(
    r"(?:帮我|给我|请|麻烦|直接|快|那)?(?:转|找|叫)(?:个|一下)?(?:人工|真人|客服|人)(?:客服)?(?:吧)?"
)
_NO_MATTER = re.compile(r"^(?:contact_|prepare_for_support|human_handoff)")


def keep_matter(turn: Turn) -> None:
    """Keep what trouble was told of last; a question beside it (要准备身份证吗) is no matter."""
    topic = turn.topic(turn.state.topic)
    if topic is None or topic.urgency == "urgent" or _NO_MATTER.match(topic.name):
        return
    begun = turn.state.collecting == topic.name or turn.state.procedure == topic.name
    if turn.state.matter is None or turn.tells_trouble or begun:
        turn.state.matter = topic.name


def _told(turn: Turn) -> Topic | None:
    """Return what the message itself is about: 转人工 有笔退款卡住了."""
    # 行吧 转: a word of the wish tells of no matter.
    pieces = [piece for piece in turn.pieces if len(normalize(piece["text"])) > SHORTEST_TOLD]
    rankings = [piece["ranking"] for piece in pieces]
    if not turn.pieces and len(turn.plain) > SHORTEST_TOLD:
        rankings = [turn.ranking]
    likely = [
        ranking[0]["name"] for ranking in rankings if ranking and ranking[0]["confidence"] >= LIKELY
    ]
    names = [name for name in (*likely, *turn.named) if not _NO_MATTER.match(name)]
    return next((topic for name in names if (topic := turn.topic(name))), None)


def request(turn: Turn, urgency: str | None = None, category: str | None = None) -> Ticket:
    """Open the customer's ticket, or bring the open one up to date, with all that was told.

    Args:
        urgency, category: instead of those of the topic at hand.
    """
    state = turn.state
    procedure = procedures.active(turn)
    about = _subject(turn)
    return turn.desk.request(
        TicketRequest(
            conversation_id=turn.tracker.sender_id,
            channel=turn.tracker.get_latest_input_channel() or "unknown",
            topic=about.name if about else None,
            category=category or (about.category if about else turn.phrase("category_other")),
            urgency=urgency or (about.urgency if about else "normal"),
            words=tuple(state.words),
            procedure=procedure.name if procedure else None,
            step=state.step if procedure else None,
            details={name: value for name, value in state.details.items() if value},
        )
    )


def hand_over(turn: Turn) -> None:
    """Call a human for the customer, and say where their ticket stands."""
    state = turn.state
    procedure = procedures.active(turn)
    known = turn.ticket()
    ticket = request(turn)
    state.collecting, state.pending = None, "wait"
    state.no_more = [*(name for name in state.no_more if name not in {"human", CALLED}), CALLED]
    state.away = procedure is not None  # 继续 comes back to this step, now or after the human
    about_it = {"number": ticket.number, "category": ticket.category}
    if ticket.status == "waiting":
        place = turn.desk.position(ticket)
        turn.say("handoff_again" if known else "handoff", **about_it, place=place)
    else:
        turn.say("handoff_message_again" if known else "handoff_message", **about_it)
    if ticket.urgency == "urgent":
        turn.say("handoff_urgent")
    if not known:
        told = sum(map(len, state.words[:-1])) + len(_WISHES.sub("", turn.plain))
        has_told = bool(ticket.details) or told >= LEAST_TOLD
        turn.say("handoff_told" if has_told else "handoff_tell_more")
    procedures.back_button(turn)
    cancel_button(turn)


def still_waiting(turn: Turn, ticket: Ticket) -> None:
    """Tell a waiting customer their position."""
    if ticket.status == "waiting":
        _say_or_again(turn, "still_waiting", number=ticket.number, place=turn.desk.position(ticket))
    else:
        _say_or_again(turn, "still_a_message", number=ticket.number)
    turn.state.pending = "wait"
    cancel_button(turn)


def _say_or_again(turn: Turn, phrase: str, **values: Any) -> None:
    """Say it; on repetition apologise and name other ways to a human."""
    text = turn.phrase(phrase, **values)
    if turn.said_lately(text):
        turn.say("still_nobody", number=values["number"])
    else:
        turn.reply.say(text)


def note(turn: Turn, ticket: Ticket, aloud: bool = True) -> None:
    """Add what the customer wrote to the ticket, and say so unless not `aloud`."""
    if turn.text.strip():
        turn.desk.add_words(ticket, turn.text)
        if ticket.category == turn.phrase("category_other") and _told(turn) is not None:
            request(turn)  # now it is known what it is about
    turn.state.pending = "wait"
    if not aloud:
        return
    about_it = {"number": ticket.number, "told": turn.told_words}
    if NOTED in turn.state.no_more:
        turn.say("noted_more", **about_it)
    elif ticket.status == "waiting":
        turn.say("noted_on_ticket", **about_it, place=turn.desk.position(ticket))
    else:
        turn.say("noted_on_message", **about_it)
    turn.state.never_again(NOTED)


def correct(turn: Turn, ticket: Ticket) -> None:
    """怎么是实名认证, 登记错了: say sorry; the ticket gets the topic that the words name."""
    meant = next(
        (
            topic
            for name in named_topics(_NOT_THAT.sub("", turn.plain))
            if (topic := turn.topic(name))
            and topic.category != ticket.category
            and not _NO_MATTER.match(name)
        ),
        turn.topic(turn.state.matter),
    )
    turn.desk.add_words(ticket, turn.text)
    turn.state.pending = "wait"
    if meant is not None and meant.category != ticket.category:
        turn.state.topic = turn.state.matter = meant.name
        ticket = request(turn)
        turn.say("ticket_moved", number=ticket.number, category=ticket.category)
    else:
        turn.say("ticket_corrected", number=ticket.number, told=turn.told_words)
    cancel_button(turn)


def urged(turn: Turn, ticket: Ticket) -> None:
    """工单能不能加急: it cannot be hurried; that it was asked for is kept."""
    turn.desk.add_words(ticket, turn.text)
    turn.state.pending = "wait"
    _say_or_again(turn, "urge_noted", number=ticket.number)
    cancel_button(turn)


def refused(turn: Turn, rest: Callable[[], None] | None) -> None:
    """The customer wants no human: none is called, and an open ticket is taken back.

    Args:
        rest: answers what else the message asks for, if it does.
    """
    turn.state.collecting = turn.state.pending = None
    turn.state.never_again("human")
    ticket = turn.ticket()
    if ticket is not None and ticket.status != "with_agent":
        cancel(turn, ticket)
    elif rest is None:
        turn.say("no_human_then")
        procedures.way_back(turn)
    if rest is not None:
        rest()


def confirm_needed(turn: Turn) -> None:
    """那就是要人工是吧: yes, and where that stands."""
    ticket = turn.ticket()
    if ticket is not None:
        turn.say("human_needed_noted", number=ticket.number)
        return
    turn.say("human_needed")
    turn.offer_human()


def asked_how_long(turn: Turn) -> None:
    """Say that the waiting time is unknown, and offer a human; opens no ticket."""
    turn.say("wait_unknown")
    turn.offer_human()
    procedures.back_button(turn)


def asked_about(turn: Turn, act: str) -> None:
    """Answer a question about the human, the ticket or the desk; opens no ticket."""
    ticket = turn.ticket()
    if act == "about_human" and ticket is not None:
        turn.desk.add_words(ticket, turn.text)
        turn.say("outside_but_noted", asked=turn.quoted, number=ticket.number)
    elif act == "about_human":
        turn.say("about_human", asked=turn.quoted)
        turn.offer_human(asked=False)
    elif act == "is_it_noted" and ticket is not None:
        turn.say("noted_already", number=ticket.number)
        turn.state.pending = "wait"
        cancel_button(turn)
    elif ticket is None:
        turn.say("no_ticket" if act == "ticket_number" else "no_human_called")
        turn.offer_human()
    elif ticket.status != "waiting" and (act == "where_in_queue" or _WHEN.search(turn.plain)):
        _say_or_again(turn, "queue_unknown", number=ticket.number)
        turn.state.pending = "wait"
        cancel_button(turn)
    else:
        still_waiting(turn, ticket)


def open_all_day(turn: Turn) -> None:
    """不是说24小时吗: that was said of the hotline."""
    ticket = turn.ticket()
    if ticket is None:
        turn.say("all_day")
        turn.offer_human(asked=False)
    else:
        turn.say("all_day_waiting", number=ticket.number)
        turn.state.pending = "wait"
        cancel_button(turn)


def reply_here(turn: Turn) -> None:
    """Say where the human's answer will be seen."""
    ticket = turn.ticket()
    if ticket is None:
        asked_about(turn, "where_is_human")
        return
    turn.say("reply_here", number=ticket.number)
    turn.state.pending = "wait"
    cancel_button(turn)


def cancel(turn: Turn, ticket: Ticket) -> None:
    """Take the customer's ticket back."""
    turn.state.pending = None
    turn.state.no_more = [name for name in turn.state.no_more if name not in {CALLED, NOTED}]
    turn.desk.cancel(ticket)
    turn.say("handoff_cancelled", number=ticket.number)
    procedures.way_back(turn)


def cancel_button(turn: Turn) -> None:
    """Offer not to wait any longer."""
    turn.reply.button(turn.phrase("button_cancel_wait"), '/stop_procedure{"wait": "human"}')
