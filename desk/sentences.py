"""Sentences of phrases.yml as they stand in the record."""

from __future__ import annotations

import uuid
from dataclasses import replace
from typing import Any

from content import library
from desk.entry import Entry, reply_key
from desk.ticket import Ticket
from infra.channels import is_delivered

JUDGE = "judge:"  # the payload of 有用 and 没用, with the word and the key of the answer after it
RATE = "rate:"  # the payload of a rating's button, with the score after it; no intent of Rasa's


def system_entry(phrase: str, **values: Any) -> Entry:
    """Return a sentence of phrases.yml as a line between customer and agent."""
    return Entry(uuid.uuid4().hex, "system", library.current().say(phrase, **values))


def farewell(ticket: Ticket, phrase: str) -> Entry:
    """Return what is said when an agent's part ends: the bot is back, and offers to go on."""
    content = library.current()
    said = content.say(phrase)
    topic = content.topics.get(ticket.procedure or "")
    buttons = []
    rates = is_delivered(ticket.conversation_id)  # no page that asks for stars
    if topic and topic.steps and ticket.step:
        place = {"step": ticket.step, "steps": len(topic.steps)}
        # One numbered list asks one thing: beside the rating, a word brings them back.
        phrase = "way_back" if rates else "resume_after_human"
        said += "\n\n" + content.say(phrase, title=topic.title, **place)
        back = {"title": content.say("button_back", **place), "payload": "/repeat_step"}
        buttons = [] if rates else [back]
    if rates:
        said += "\n\n" + content.say("ask_rating")
        buttons = [
            {"title": content.say(f"rating_{score}"), "payload": f"{RATE}{score}"}
            for score in range(1, 6)
        ]
    return Entry(uuid.uuid4().hex, "system", said, buttons=buttons)


def with_judgement(answer: Entry) -> Entry:
    """Return a procedure's last words with the question whether they were of use, to be picked."""
    content = library.current()
    buttons = [
        {"title": content.say(f"button_{word}"), "payload": f"{JUDGE}{word}:{answer.key}"}
        for word in ("useful", "unhelpful")
    ]
    return replace(answer, buttons=[*answer.buttons, *buttons])


def with_human(phrase: str, key: str) -> Entry:
    """Return a sentence of phrases.yml that answers a message, and offers a human."""
    content = library.current()
    human = {"title": content.say("button_human"), "payload": "/human_handoff"}
    return Entry(reply_key(key, phrase), "bot", content.say(phrase), buttons=(human,), reply_to=key)
