"""What Prometheus reads at `/metrics`: this process's counts, and who waits in the desk.

No label holds a customer or their words: channels, intents, refusal codes and the like only.
"""

from __future__ import annotations

import asyncio
import hmac
import ipaddress
import logging
import math
import time
from collections.abc import Mapping, Sequence
from typing import Any

from prometheus_client import Gauge, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from sanic.request import Request

from content import library
from desk.entry import NOT_UNDERSTOOD
from desk.services import Services
from desk.ticket import URGENCIES
from infra import metrics, settings
from infra.metrics import registry

__all__ = ["CONTENT_TYPE_LATEST"]

logger = logging.getLogger(__name__)

PATIENCE = 5.0  # seconds that a scrape waits for the desk's database
PARTS = ("model", "actions", "desk", "state")  # of readiness.missing
_PROXIED = ("x-forwarded-for", "x-forwarded-host", "x-real-ip", "forwarded", "via")

# Read at each scrape, from what all workers share.
_ready = Gauge("assistant_ready", "Whether a part is there.", ["part"], registry=registry)
_tickets = Gauge("assistant_tickets", "Open tickets.", ["status", "urgency"], registry=registry)
_longest = Gauge(
    "assistant_longest_wait_seconds",
    "How long the first of them has waited.",
    ["status", "urgency"],
    registry=registry,
)
_waiting = Gauge(
    "assistant_messages_waiting", "Messages to be delivered.", ["channel"], registry=registry
)
_oldest = Gauge(
    "assistant_messages_waiting_oldest_seconds",
    "How long the first of them has waited.",
    ["channel"],
    registry=registry,
)
_pictures = Gauge(
    "assistant_pictures_waiting",
    "Pictures that are to be read, or are being read.",
    registry=registry,
)
_oldest_picture = Gauge(
    "assistant_pictures_waiting_oldest_seconds",
    "How long the first of them has waited.",
    registry=registry,
)


def understood(parsed: Mapping[str, Any], pressed: bool) -> None:
    """Count what a message was taken for (Rasa's parse data); `pressed` ones are always sure."""
    intent = str((parsed.get("intent") or {}).get("name"))
    zone = None if pressed else _zone_of(intent, parsed.get("intent_ranking") or ())
    metrics.understood(intent, zone)


def _zone_of(intent: str, ranking: Sequence[Mapping[str, Any]]) -> str:
    """Return how sure the bot is, by the same limits of assistant.yml as actions/fallback.py."""
    content = library.current()
    sure = {guess["name"]: guess["confidence"] for guess in ranking}
    if intent not in NOT_UNDERSTOOD and sure.get(intent, 0) >= content.settings.sure_above:
        return "sure"
    known = {*content.topics, "human_handoff"}
    likely = any(sure.get(name, 0) >= content.settings.suggest_above for name in known)
    return "suggested" if likely else "not_understood"


def token() -> str | None:
    """Return the environment's METRICS_TOKEN.

    Raises:
        SettingError: it is too short to be one.
    """
    known = settings.current().metrics_token
    return known.get_secret_value() if known else None


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


async def exposition(services: Services, missing: Sequence[str]) -> bytes:
    """Return everything as Prometheus reads it.

    Args:
        services: what lasts and is shared.
        missing: of `PARTS`, as `readiness.missing` says.
    """
    try:
        reading = asyncio.gather(
            services.desk.open_counts(), services.transcript.waits(), services.unread.waits()
        )
        tickets, messages, (pictures, first_picture) = await asyncio.wait_for(reading, PATIENCE)
    except Exception as error:
        logger.error("The desk's store failed: %s", type(error).__name__)
        missing = [*missing, "desk"]
        for unknown in (_tickets, _longest, _waiting, _oldest):  # and not as they were
            unknown.clear()
        for unknown in (_pictures, _oldest_picture):
            unknown.set(math.nan)
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
        _pictures.set(pictures)
        _oldest_picture.set(_age(first_picture))
    for part in PARTS:
        _ready.labels(part).set(part not in missing)
    return generate_latest(registry)


def _age(since: float | None) -> float:
    return max(time.time() - since, 0) if since is not None else 0
