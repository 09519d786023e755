"""A number for a call back is taken from words only where they agree to it."""

from __future__ import annotations

import pytest

from channels.gate.callback import agreed


@pytest.mark.parametrize(
    ("said", "phone"),
    [
        ("同意回电 13800138000", "13800138000"),
        ("同意回电，１３８-0013-8000", "13800138000"),
        ("我同意给我回电：+86 138 0013 8000", "+8613800138000"),
        ("010-12345678，打电话吧，我同意", "01012345678"),
        ("13800138000", None),
        ("给我回电 13800138000", None),
        ("不同意回电 13800138000", None),
        ("同意回电，不要打 13800138000", None),
        ("同意回电 13800138000 或者 13900139000", None),
        ("同意回电", None),
        ("同意回电，卡号6222021234567890128", None),
    ],
)
def test_only_an_explicit_yes_with_one_number_counts(said: str, phone: str | None) -> None:
    assert agreed(said) == phone
