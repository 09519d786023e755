"""What must be true of every customer's record after faults, checked against what was sent."""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from content import library
from desk import reply_key

Message = dict[str, Any]  # as the chat page reads it: id, seq, from, text, ...
# The places of what ends the waiting. Of several messages of one turn the first stands for all.
ANSWERS = ("0", "apology", "failed", "rated")
MARK = re.compile(r"zz[a-z]{5}")
TICKET = re.compile(r"K\d{6}")


@dataclass
class Sent:
    """A message of a customer or a sentence of an agent, and what became of it.

    `answers`: ids of what the acknowledgement brought with it; `meanwhile`: keys of what the same
    customer sent after it, while it had to be sent again.
    """

    key: str
    acknowledged: bool = False
    answers: list[str] = field(default_factory=list)
    meanwhile: list[str] = field(default_factory=list)


@dataclass
class Talk:
    """One customer: what was sent and seen.

    `record` and `pushed` are what the page reads, from the record and by the stream; `to_customer`
    what agents wrote to them, by ticket; `tickets` the final status by the number the customer was
    told, None when no such ticket is there.
    """

    mark: str
    sent: list[Sent] = field(default_factory=list)
    record: list[Message] = field(default_factory=list)
    pushed: list[Message] = field(default_factory=list)
    to_customer: dict[int, list[Sent]] = field(default_factory=dict)
    tickets: dict[str, str | None] = field(default_factory=dict)


@dataclass
class Faults:
    """What is wrong, in words, by kind."""

    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    disordered: list[str] = field(default_factory=list)
    unanswered: list[str] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)
    handoffs_lost: list[str] = field(default_factory=list)
    not_pushed: list[str] = field(default_factory=list)

    def add(self, more: Faults) -> None:
        for name, found in vars(more).items():
            getattr(self, name).extend(found)


def examine(talk: Talk) -> Faults:
    """Compare a customer's record with what was sent; return what is wrong."""
    faults = Faults()
    ids = [message["id"] for message in talk.record]
    places = {key: place for place, key in enumerate(ids)}
    mine = [(message["id"], message["from"]) for message in talk.record]
    faults.doubled += [f"{key} in the record {n} times" for key, n in Counter(ids).items() if n > 1]
    # Two agents of one ticket, which went from one to the other, have no order between them here.
    everything = [("of the customer", talk.sent)] + [
        (f"of the agent, ticket {ticket}", list(by_one))
        for ticket, said in talk.to_customer.items()
        for _, by_one in itertools.groupby(said, lambda each: each.key.rsplit("-", 2)[0])
    ]
    for who, sent in everything:
        kept = [each.key for each in sent if each.acknowledged]
        faults.lost += [f"{key} {who} was acknowledged" for key in kept if key not in places]
        found = [key for key in kept if key in places]
        faults.disordered += [
            f"{later} {who} stands before {earlier}"
            for earlier, later in itertools.pairwise(found)
            if places[later] < places[earlier]
        ]
    known = {each.key for _, sent in everything for each in sent}
    faults.foreign += [
        f"{key} in the record of {talk.mark}, who never sent it"
        for key, author in mine
        if author in {"customer", "agent"} and key not in known
    ]
    faults.foreign += foreign(talk.mark, [*talk.record, *talk.pushed])
    for each in talk.sent:
        answers = _answers(each.key, [*ids, *each.answers])
        if len({key for key in answers if key in places}) > 1:
            faults.doubled.append(f"{each.key} was answered {len(answers)} times")
        expected = each.acknowledged or each.key in places
        if expected and not answers and not _heard_by_agent(talk.record, each, places):
            around = talk.record[max(places.get(each.key, 0) - 3, 0) :][:12]
            told = ", ".join(f"{one['from']} {one['id']}" for one in around)
            faults.unanswered.append(
                f"{each.key} was neither answered nor apologised for, among {told}"
            )
    faults.handoffs_lost += _lost_tickets(talk)
    faults.not_pushed += [f"{key} was not pushed" for key in not_pushed(talk)]
    pushed = [message["id"] for message in talk.pushed]
    faults.doubled += [f"{key} pushed {n} times" for key, n in Counter(pushed).items() if n > 1]
    numbers = [message["seq"] for message in talk.pushed]
    if numbers != sorted(numbers):
        faults.disordered.append(f"what was pushed to {talk.mark}")
    return faults


def unfinished(talk: Talk) -> bool:
    """Tell whether something that is owed may still come by itself."""
    faults = examine(talk)
    return bool(faults.unanswered or faults.not_pushed or faults.lost)


def not_pushed(talk: Talk) -> list[str]:
    """Return what stands in the record and never came by the stream."""
    pushed = {message["id"] for message in talk.pushed}
    return [message["id"] for message in talk.record if message["id"] not in pushed]


def foreign(mark: str, messages: Iterable[Message]) -> list[str]:
    """Return messages that hold another customer's mark."""
    return [
        f"{mark} sees {message['id']}: {message['text']}"
        for message in messages
        if set(MARK.findall(f"{message['id']} {message['text']}")) - {mark}
    ]


def same_as_agents_see(talk: Talk, seen: Sequence[Message]) -> list[str]:
    """Return what an agent's look at the ticket lacks, or has in another order, of the record."""
    agents = [message["id"] for message in seen]
    theirs = [message["id"] for message in talk.record][-len(agents) :] if agents else []
    return [] if agents == theirs else [f"agents see another record of {talk.mark}"]


def _answers(key: str, ids: Iterable[str]) -> list[str]:
    """Return the answers to a message among some ids; there must be one."""
    return sorted({reply_key(key, place) for place in ANSWERS} & set(ids))


def _heard_by_agent(record: Sequence[Message], sent: Sent, places: Mapping[str, int]) -> bool:
    """Tell whether an agent was there when a message was recorded, or came before its answer."""
    place = places.get(sent.key)
    if place is None:
        return False
    say = library.current().say
    joined = re.compile(re.escape(say("agent_joined", agent="@")).replace("@", ".+"))
    ends = tuple(say(name) for name in ("closed", "closed_idle", "agent_left", "agent_transfers"))
    there = False
    for message in record[:place]:
        if message["from"] == "system" and joined.fullmatch(message["text"]):
            there = True
        elif message["from"] == "system" and message["text"].startswith(ends):
            there = False
    if there:
        return True
    later = {
        reply_key(message["id"], answer)
        for message in record[place + 1 :]
        # After a restart the one that is sent again first is answered first.
        if message["from"] == "customer" and message["id"] not in sent.meanwhile
        for answer in ANSWERS
    }
    for message in record[place + 1 :]:
        if message["id"] in later:  # the bot had this one, too, then, and said nothing
            return False
        if message["from"] == "system" and joined.fullmatch(message["text"]):
            return True
    return False


def _lost_tickets(talk: Talk) -> list[str]:
    say = library.current().say
    ends = tuple(say(name) for name in ("closed", "closed_idle"))
    farewells = sum(
        message["from"] == "system" and message["text"].startswith(ends) for message in talk.record
    )
    lost = [
        f"ticket {number} of {talk.mark} is {status or 'not there'}"
        for number, status in talk.tickets.items()
        if status not in {"waiting", "with_agent", "left_message", "closed"}
    ]
    closed = sum(status == "closed" for status in talk.tickets.values())
    if closed > farewells:
        lost.append(f"{closed} tickets of {talk.mark} are closed, with {farewells} farewells")
    return lost
