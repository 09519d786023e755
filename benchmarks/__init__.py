"""How well and how fast: accuracy and speed, measured by anyone with one command."""
