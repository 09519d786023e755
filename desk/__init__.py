"""The human side: tickets and agents, the record of what was said, customers' pictures."""

from desk.agents import Agent, Agents, open_agents
from desk.customers import open_customers
from desk.database import Database
from desk.figures import open_figures
from desk.pictures import BadPicture, open_pictures
from desk.quota import Quota, open_quotas
from desk.tickets import Desk, Note, Open, Status, Ticket, TicketRequest, WrongState, open_desk
from desk.transcript import Entry, Transcript, open_transcript, prefixed_key, reply_key

__all__ = [
    "Agent",
    "Agents",
    "BadPicture",
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
    "open_agents",
    "open_customers",
    "open_desk",
    "open_figures",
    "open_pictures",
    "open_quotas",
    "open_transcript",
    "prefixed_key",
    "reply_key",
]
