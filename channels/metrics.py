"""What Prometheus reads at `/metrics`: this process's counts and times, and who waits in the desk.

No label holds a customer or their words: channels, intents, refusal codes and the like only.
"""

from __future__ import annotations

import asyncio
import hmac
import ipaddress
import logging
import os
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from sanic.request import Request

from content import library
from desk import open_desk, open_transcript
from desk.figures import NOT_UNDERSTOOD
from desk.tickets import URGENCIES
from desk.transcript import CARRIED

__all__ = ["CONTENT_TYPE_LATEST"]

logger = logging.getLogger(__name__)

SHORTEST_TOKEN = 16  # characters
PATIENCE = 5.0  # seconds that a scrape waits for the desk's database
PARTS = ("model", "actions", "desk", "state")  # of readiness.missing
OUTCOMES = ("answered", "slow", "failed", "agent")
STEPS = ("requested", "taken", "transferred", "released", "left_message", "cancelled", "closed")
MOST_CODES = 50  # of a platform's errors that are told apart: the platform chooses them, not we
_TIMES = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 60)
_CODE = re.compile(r"(?:errcode|error_code|HTTP) (-?[0-9]{1,6})\b")
_PROXIED = ("x-forwarded-for", "x-forwarded-host", "x-real-ip", "forwarded", "via")

disable_created_metrics()  # type: ignore[no-untyped-call]
registry = CollectorRegistry()
ProcessCollector(registry=registry)

_stages = Histogram(
    "assistant_turn_seconds",
    "Time of a customer's message: waiting for their earlier ones, recording, understanding, all "
    "of Rasa, and the whole until it is answered.",
    ["stage"],
    buckets=_TIMES,
    registry=registry,
)
_turns = Counter(
    "assistant_turns",
    "Customers' messages by what they heard first: answered, slow (told that it takes longer), "
    "failed (an apology), agent (left to an agent).",
    ["channel", "outcome"],
    registry=registry,
)
_refused = Counter(
    "assistant_refused", "Requests that were refused.", ["channel", "code"], registry=registry
)
_intents = Counter(
    "assistant_intents", "What messages were taken for.", ["intent"], registry=registry
)
_understood = Counter(
    "assistant_understood",
    "Written messages by how sure the bot was: sure, suggested, not_understood.",
    ["zone"],
    registry=registry,
)
_handoffs = Counter(
    "assistant_handoffs", "Steps of hand-offs.", ["channel", "step"], registry=registry
)
_ratings = Counter(
    "assistant_ratings", "Customers' ratings.", ["channel", "score"], registry=registry
)
_carried = Counter(
    "assistant_messages_carried",
    "Messages that a platform took, or that were given up.",
    ["channel", "result"],
    registry=registry,
)
_platform_errors = Counter(
    "assistant_platform_errors",
    "Calls that a platform refused or did not answer.",
    ["channel", "code"],
    registry=registry,
)
_quota_used_up = Counter(
    "assistant_quota_used_up",
    "Customers to whom a platform lets us say nothing more until they write.",
    ["channel"],
    registry=registry,
)
_streams = Gauge("assistant_event_streams", "Pages that listen.", ["page"], registry=registry)
# The rest is read at each scrape, from what all workers share.
_ready = Gauge("assistant_ready", "Whether a part is there.", ["part"], registry=registry)
_tickets = Gauge("assistant_tickets", "Open tickets.", ["status", "urgency"], registry=registry)
_longest = Gauge(
    "assistant_longest_wait_seconds",
    "How long the first of them has waited.",
    ["status", "urgency"],
    registry=registry,
)
_waiting = Gauge(
    "assistant_messages_waiting", "Messages to be carried.", ["channel"], registry=registry
)
_oldest = Gauge(
    "assistant_messages_waiting_oldest_seconds",
    "How long the first of them has waited.",
    ["channel"],
    registry=registry,
)

# A series that begins at its first event hides that event from `increase()`.
for _stage in ("waiting", "recording", "understanding", "rasa", "whole"):
    _stages.labels(_stage)
for _zone in ("sure", "suggested", "not_understood"):
    _understood.labels(_zone)
for _page in ("chat", "desk"):
    _streams.labels(_page)
_codes: dict[str, set[str]] = {}


def open_channel(channel: str) -> None:
    """Show a channel's counts from the start, as zero."""
    for outcome in OUTCOMES:
        _turns.labels(channel, outcome)
    for step in STEPS:
        _handoffs.labels(channel, step)
    if f"{channel}-" in CARRIED:
        for result in ("sent", "failed"):
            _carried.labels(channel, result)
        _quota_used_up.labels(channel)


# ---- what happens


@contextmanager
def stage(name: str) -> Iterator[None]:
    """Measure what is done within as a stage of a turn, also when it fails."""
    began = time.perf_counter()
    try:
        yield
    finally:
        _stages.labels(name).observe(time.perf_counter() - began)


def turn(channel: str, outcome: str) -> None:
    """Count a turn, once, when the customer hears something; see `OUTCOMES`."""
    _turns.labels(channel, outcome).inc()


def refused(channel: str, code: str) -> None:
    """Count a refusal; codes are our own."""
    _refused.labels(channel, code).inc()


def understood(parsed: Mapping[str, Any], pressed: bool) -> None:
    """Count what a message was taken for (Rasa's parse data); `pressed` ones are always sure."""
    intent = str((parsed.get("intent") or {}).get("name"))
    _intents.labels(intent).inc()
    if not pressed:
        _understood.labels(_zone_of(intent, parsed.get("intent_ranking") or ())).inc()


def _zone_of(intent: str, ranking: Sequence[Mapping[str, Any]]) -> str:
    """Return how sure the bot is, by the same limits of assistant.yml as actions/fallback.py."""
    content = library.current()
    sure = {guess["name"]: guess["confidence"] for guess in ranking}
    if intent not in NOT_UNDERSTOOD and sure.get(intent, 0) >= content.settings.sure_above:
        return "sure"
    known = {*content.topics, "human_handoff"}
    likely = any(sure.get(name, 0) >= content.settings.suggest_above for name in known)
    return "suggested" if likely else "not_understood"


def handoff(channel: str, step: str) -> None:
    """Count a step of a hand-off; see `STEPS`."""
    _handoffs.labels(channel, step).inc()


def rated(channel: str, score: int) -> None:
    """Count a rating."""
    _ratings.labels(channel, str(score)).inc()


def carried(channel: str, count: int, result: str = "sent") -> None:
    """Count messages that a platform took (`sent`), or that were given up (`failed`)."""
    _carried.labels(channel, result).inc(count)


def platform_error(channel: str, error: Exception) -> None:
    """Count a failed call by the code that its text ends with; others are told by their kind."""
    found = _CODE.search(str(error))
    code = found[1] if found else "unreachable"
    known = _codes.setdefault(channel, set())
    if code not in known and len(known) >= MOST_CODES:
        code = "other"
    known.add(code)
    _platform_errors.labels(channel, code).inc()


def quota_used_up(channel: str) -> None:
    """Count a customer to whom no more may be said."""
    _quota_used_up.labels(channel).inc()


@contextmanager
def stream(request: Request) -> Iterator[None]:
    """Count a page that listens, for as long as it does."""
    open_ones = _streams.labels("desk" if request.path.startswith("/desk/") else "chat")
    open_ones.inc()
    try:
        yield
    finally:
        open_ones.dec()


# ---- who reads it


def token() -> str | None:
    """Return the environment's METRICS_TOKEN.

    Raises:
        ValueError: it is too short to be one.
    """
    known = os.environ.get("METRICS_TOKEN") or None
    if known and len(known) < SHORTEST_TOKEN:
        raise ValueError(f"METRICS_TOKEN must have at least {SHORTEST_TOKEN} characters.")
    return known


def admits(request: Request, known: str | None) -> bool:
    """Tell whether a request may read the metrics: with the token, or from this very machine.

    A proxy on this machine passes requests of the whole world on; it says so in a header.
    """
    kind, _, given = request.headers.get("authorization", "").partition(" ")
    if known and kind.lower() == "bearer":
        return hmac.compare_digest(given.encode("utf8", "replace"), known.encode())
    if any(name in request.headers for name in _PROXIED):
        return False
    try:
        address = ipaddress.ip_address(str(request.ip))
    except ValueError:  # a socket's path
        return False
    return (getattr(address, "ipv4_mapped", None) or address).is_loopback


async def exposition(missing: Sequence[str]) -> bytes:
    """Return everything as Prometheus reads it.

    Args:
        missing: of `PARTS`, as `readiness.missing` says.
    """
    try:
        reading = asyncio.gather(
            asyncio.to_thread(open_desk().open_counts), asyncio.to_thread(open_transcript().waits)
        )
        tickets, messages = await asyncio.wait_for(reading, PATIENCE)
    except Exception as error:
        logger.error("The desk's store failed: %s", type(error).__name__)
        missing = [*missing, "desk"]
        for unknown in (_tickets, _longest, _waiting, _oldest):  # and not as they were
            unknown.clear()
    else:
        for status in ("waiting", "with_agent", "left_message"):
            for urgency in URGENCIES:
                count, since = tickets.get((status, urgency), (0, None))
                _tickets.labels(status, urgency).set(count)
                if status != "with_agent":
                    _longest.labels(status, urgency).set(_age(since))
        for channel, (count, since) in messages.items():
            _waiting.labels(channel).set(count)
            _oldest.labels(channel).set(_age(since))
    for part in PARTS:
        _ready.labels(part).set(part not in missing)
    return generate_latest(registry)


def _age(since: float | None) -> float:
    return max(time.time() - since, 0) if since is not None else 0
