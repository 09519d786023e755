"""The human side: tickets and their queue, in a database of their own."""

from desk.store import Desk, Ticket, TicketRequest, open_desk

__all__ = ["Desk", "Ticket", "TicketRequest", "open_desk"]
