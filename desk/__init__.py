"""The human side: tickets and their queue, the record of what was said, customers' pictures."""

from desk.database import Database
from desk.pictures import BadPicture, open_pictures
from desk.store import Desk, Status, Ticket, TicketRequest, open_desk
from desk.transcript import Entry, Transcript, open_transcript, reply_key

__all__ = [
    "BadPicture",
    "Database",
    "Desk",
    "Entry",
    "Status",
    "Ticket",
    "TicketRequest",
    "Transcript",
    "open_desk",
    "open_pictures",
    "open_transcript",
    "reply_key",
]
