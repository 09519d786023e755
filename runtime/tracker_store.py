"""Rasa's tracker store, bounded: a turn costs the same on the first day and after a year.

Rasa's own stores keep every event for ever, read all of them for each message and hand all of them
to the policies and the action server. What was said stands in the desk's record; Rasa needs the
slots and the last few turns.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from rasa.core.brokers.broker import EventBroker
from rasa.core.tracker_store import TrackerStore
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import Event, SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from desk.memory import Memory
from desk.services import AsyncMemory, open_services

TURNS = 2  # of the customer's; rules look at one, 再说一遍 at what was said before it


class RecentTrackerStore(TrackerStore):
    """Keeps slots and the last turns in the desk's database.

    endpoints.yml: `tracker_store: type: runtime.tracker_store.RecentTrackerStore`.
    """

    def __init__(
        self,
        domain: Domain | None = None,
        event_broker: EventBroker | None = None,
        host: str | None = None,
        memory: Memory | None = None,
        **settings: Any,
    ) -> None:
        super().__init__(domain, event_broker, **settings)
        self._memory = AsyncMemory(memory) if memory else open_services().memory
        self._unread: set[str] = set()

    async def save(self, tracker: DialogueStateTracker) -> None:
        """Keep a conversation; events that were not there when it was read go to the broker.

        One that could not be read is new to Rasa: what is remembered of it stays as it is.
        """
        if tracker.sender_id in self._unread:
            return
        if self.event_broker is not None:
            await self.stream_events(tracker)
        events = _recent(list(tracker.events))
        remembered = {
            "slots": {
                name: slot.value
                for name, slot in tracker.slots.items()
                if slot.value != slot.initial_value
            },
            "events": [event.as_dict() for event in events],
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
        tracker = DialogueStateTracker.from_dict(sender_id, slots + events, self.domain.slots)
        tracker.known_events = len(tracker.events)
        return tracker

    async def stream_events(self, tracker: DialogueStateTracker) -> None:
        """Publish what happened since the conversation was read."""
        known = getattr(tracker, "known_events", 0)
        await self._stream_new_events(
            self.event_broker, list(tracker.events)[known:], tracker.sender_id
        )

    async def keys(self) -> Iterable[str]:
        """Return all conversations."""
        return await self._memory.conversations()


def _recent(events: list[Event]) -> list[Event]:
    """Return the events from the last few messages of the customer on."""
    said = [place for place, event in enumerate(events) if isinstance(event, UserUttered)]
    return events[said[-TURNS] :] if len(said) > TURNS else events


def _shorten(event: dict[str, Any]) -> None:
    """Take out of an event what only its own turn needs."""
    parsed = event.get("parse_data")
    if parsed:
        event["parse_data"] = {
            name: parsed[name] for name in ("intent", "entities", "text") if name in parsed
        }
