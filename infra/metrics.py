"""This process's counts and times, for Prometheus (server/metrics.py serves them).

No label holds a customer or their words: channels, intents, refusal codes and the like only.
"""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    disable_created_metrics,
)
from sanic.request import Request

logger = logging.getLogger(__name__)

OUTCOMES = ("answered", "slow", "failed", "agent")
PICTURES = ("read", "failed", "late")
STEPS = (
    "requested",
    "taken",
    "taken_over",
    "transferred",
    "released",
    "left_message",
    "cancelled",
    "closed",
)
CODE_LIMIT = 50  # error codes with a label of their own: platforms choose them
_TIMES = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 60)
_PICTURE_TIMES = (1, 2.5, 5, 10, 20, 60, 150, 600)
_CODE = re.compile(r"(?:errcode|error_code|HTTP) (-?[0-9]{1,6})\b")

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
_pictures = Counter(
    "assistant_pictures",
    "Pictures by what became of them: read, failed (not readable), late (not read in time, which "
    "the customer was told; counted again when it is read).",
    ["channel", "result"],
    registry=registry,
)
_picture_seconds = Histogram(
    "assistant_picture_seconds",
    "Time from a picture's arrival until what was read is told.",
    buckets=_PICTURE_TIMES,
    registry=registry,
)
_version = Gauge(
    "assistant_model_version",
    "The version of the model that answers; 0 is the installed one.",
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
_delivered = Counter(
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
# A series that begins at its first event hides that event from `increase()`.
for _stage in ("waiting", "recording", "understanding", "rasa", "whole"):
    _stages.labels(_stage)
for _zone in ("sure", "suggested", "not_understood"):
    _understood.labels(_zone)
for _page in ("chat", "desk"):
    _streams.labels(_page)
_codes: dict[str, set[str]] = {}


def open_channel(channel: str, delivered: bool = False) -> None:
    """Show a channel's counts from the start, as zero; `delivered`: by a platform's API."""
    for outcome in OUTCOMES:
        _turns.labels(channel, outcome)
    for result in PICTURES:
        _pictures.labels(channel, result)
    for step in STEPS:
        _handoffs.labels(channel, step)
    if delivered:
        for result in ("sent", "failed"):
            _delivered.labels(channel, result)
        _quota_used_up.labels(channel)


# ---- what happens


@contextmanager
def stage(name: str) -> Iterator[None]:
    """Measure the `with` block as a stage of a turn, also when it fails."""
    began = time.perf_counter()
    try:
        yield
    finally:
        _stages.labels(name).observe(time.perf_counter() - began)


def turn(channel: str, outcome: str) -> None:
    """Count a turn, once, when the customer hears something; see `OUTCOMES`."""
    _turns.labels(channel, outcome).inc()


def picture(channel: str, result: str, seconds: float | None = None) -> None:
    """Count a picture by what became of it, see `PICTURES`, and how long the customer waited."""
    _pictures.labels(channel, result).inc()
    if seconds is not None:
        _picture_seconds.observe(seconds)


def refused(channel: str, code: str) -> None:
    """Count a refusal; codes are our own."""
    _refused.labels(channel, code).inc()


def understood(intent: str, zone: str | None) -> None:
    """Count what a message was taken for, and how sure the bot was; None: it was pressed."""
    _intents.labels(intent).inc()
    if zone is not None:
        _understood.labels(zone).inc()


def handoff(channel: str, step: str) -> None:
    """Count a step of a hand-off; see `STEPS`."""
    _handoffs.labels(channel, step).inc()


def rated(channel: str, score: int) -> None:
    """Count a rating."""
    _ratings.labels(channel, str(score)).inc()


def delivered(channel: str, count: int, result: str = "sent") -> None:
    """Count messages that a platform took (`sent`), or that were given up (`failed`)."""
    _delivered.labels(channel, result).inc(count)


def platform_error(channel: str, error: Exception) -> None:
    """Count a failed call by the code at the end of its text, or else by its kind."""
    found = _CODE.search(str(error))
    code = found[1] if found else "unreachable"
    known = _codes.setdefault(channel, set())
    if code not in known and len(known) >= CODE_LIMIT:
        code = "other"
    known.add(code)
    _platform_errors.labels(channel, code).inc()


def quota_used_up(channel: str) -> None:
    """Count a customer whose quota is used up."""
    _quota_used_up.labels(channel).inc()


@contextmanager
def stream(request: Request) -> Iterator[None]:
    """Count an open event stream for as long as it is open."""
    open_ones = _streams.labels("desk" if request.path.startswith("/desk/") else "chat")
    open_ones.inc()
    try:
        yield
    finally:
        open_ones.dec()


def answers_with(version: int | None) -> None:
    """Note which version of the model answers; None is the installed one."""
    _version.set(version or 0)
