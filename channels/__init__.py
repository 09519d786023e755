"""How messages come in and go out: one gate for all, and a module for each platform."""
