"""Why a request is not done: a code for programs, a sentence for people."""

from __future__ import annotations


class Refused(Exception):
    """A message the gate does not take.

    `code` is for programs, `str()` is said to the customer, unless `quiet`: then they have heard it
    already. `wait` is the seconds after which it is worth trying again, 0 if never.
    """

    def __init__(
        self, code: str, sentence: str, status: int = 400, wait: float = 0, quiet: bool = False
    ) -> None:
        super().__init__(sentence)
        self.code = code
        self.status = status
        self.wait = wait
        self.quiet = quiet
