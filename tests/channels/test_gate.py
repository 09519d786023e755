"""What the gate lets through, alone, without Rasa behind it."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from rasa.core.channels.channel import UserMessage

from channels.gate import Gate, Message, Refused, clean, neutralize

SECRET = b"x" * 32


@pytest.mark.parametrize(
    ("raw", "cleaned"),
    [
        ("  退款 \n", "退款"),
        ("退\u200b款\u202e", "退款"),
        ("退\x00款\x1b", "退款"),
        ("一行\r\n两行", "一行\n两行"),
        ("\ud800坏", "坏"),
    ],
)
def test_invisible_and_control_characters_go(raw: str, cleaned: str) -> None:
    assert clean(raw) == cleaned


@pytest.mark.parametrize("raw", ["/restart", "/human_handoff", '/affirm{"walk": "x"}', "⁄restart"])
def test_leading_slash_is_no_command(raw: str) -> None:
    assert neutralize(raw).startswith("／")
    assert neutralize("退款/换货") == "退款/换货"


def receive(gate: Gate, handler: Any, **said: str) -> list[Message]:
    return asyncio.run(gate.receive(handler, "web-1", **said))


async def echo(message: UserMessage) -> None:
    await message.output_channel.send_response("web-1", {"text": message.text, "buttons": []})


def test_command_reaches_rasa_as_words_only() -> None:
    (answer,) = receive(Gate("web", SECRET), echo, text=" /human_handoff")
    assert answer.text == "／human_handoff"


def test_button_brings_its_payload_back_to_its_own_conversation_only() -> None:
    gate = Gate("web", SECRET)
    token = gate.sign("web-1", "转人工", "/human_handoff")
    assert receive(gate, echo, button=token)[0].text == "/human_handoff"
    with pytest.raises(Refused):
        gate.pressed("web-2", token)
    with pytest.raises(Refused):
        Gate("web", b"y" * 32).pressed("web-1", token)
    with pytest.raises(Refused):
        gate.pressed("web-1", token[:-1] + ("0" if token[-1] != "0" else "1"))


def test_typed_title_presses_the_button_last_shown() -> None:
    gate = Gate("web", SECRET)

    async def offer(message: UserMessage) -> None:
        buttons = [{"title": "下一步", "payload": "/next_step"}]
        await message.output_channel.send_response(
            "web-1", {"text": message.text, "buttons": buttons}
        )

    assert receive(gate, offer, text="下一步")[0].text == "下一步"
    assert receive(gate, offer, text="下一步")[0].text == "/next_step"


def test_failed_turn_is_apologised_for() -> None:
    async def break_down(message: UserMessage) -> None:
        raise RuntimeError("the customer's own words")

    (answer,) = receive(Gate("web", SECRET), break_down, text="你好")
    assert "系统刚才出了点问题" in answer.text
    assert answer.buttons[0].title == "转人工"


def test_slow_turn_is_told_of() -> None:
    async def dawdle(message: UserMessage) -> None:
        await asyncio.sleep(30)

    (answer,) = receive(Gate("web", SECRET, deadline=0.01), dawdle, text="你好")
    assert "久" in answer.text


@pytest.mark.parametrize(("text", "code"), [("", "empty"), ("好" * 2000, "too_long")])
def test_refused_text(text: str, code: str) -> None:
    with pytest.raises(Refused) as caught:
        receive(Gate("web", SECRET), echo, text=text)
    assert caught.value.code == code
