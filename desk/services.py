"""Everything that lasts or is shared, as one object that is handed in.

The stores (desk/*.py) block; here each of their calls is awaited while a thread does it.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Concatenate

from content import Content, library
from desk.agents import Agents
from desk.conversations import Conversations
from desk.customers import Customers
from desk.database import Database, open_database
from desk.edits import Edits
from desk.feedback import Feedbacks
from desk.figures import Figures
from desk.learning import Learning
from desk.memory import Memory
from desk.pictures import DRAWING, Picture, PictureStore
from desk.profiles import Profiles
from desk.quota import Quotas
from desk.tickets import Desk
from desk.transcript import Transcript
from desk.unread import Unread
from desk.versions import Versions
from infra.settings import endpoint
from infra.state import MemoryState, State, open_state


class Threaded[Store]:
    """A store whose calls are awaited."""

    def __init__(self, store: Store) -> None:
        self._store = store


def threaded[Store, **P, R](
    method: Callable[Concatenate[Store, P], R],
) -> Callable[Concatenate[Threaded[Store], P], Coroutine[Any, Any, R]]:
    """Return a store's method as one that is awaited, with the same arguments and errors."""
    name = method.__name__

    async def call(self: Threaded[Store], /, *given: P.args, **named: P.kwargs) -> R:
        # Looked up by name: a test's store may replace it.
        found: R = await asyncio.to_thread(getattr(self._store, name), *given, **named)
        return found

    call.__name__, call.__doc__ = name, method.__doc__
    return call


class AsyncDesk(Threaded[Desk]):
    """Tickets and the queue; see `Desk`."""

    add_words = threaded(Desk.add_words)
    agent_said = threaded(Desk.agent_said)
    board = threaded(Desk.board)
    cancel = threaded(Desk.cancel)
    close = threaded(Desk.close)
    conclude = threaded(Desk.conclude)
    customer_said = threaded(Desk.customer_said)
    ended_before = threaded(Desk.ended_before)
    get = threaded(Desk.get)
    leave = threaded(Desk.leave)
    leave_phone = threaded(Desk.leave_phone)
    note = threaded(Desk.note)
    notes = threaded(Desk.notes)
    open_counts = threaded(Desk.open_counts)
    open_ticket_of = threaded(Desk.open_ticket_of)
    position = threaded(Desk.position)
    queue = threaded(Desk.queue)
    rate = threaded(Desk.rate)
    release = threaded(Desk.release)
    remind = threaded(Desk.remind)
    request = threaded(Desk.request)
    search = threaded(Desk.search)
    see = threaded(Desk.see)
    somebody_there = threaded(Desk.somebody_there)
    status = threaded(Desk.status)
    take = threaded(Desk.take)
    take_over = threaded(Desk.take_over)
    tickets = threaded(Desk.tickets)
    transfer = threaded(Desk.transfer)
    assign = threaded(Desk.assign)
    unwant = threaded(Desk.unwant)
    waiting = threaded(Desk.waiting)


class AsyncTranscript(Threaded[Transcript]):
    """The record of what was said; see `Transcript`."""

    add = threaded(Transcript.add)
    after = threaded(Transcript.after)
    at = threaded(Transcript.at)
    correct_picture = threaded(Transcript.correct_picture)
    delivered = threaded(Transcript.delivered)
    find = threaded(Transcript.find)
    last = threaded(Transcript.last)
    read_picture = threaded(Transcript.read_picture)
    recall = threaded(Transcript.recall)
    replies = threaded(Transcript.replies)
    seq_at = threaded(Transcript.seq_at)
    to_deliver = threaded(Transcript.to_deliver)
    unanswered = threaded(Transcript.unanswered)
    undelivered = threaded(Transcript.undelivered)
    waits = threaded(Transcript.waits)


class AsyncAgents(Threaded[Agents]):
    """Agents' accounts and the audit log; see `Agents`."""

    all = threaded(Agents.all)
    audit_log = threaded(Agents.audit_log)
    change = threaded(Agents.change)
    check = threaded(Agents.check)
    get = threaded(Agents.get)
    knows = threaded(Agents.knows)
    note = threaded(Agents.note)
    save = threaded(Agents.save)
    seen = threaded(Agents.seen)
    server_returned = threaded(Agents.server_returned)
    set_available = threaded(Agents.set_available)


class AsyncCustomers(Threaded[Customers]):
    """Everything that is stored of a customer; see `Customers`."""

    erase = threaded(Customers.erase)
    export = threaded(Customers.export)


class AsyncConversations(Threaded[Conversations]):
    """Conversations that the bot had alone; see `Conversations`."""

    messages = threaded(Conversations.messages)
    talks = threaded(Conversations.talks)


class AsyncFeedbacks(Threaded[Feedbacks]):
    """What customers say of the bot's answers; see `Feedbacks`."""

    give = threaded(Feedbacks.give)
    judged = threaded(Feedbacks.judged)


class AsyncFigures(Threaded[Figures]):
    """A day's figures, and labels; see `Figures`."""

    agents_csv = threaded(Figures.agents_csv)
    csv = threaded(Figures.csv)
    day = threaded(Figures.day)
    label = threaded(Figures.label)
    tickets_csv = threaded(Figures.tickets_csv)
    trend = threaded(Figures.trend)


class AsyncLearning(Threaded[Learning]):
    """What customers wrote that can be learnt from; see `Learning`."""

    forget_labels = threaded(Learning.forget_labels)
    groups = threaded(Learning.groups)
    leading = threaded(Learning.leading)


class AsyncMemory(Threaded[Memory]):
    """Rasa's memory of each conversation; see `Memory`."""

    conversations = threaded(Memory.conversations)
    get = threaded(Memory.get)
    keep = threaded(Memory.keep)


class AsyncPictures(Threaded[PictureStore]):
    """Customers' and agents' pictures; see `PictureStore`."""

    drop = threaded(PictureStore.drop)
    drop_originals = threaded(PictureStore.drop_originals)
    find = threaded(PictureStore.find)
    find_unread = threaded(PictureStore.find_unread)

    async def keep(self, conversation_id: str, data: bytes, unread: bool = False) -> Picture:
        """Store a picture; only a few are unpacked at a time.

        Raises:
            BadPicture: see `PictureStore.keep`.
        """
        loop = asyncio.get_running_loop()
        keep = self._store.keep
        return await loop.run_in_executor(DRAWING, keep, conversation_id, data, unread)


class AsyncProfiles(Threaded[Profiles]):
    """What the embedding app tells of its user; see `Profiles`."""

    of = threaded(Profiles.of)
    tell = threaded(Profiles.tell)


class AsyncQuotas(Threaded[Quotas]):
    """How many messages a platform still takes for a customer; see `Quotas`."""

    close = threaded(Quotas.close)
    of = threaded(Quotas.of)
    open = threaded(Quotas.open)
    spend = threaded(Quotas.spend)


class AsyncUnread(Threaded[Unread]):
    """The queue of pictures that are to be read; see `Unread`."""

    add = threaded(Unread.add)
    is_first = threaded(Unread.is_first)
    late = threaded(Unread.late)
    remove = threaded(Unread.remove)
    silence = threaded(Unread.silence)
    take_finished = threaded(Unread.take_finished)
    waits = threaded(Unread.waits)


@dataclass(frozen=True)
class Services:
    """What a channel, the console and the desk's clock work with.

    Args:
        desk, transcript, agents, conversations, customers, feedback, figures, learning, memory,
            pictures, profiles, quotas, unread: the stores.
        edits, versions: stores that block; the studio uses them from a thread, between steps at
            files.
        state: what several workers share for a while.
        clock: seconds since 1970.
    """

    desk: AsyncDesk
    transcript: AsyncTranscript
    agents: AsyncAgents
    conversations: AsyncConversations
    customers: AsyncCustomers
    edits: Edits
    feedback: AsyncFeedbacks
    figures: AsyncFigures
    learning: AsyncLearning
    memory: AsyncMemory
    pictures: AsyncPictures
    profiles: AsyncProfiles
    quotas: AsyncQuotas
    unread: AsyncUnread
    versions: Versions
    state: State
    clock: Callable[[], float] = time.time

    @classmethod
    def on(cls, database: Database, pictures: PictureStore, state: State | None = None) -> Services:
        """Return all of it on one database; without `state`, nothing is shared."""
        return cls(
            desk=AsyncDesk(Desk(database)),
            transcript=AsyncTranscript(Transcript(database)),
            agents=AsyncAgents(Agents(database)),
            conversations=AsyncConversations(Conversations(database)),
            customers=AsyncCustomers(Customers(database, pictures)),
            edits=Edits(database),
            feedback=AsyncFeedbacks(Feedbacks(database)),
            figures=AsyncFigures(Figures(database)),
            learning=AsyncLearning(Learning(database)),
            memory=AsyncMemory(Memory(database)),
            pictures=AsyncPictures(pictures),
            profiles=AsyncProfiles(Profiles(database)),
            quotas=AsyncQuotas(Quotas(database)),
            unread=AsyncUnread(Unread(database)),
            versions=Versions(database),
            state=state or MemoryState(),
        )

    @property
    def content(self) -> Content:
        """What the assistant says now; it changes when it is edited."""
        return library.current()


@lru_cache(maxsize=1)
def open_services() -> Services:
    """Return this process's services, where endpoints.yml says."""
    return Services.on(open_database(), PictureStore(Path(endpoint("pictures"))), open_state())
