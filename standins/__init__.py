"""Strict stand-ins of the platforms' servers, for tests and for demonstrations in a terminal."""
