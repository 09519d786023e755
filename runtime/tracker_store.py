"""Rasa's tracker store, bounded: a turn costs the same on the first day and after a year.

Rasa's own stores keep every event for ever, read all of them for each message and hand all of them
to the policies and the action server. What was said stands in the desk's record; Rasa needs the
last few turns, as many as the policies look back (history.py), and the state before them: slots,
the active loop, whether the conversation is paused.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from typing import Any

from rasa.core.brokers.broker import EventBroker
from rasa.core.tracker_store import TrackerStore
from rasa.shared.core.constants import DEFAULT_SLOT_NAMES
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import (
    ActionExecuted,
    ActionExecutionRejected,
    ActiveLoop,
    ConversationPaused,
    Event,
    LoopInterrupted,
    SessionStarted,
    SlotSet,
    UserUttered,
    deserialise_events,
)
from rasa.shared.core.trackers import DialogueStateTracker

from desk.memory import Memory
from desk.services import AsyncMemory, open_services
from runtime.history import MOST, turns_needed

# `rasa interactive` writes stories of the whole conversation, and imports this.
INTERACTIVE = "rasa.core.training.interactive"


class RecentTrackerStore(TrackerStore):
    """Keeps the last turns and the state before them in the desk's database.

    endpoints.yml: `tracker_store: type: runtime.tracker_store.RecentTrackerStore`, optionally
    with `turns`, how many messages of the customer are kept; by default as many as the policies
    need.
    """

    def __init__(
        self,
        domain: Domain | None = None,
        event_broker: EventBroker | None = None,
        host: str | None = None,
        memory: Memory | None = None,
        turns: int | None = None,
        **settings: Any,
    ) -> None:
        """Open the store.

        Raises:
            HistoryError: a policy of config.yml looks back without a limit.
        """
        super().__init__(domain, event_broker, **settings)
        self._memory = AsyncMemory(memory) if memory else open_services().memory
        self._turns = turns or turns_needed()
        self._unread: set[str] = set()

    async def save(self, tracker: DialogueStateTracker) -> None:
        """Keep a conversation; events that were not there when it was read go to the broker.

        One that could not be read is new to Rasa: what is remembered of it stays as it is.
        """
        if tracker.sender_id in self._unread:
            return
        if self.event_broker is not None:
            await self.stream_events(tracker)
        earlier, recent = self._split(tracker)
        before = self._replay(tracker.sender_id, earlier)
        remembered = {
            "slots": {
                name: slot.value
                for name, slot in before.slots.items()
                if slot.value != slot.initial_value
            },
            "state": [event.as_dict() for event in _state_beside_slots(before)],
            "events": [event.as_dict() for event in recent],
        }
        for event in remembered["events"]:
            _shorten(event)
        await self._memory.keep(tracker.sender_id, remembered)
        tracker.known_events = len(tracker.events)

    async def retrieve(self, sender_id: str) -> DialogueStateTracker | None:
        """Return a conversation as it was saved; None if there is none."""
        self._unread.add(sender_id)
        remembered = await self._memory.get(sender_id)
        self._unread.discard(sender_id)
        if remembered is None:
            return None
        events = remembered["events"]
        begin = events[0]["timestamp"] if events else 0
        slots = [
            SlotSet(name, value, timestamp=begin).as_dict()
            for name, value in remembered["slots"].items()
        ]
        state = [{**event, "timestamp": begin} for event in remembered.get("state", ())]
        tracker = self._replay(sender_id, deserialise_events(slots + state + events))
        tracker.known_events = len(tracker.events)
        return tracker

    def _split(self, tracker: DialogueStateTracker) -> tuple[list[Event], list[Event]]:
        """Return the events that are no longer needed one by one, and those that are.

        Policies do not see a form's questions and answers, so that the messages before the form
        are among the last they see.
        """
        events = list(tracker.events)
        said = [place for place, event in enumerate(events) if isinstance(event, UserUttered)]
        if len(said) <= self._turns or INTERACTIVE in sys.modules:
            return [], events
        seen = {id(event) for event in tracker.applied_events()}
        needed = [place for place in said if id(events[place]) in seen][-self._turns :]
        first = min(said[-self._turns], *needed)
        if len(needed) < self._turns:  # the session is younger, or all of it is a form
            first = min(first, _begin(events))
        cut = max(first, said[-MOST] if len(said) >= MOST else 0)
        return events[:cut], events[cut:]

    def _replay(self, sender_id: str, events: Sequence[Event]) -> DialogueStateTracker:
        slots = self.domain.slots
        if all(slot.name in DEFAULT_SLOT_NAMES for slot in slots):
            slots = None  # any: `rasa export` knows no domain
        return DialogueStateTracker.from_events(sender_id, list(events), slots)

    async def stream_events(self, tracker: DialogueStateTracker) -> None:
        """Publish what happened since the conversation was read."""
        known = getattr(tracker, "known_events", 0)
        await self._stream_new_events(
            self.event_broker, list(tracker.events)[known:], tracker.sender_id
        )

    async def keys(self) -> Iterable[str]:
        """Return all conversations."""
        return await self._memory.conversations()


def _begin(events: Sequence[Event]) -> int:
    """Return the position of the last session's first event."""
    begins = [place for place, event in enumerate(events) if isinstance(event, SessionStarted)]
    return begins[-1] if begins else 0


def _state_beside_slots(tracker: DialogueStateTracker) -> list[Event]:
    """Return events that bring a tracker's last action, loop and pause back."""
    found: list[Event] = []
    if tracker.latest_action_name:
        found.append(ActionExecuted(tracker.latest_action_name))
    if tracker.active_loop and tracker.active_loop.name:
        found.append(ActiveLoop(tracker.active_loop.name))
        if tracker.active_loop.is_interrupted:
            found.append(LoopInterrupted(True))
        if tracker.active_loop.rejected:
            found.append(ActionExecutionRejected(tracker.active_loop.name))
    if tracker.is_paused():
        found.append(ConversationPaused())
    return found


def _shorten(event: dict[str, Any]) -> None:
    """Take out of an event what only its own turn needs."""
    parsed = event.get("parse_data")
    if parsed:
        event["parse_data"] = {
            name: parsed[name] for name in ("intent", "entities", "text") if name in parsed
        }
