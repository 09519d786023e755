"""What the gate lets through, alone, without Rasa behind it."""

from __future__ import annotations

import asyncio
import io
import uuid
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from rasa.core.channels.channel import UserMessage

from channels.gate import Gate, GateSettings
from desk import Database, Desk, Entry, Ticket, TicketRequest, Transcript
from desk.masking import mask_in_conversation
from desk.pictures import PictureStore
from desk.services import AsyncDesk, AsyncTranscript, Services
from infra.errors import Refused
from infra.state import MemoryState
from infra.text import clean, neutralize
from tests import local
from tests.agent import PASSWORD, accounts_of

SECRET = b"x" * 32
SERVICES: list[Services] = []  # the running test's


@pytest.mark.parametrize(
    ("raw", "cleaned"),
    [
        ("  退款 \n", "退款"),
        ("退\u200b款\u202e", "退款"),
        ("退\x00款\x1b", "退款"),
        ("一行\r\n两行", "一行\n两行"),
        ("\ud800坏", "坏"),
        ("退\u200d款", "退款"),
        ("62\u200d22", "6222"),
        ("😀\u200d退款", "😀退款"),
        ("\u200d👩", "👩"),
    ],
)
def test_invisible_and_control_characters_go(raw: str, cleaned: str) -> None:
    assert clean(raw) == cleaned


@pytest.mark.parametrize(
    "emoji", ["👨\u200d👩\u200d👧", "👩🏽\u200d⚕️", "❤️\u200d🔥", "🏳️\u200d🌈", "🤷\u200d♀️"]
)
def test_an_emoji_of_several_people_stays_one(emoji: str) -> None:
    assert clean(f"谢谢{emoji}！") == f"谢谢{emoji}！"


@pytest.mark.parametrize("raw", ["/restart", "/human_handoff", '/affirm{"walk": "x"}', "⁄restart"])
def test_leading_slash_is_no_command(raw: str) -> None:
    assert neutralize(raw).startswith("／")
    assert neutralize("退款/换货") == "退款/换货"


def gate(secret: bytes = SECRET, **settings: Any) -> Gate:
    return Gate("web", secret, GateSettings(**settings), SERVICES[-1])


@pytest.fixture(autouse=True)
def transcript(tmp_path: Path) -> Iterator[Transcript]:
    """A record of the test's own."""
    database = Database(f"sqlite:///{tmp_path / 'desk.db'}")
    SERVICES.append(Services.on(database, PictureStore(tmp_path / "pictures")))
    yield Transcript(database)
    SERVICES.pop()


def receive(gate: Gate, handler: Any, message_id: str = "", **said: str) -> list[Entry]:
    number = message_id or uuid.uuid4().hex
    return asyncio.run(gate.receive(handler, "web-1", number, **said))


async def echo(message: UserMessage) -> None:
    await message.output_channel.send_response("web-1", {"text": message.text, "buttons": []})


def test_command_reaches_rasa_as_words_only() -> None:
    (answer,) = receive(gate(), echo, text=" /human_handoff")
    assert answer.text == "／human_handoff"


def test_button_brings_its_payload_back_to_its_own_conversation_only() -> None:
    own = gate()
    token = own.sign("web-1", {"title": "转人工", "payload": "/human_handoff"})
    assert receive(own, echo, token=token)[0].text == "/human_handoff"
    forged = token[:-1] + ("0" if token[-1] != "0" else "1")
    for at, conversation, sent in (
        (own, "web-2", token),
        (gate(b"y" * 32), "web-1", token),
        (own, "web-1", forged),
    ):
        with pytest.raises(Refused) as refused:
            asyncio.run(at.receive(echo, conversation, uuid.uuid4().hex, token=sent))
        assert refused.value.code == "button_expired"


async def offer(message: UserMessage) -> None:
    buttons = [{"title": "下一步", "payload": "/next_step"}]
    said = {"text": message.text, "buttons": buttons}
    await message.output_channel.send_response("web-1", said)


def test_typed_title_presses_the_button_last_shown() -> None:
    own = gate()
    assert receive(own, offer, text="下一步")[0].text == "下一步"
    assert receive(own, offer, text="下一步")[0].text == "/next_step"


def test_typed_title_still_presses_the_button_after_a_restart() -> None:
    receive(gate(), offer, text="你好")
    assert receive(gate(), echo, text="下一步")[0].text == "/next_step"


def test_failed_turn_is_apologised_for() -> None:
    async def break_down(message: UserMessage) -> None:
        raise RuntimeError("the customer's own words")

    (answer,) = receive(gate(), break_down, text="你好")
    assert "系统刚才出了点问题" in answer.text
    assert answer.buttons[0]["title"] == "转人工"


def test_slow_turn_is_told_of_and_its_answer_follows(transcript: Transcript) -> None:
    async def story() -> None:
        go_on = asyncio.Event()

        async def dawdle(message: UserMessage) -> None:
            await go_on.wait()
            await echo(message)

        own = gate(deadline=0.01)
        async with own._services.state.listen("web-1") as news:
            (answer,) = await own.receive(dawdle, "web-1", "m1", text="你好")
            assert "久" in answer.text
            go_on.set()
            again = [answer]
            while len(again) < 2:
                assert await news.next(local.PATIENCE), "nobody was told of the late answer"
                again = await own.receive(dawdle, "web-1", "m1", text="你好")
        assert [each.text for each in again] == [answer.text, "你好"]
        assert transcript.last("web-1")[-1].text == "你好"

    asyncio.run(story())


@pytest.mark.parametrize(("text", "code"), [("", "empty"), ("好" * 2000, "too_long")])
def test_refused_text(text: str, code: str, transcript: Transcript) -> None:
    with pytest.raises(Refused) as caught:
        receive(gate(), echo, text=text)
    assert caught.value.code == code
    assert not transcript.last("web-1"), "what is refused is not recorded"


class Counted:
    """A handler that waits to be let go, and counts its turns."""

    def __init__(self) -> None:
        self.turns: list[str] = []
        self.begun = asyncio.Event()
        self.go_on = asyncio.Event()

    async def __call__(self, message: UserMessage) -> None:
        self.turns.append(message.text)
        self.begun.set()
        await self.go_on.wait()
        await echo(message)


def test_a_message_delivered_again_while_it_is_answered_runs_one_turn() -> None:
    async def story() -> None:
        own, handler = gate(), Counted()
        deliveries = [
            asyncio.create_task(own.receive(handler, "web-1", "m1", text="退款")) for _ in range(5)
        ]
        await handler.begun.wait()
        handler.go_on.set()
        answers = await asyncio.gather(*deliveries)
        assert handler.turns == ["退款"]
        assert all(answer == answers[0] and answer[0].text == "退款" for answer in answers)

    asyncio.run(story())


def test_a_message_delivered_again_after_a_restart_gets_the_answer_from_the_record() -> None:
    receive(gate(), echo, "m1", text="退款")

    async def never(message: UserMessage) -> None:
        raise AssertionError("a second turn")

    assert receive(gate(), never, "m1", text="退款")[0].text == "退款"


def test_a_message_whose_turn_died_with_the_server_is_answered_when_it_comes_again(
    transcript: Transcript,
) -> None:
    transcript.add("web-1", Entry("m1", "customer", "退款"))
    assert receive(gate(), echo, "m1", text="退款")[0].text == "退款"
    assert [entry.author for entry in transcript.last("web-1")] == ["customer", "bot"]


def test_messages_of_one_customer_are_answered_in_order(transcript: Transcript) -> None:
    async def story() -> None:
        own = gate()
        waits = {"一": 0.05, "二": 0.02, "三": 0.0}

        async def unsteady(message: UserMessage) -> None:
            await asyncio.sleep(waits[message.text])
            await echo(message)

        await asyncio.gather(
            *(own.receive(unsteady, "web-1", text, text=text) for text in waits),
            own.receive(echo, "web-2", "other", text="别人"),
        )
        said = transcript.last("web-1")
        assert [entry.text for entry in said if entry.author == "customer"] == ["一", "二", "三"]
        assert [entry.text for entry in said if entry.author == "bot"] == ["一", "二", "三"]

    asyncio.run(story())


def test_too_many_messages_are_refused_once_in_words_and_then_quietly() -> None:
    async def story() -> None:
        own = gate(customer_limit="2/minute")
        for number in range(2):
            await own.receive(echo, "web-1", f"m{number}", text="你好")
        with pytest.raises(Refused) as first:
            await own.receive(echo, "web-1", "m3", text="你好")
        with pytest.raises(Refused) as second:
            await own.receive(echo, "web-1", "m4", text="你好")
        assert (first.value.status, first.value.quiet, second.value.quiet) == (429, False, True)
        assert 0 < first.value.wait <= 60
        assert await own.receive(echo, "web-2", "m1", text="你好"), "others go on"

    asyncio.run(story())


def test_one_address_cannot_flood_under_many_names() -> None:
    async def story() -> None:
        own = gate(address_limit="3/minute")
        for number in range(3):
            await own.receive(echo, f"web-{number}", "m", text="你好", address="192.0.2.1")
        with pytest.raises(Refused):
            await own.receive(echo, "web-9", "m", text="你好", address="192.0.2.1")
        assert await own.receive(echo, "web-9", "m", text="你好", address="192.0.2.2")

    asyncio.run(story())


def test_state_and_record_that_fail_do_not_silence_the_bot(tmp_path: Path) -> None:
    class Away(MemoryState):
        async def claim(self, key: str, value: str, seconds: float) -> bool:
            raise ConnectionError

        async def hit(self, limit: str, key: str) -> float:
            raise ConnectionError

        async def publish(self, topic: str, news: str) -> None:
            raise ConnectionError

    (tmp_path / "no.db").mkdir()
    broken = Database(f"sqlite:///{tmp_path / 'no.db'}")
    services = Services.on(broken, PictureStore(tmp_path), Away())
    with pytest.raises(Refused, match="你好") as refusal:  # said, but not taken
        receive(Gate("web", SECRET, services=services), echo, text="你好")
    assert refusal.value.code == "not_recorded"


@pytest.mark.parametrize("wrong", [{"max_bytes": 0}, {"deadline": -1}, {"customer_limit": "a lot"}])
def test_a_wrong_setting_is_refused_by_its_name(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        GateSettings(**wrong)


def test_what_is_said_in_the_moment_an_agent_leaves_is_answered_by_the_bot(tmp_path: Path) -> None:
    class Late(Desk):
        """A desk whose answer is a moment old."""

        def open_ticket_of(self, conversation_id: str) -> Ticket | None:
            return held

    database = Database(f"sqlite:///{tmp_path / 'desk.db'}")
    desk = Late(database)
    agent = accounts_of(database).save("li", PASSWORD, "小李")
    ticket = desk.request(TicketRequest("web-1", "web", "退款"))
    held = desk.take(ticket.id, agent.id, Entry("j", "system", "来了"))
    SERVICES.append(replace(SERVICES.pop(), desk=AsyncDesk(desk)))
    assert receive(gate(), echo, text="在吗") == [], "the agent has it"
    desk.close(ticket.id, Entry("c", "system", "结束"))
    assert receive(gate(), echo, text="还在吗")[0].text == "还在吗"


def test_code_is_hidden_though_it_comes_at_once_after_the_word(transcript: Transcript) -> None:
    async def story() -> None:
        own = gate()
        await asyncio.gather(
            own.receive(echo, "web-1", "m1", text="他问我要验证码"),
            own.receive(echo, "web-1", "m2", text="我给了 885512"),
            own.receive(echo, "web-1", "m3", text="我的密码是"),
            own.receive(echo, "web-1", "m4", text="hunter2xyz"),
        )
        again = await gate().receive(echo, "web-1", "m4", text="hunter2xyz")
        assert "hunter2xyz" not in again[0].text, "delivered again to another process"

    asyncio.run(story())
    said = [each.text for each in transcript.last("web-1", authors=("customer",))]
    assert said == ["他问我要验证码", "我给了 ****", "我的密码是", "****"]


def test_without_a_record_a_bare_number_is_hidden(tmp_path: Path) -> None:
    (tmp_path / "no.db").mkdir()
    away = AsyncTranscript(Transcript(Database(f"sqlite:///{tmp_path / 'no.db'}")))
    assert asyncio.run(mask_in_conversation(away, "web-1", "885512")).text == "****"


def test_picture_that_is_delivered_again_counts_once_and_gets_the_same() -> None:
    drawn = io.BytesIO()
    Image.new("RGB", (8, 8)).save(drawn, "PNG")

    async def story() -> None:
        own = gate(customer_limit="2/minute")
        said = [
            [each.text for each in await own.receive_picture("web-1", "p1", drawn.getvalue())]
            for _ in range(5)
        ]
        assert said[0][1]
        assert said == [said[0]] * 5
        assert await own.receive(echo, "web-1", "m2", text="你好")

    asyncio.run(story())
