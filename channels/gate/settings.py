"""What a channel's part of credentials.yml may set of the gate."""

from __future__ import annotations

from dataclasses import dataclass

from limits import parse


@dataclass(frozen=True, kw_only=True)
class GateSettings:
    """Sizes, limits and the deadline.

    Args:
        max_bytes: longest message in UTF-8 bytes.
        deadline: seconds after which the customer is told that it takes longer.
        customer_limit: messages of one customer, as the `limits` library writes it.
        address_limit: messages from one network address, which thousands may share on phones.
    """

    max_bytes: int = 4000
    deadline: float = 20
    customer_limit: str = "30/minute"
    address_limit: str = "1200/minute"

    def __post_init__(self) -> None:
        """Check the values; ValueError names the one that is wrong."""
        for name in ("max_bytes", "deadline"):
            if getattr(self, name) <= 0:
                raise ValueError(f"credentials.yml: {name} must be greater than 0")
        for name in ("customer_limit", "address_limit"):
            try:
                parse(getattr(self, name))
            except ValueError:
                raise ValueError(f"credentials.yml: {name}: write it as 30/minute") from None
