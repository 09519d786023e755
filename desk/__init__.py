"""The human side: tickets and agents, the record of what was said, customers' pictures."""

from desk.agents import Agent, Agents
from desk.database import Database
from desk.entry import Button, Entry, prefixed_key, reply_key
from desk.pictures import BadPicture
from desk.quota import Quota
from desk.ticket import Closing, Note, Open, Status, Ticket, TicketRequest, WrongState
from desk.tickets import Desk, open_desk
from desk.transcript import Transcript

__all__ = [
    "Agent",
    "Agents",
    "BadPicture",
    "Button",
    "Closing",
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
