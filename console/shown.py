"""What agents read: agents, tickets, messages, as JSON."""

from __future__ import annotations

from typing import Any

from content import library
from desk import Agent, Entry, Note, Ticket
from infra.channels import channel_of

Json = dict[str, Any]


def agent_json(agent: Agent, load: int = 0) -> Json:
    """Return an agent as agents read them."""
    return {
        "id": agent.id,
        "login": agent.login,
        "name": agent.name,
        "role": agent.role,
        "skills": list(agent.skills),
        "available": agent.available,
        "online": agent.online,
        "load": load,
    }


def ticket_json(
    ticket: Ticket,
    names: dict[int, Agent],
    unread: int = 0,
    last_text: str = "",
    last_name: str | None = None,
    note: str = "",
) -> Json:
    """Return a ticket as agents read it."""

    def who(number: int | None) -> Json | None:
        if number is None or number not in names:
            return None
        return {"id": number, "name": names[number].name}

    channel = channel_of(ticket.conversation_id)
    topic = library.current().topics.get(ticket.topic or "")
    rating = {"score": ticket.score, "comment": ticket.comment or ""}
    return {
        "id": ticket.id,
        "number": ticket.number,
        "conversation": ticket.conversation_id,
        "channel": ticket.channel,
        "channel_title": channel.title if channel else ticket.channel,
        "counted": bool(channel and channel.windows),
        "status": ticket.status,
        "category": ticket.category,
        "topic": topic.title if topic else None,
        "urgency": ticket.urgency,
        "agent": who(ticket.agent_id),
        "wanted": who(ticket.wanted_id),
        "created": ticket.created_at,
        "taken": ticket.taken_at,
        "closed": ticket.closed_at,
        "changed": ticket.changed_at,
        "waited": ticket.waited,
        "handled": ticket.handled,
        "customer_last": ticket.customer_at,
        "agent_last": ticket.agent_at,
        "asks_since": ticket.asks_since if ticket.status == "with_agent" else None,
        "last_text": last_text,
        "last_name": last_name,
        "reason": note or _reason(ticket),
        "doing": _doing(ticket),
        "present": None,
        "given": ticket.status == "with_agent" and ticket.seen_at is None,
        "unread": unread,
        "rating": rating if ticket.score else None,
        "callback": ticket.phone is not None,
        "summary": ticket.summary,
        "solved": ticket.solved,
        "needless": ticket.needless,
    }


def _reason(ticket: Ticket) -> str:
    """Return why the customer wants a human: the topic, and the most telling of their words."""
    content = library.current()
    topic = content.topics.get(ticket.topic or "")
    told = [
        value
        for name, value in ticket.details.items()
        if name in content.details and content.details[name].free
    ]
    story = max(told or ticket.words, key=len, default="")
    title = topic.title if topic else ""
    if title and story:
        return content.say("desk_reason", topic=title, story=story)
    return title or story


def _doing(ticket: Ticket) -> str | None:
    """Return the procedure and the step that the customer is at."""
    content = library.current()
    topic = content.topics.get(ticket.procedure or "")
    if topic is None:
        return None
    if not ticket.step or ticket.step > len(topic.steps):
        return topic.title
    place = {"step": ticket.step, "steps": len(topic.steps)}
    return content.say("desk_doing", title=topic.title, **place)


def message_json(number: int | None, entry: Entry) -> Json:
    """Return a message of a ticket's conversation as agents read it; without one, no picture."""
    topic = library.current().topics.get(entry.intent or "")
    picture, text = None, entry.text
    if entry.picture and entry.picture.get("unread"):  # what is secret in it is not covered yet
        text = library.current().say("desk_picture_unread")
    elif entry.picture and number is None:
        text = text or library.current().say("a_picture")
    elif entry.picture:
        picture = {
            "url": f"/desk/api/pictures/{number}/{entry.picture['id']}",
            "width": entry.picture["width"],
            "height": entry.picture["height"],
        }
    text += _corrected(entry)
    shown = entry.buttons if entry.author != "customer" else ()
    return {
        "id": entry.key,
        "seq": entry.seq,
        "from": entry.author,
        "name": entry.name,
        "text": text,
        "buttons": [{"title": button["title"]} for button in shown],
        "step": entry.step,
        "picture": picture,
        "time": entry.time,
        "intent": topic.title if topic else None,
        "useful": entry.useful,
    }


def _corrected(entry: Entry) -> str:
    """Return what the customer corrected of a picture, a line each, and what was read there."""
    content, picture = library.current(), entry.picture or {}
    values = picture.get("values", {})
    return "".join(
        "\n"
        + content.say(
            "desk_picture_corrected",
            which=content.say(f"picture_name_{kind}"),
            right=values[kind],
            read=read,
        )
        for kind, read in picture.get("read", {}).items()
        if values.get(kind, read) != read
    )


def context_json(ticket: Ticket) -> Json:
    """Return what the customer was doing when they asked for a human."""
    content = library.current()
    topic = content.topics.get(ticket.procedure or "")
    step = None
    if topic and ticket.step and ticket.step <= len(topic.steps):
        title = topic.steps[ticket.step - 1].title
        step = {"index": ticket.step, "total": len(topic.steps), "title": title}
    details = [
        {
            "title": content.details[name].title if name in content.details else name,
            "value": value,
        }
        for name, value in ticket.details.items()
    ]
    return {
        "procedure": topic.title if topic else None,
        "step": step,
        "details": details,
        "words": list(ticket.words),
    }


def note_json(note: Note, agent: str) -> Json:
    """Return a note that agents wrote for each other, with its author's name."""
    return {"id": note.id, "agent": agent, "text": note.text, "time": note.created_at}
