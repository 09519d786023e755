"""Replies that fit what the customer said last: the topic's own words, and prepared sentences."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from console.shown import Json
from content import Content, Topic
from desk import Entry, Ticket

MOST = 3
SURE = 0.5  # confidence of the topic of what was said last
SURE_KIND = 0.35  # confidence of the kind of question


def suggested(
    content: Content, ticket: Ticket, entries: Sequence[Entry], parsed: Mapping[str, Any]
) -> list[Json]:
    """Return at most three replies, the best first.

    Args:
        content: what is said now.
        ticket: whose customer is answered.
        entries: the end of the conversation.
        parsed: what Rasa makes of what the customer said last.
    """
    found: dict[str, str] = {}
    for title, text in _candidates(content, ticket, entries, parsed):
        if text and text not in found:
            found[text] = title
    return [{"title": title, "text": text} for text, title in found.items()][:MOST]


def _candidates(
    content: Content, ticket: Ticket, entries: Sequence[Entry], parsed: Mapping[str, Any]
) -> Iterator[tuple[str, str]]:
    replies = content.desk.replies
    spoken = [entry for entry in entries if entry.time >= (ticket.taken_at or 0)]
    greeted = any(entry.author == "agent" for entry in spoken)
    if replies and not greeted:
        yield replies[0]["title"], replies[0]["text"]
    intent = parsed.get("intent") or {}
    said = content.topics.get(intent.get("name") or "")
    named = said if said and intent.get("confidence", 0) >= SURE else None
    for topic in (named, content.topics.get(ticket.topic or ticket.procedure or "")):
        if topic is not None:
            yield from _of_topic(content, topic, ticket, parsed)
    last = next((entry.text for entry in reversed(entries) if entry.author == "customer"), "")
    for reply in replies:
        if reply["shortcut"] in last or reply["title"] in last:
            yield reply["title"], reply["text"]
    for reply in replies[1:]:
        yield reply["title"], reply["text"]


def _of_topic(
    content: Content, topic: Topic, ticket: Ticket, parsed: Mapping[str, Any]
) -> Iterator[tuple[str, str]]:
    acts = (parsed.get("acts") or {}).get("whole") or []
    for name, confidence in acts:
        if confidence >= SURE_KIND and name in topic.followups and name in content.followups:
            yield content.followups[name].title, topic.followups[name]
    if topic.name == ticket.procedure and ticket.step and ticket.step <= len(topic.steps):
        step = topic.steps[ticket.step - 1]
        yield step.title, step.text
    yield topic.title, topic.brief or topic.answer
