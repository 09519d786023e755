"""How messages come and go: the gate, and one folder a channel."""
