"""Replies that fit what the customer said last: the topic's own words, and prepared sentences."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from console.shown import Json
from content import Content, Topic
from desk import Entry, Ticket

MOST = 3
SURE = 0.5  # confidence of the topic of what was said last
SURE_KIND = 0.35  # confidence of the kind of question

_SENTENCE = re.compile(r"[^。！？；\n]+[。！？；\n]*")
# What only the assistant says: that a human is needed, what it cannot see, where the hotline is.
_ASSISTANTS = re.compile(
    r"人工|客服(?!”)|“客服”或“帮助中心”里查看|帮您(?:紧急)?转|转给|不清楚|我这里[看查]不到|我催不"
    r"|我?[替改碰插]不[了到上]|随便|不敢|我只能"
)
_AMONG_OTHERS = re.compile(r"[、并](?:马上)?联系客服(?=[、并，。；]|$)")
_GOES_ON = ("把", "写", "并", "省得")  # begins what belongs to the clause before
_ADVISES = re.compile(
    r"[请先点看选换试记改把]|打开|可以|不要|别(?![人的家])|就走|截图|重新|检查|核对|告诉|收到|提交|设置|输入|确认"
)


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
    told = {entry.text for entry in entries if entry.author == "agent"}
    for title, text in _candidates(content, ticket, entries, parsed):
        if text and text not in found and text not in told:
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
            yield content.followups[name].title, in_a_humans_mouth(topic.followups[name])
    if topic.name == ticket.procedure and ticket.step and ticket.step <= len(topic.steps):
        step = topic.steps[ticket.step - 1]
        yield step.title, in_a_humans_mouth(step.text)
    yield topic.title, in_a_humans_mouth(topic.brief or topic.answer)


def in_a_humans_mouth(text: str) -> str:
    """Return what a human may say of the assistant's words: no part that sends to a human.

    Empty when no advice is left.
    """
    kept = [_without_assistant(sentence) for sentence in _SENTENCE.findall(text)]
    left = "".join(kept).rstrip("；\n")
    if left and left[-1] not in "。！？":
        left += "。"
    return left if left == text or _ADVISES.search(left) else ""


def _without_assistant(sentence: str) -> str:
    """Return a sentence without the clauses that only the assistant says, if it still advises."""
    if not _ASSISTANTS.search(sentence):
        return sentence
    body = sentence.rstrip("。！？；\n")
    kept: list[str] = []
    dropped = False
    for clause in _AMONG_OTHERS.sub("", body).split("，"):
        if _ASSISTANTS.search(clause):
            if kept and not dropped and not _ADVISES.search(kept[-1]):
                kept.pop()  # the question to this answer, the case of this advice
            dropped = True
        elif not (dropped and clause.startswith(_GOES_ON)):
            kept.append(clause)
            dropped = False
    left = "，".join(kept)
    return left + sentence[len(body) :] if _ADVISES.search(left) else ""
