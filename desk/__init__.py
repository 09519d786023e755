"""The human side: tickets and agents, the record of what was said, customers' pictures."""

from desk.agents import Agent, Agents
from desk.database import Database
from desk.pictures import BadPicture
from desk.quota import Quota
from desk.ticket import Note, Open, Status, Ticket, TicketRequest, WrongState
from desk.tickets import Desk, open_desk
from desk.transcript import Button, Entry, Transcript, prefixed_key, reply_key

__all__ = [
    "Agent",
    "Agents",
    "BadPicture",
    "Button",
    "Database",
    "Desk",
    "Entry",
    "Note",
    "Open",
    "Quota",
    "Status",
    "Ticket",
    "TicketRequest",
    "Transcript",
    "WrongState",
    "open_desk",
    "prefixed_key",
    "reply_key",
]
