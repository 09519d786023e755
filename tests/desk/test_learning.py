"""What customers wrote that leads learn from: why, in groups; on SQLite and PostgreSQL."""

from __future__ import annotations

import time

import pytest

from desk import Closing, Database, Desk, Entry, TicketRequest, Transcript, reply_key
from desk.figures import Figures
from desk.learning import Learning
from desk.ticket import ratings_table as ratings

NOT_UNDERSTOOD = "nlu_fallback"
NONE = {"title": "都不是", "payload": "/deny"}
TRANSFER = {"title": "转账", "payload": "/transfer"}


@pytest.fixture
def learning(database: Database) -> Learning:
    return Learning(database)


class Talk:
    """A conversation as the record has it."""

    def __init__(self, transcript: Transcript, name: str) -> None:
        self._transcript, self._name, self._said = transcript, name, 0

    def turn(self, text: str, intent: str, *buttons: dict[str, str], press: bool = False) -> int:
        """Let the customer write, or press the button with that text; return the position."""
        self._said += 1
        key = f"{self._name}{self._said}"
        pressed = ({"title": text, "payload": f"/{intent}"},) if press else ()
        (said,) = self._transcript.add(
            self._name, Entry(key, "customer", text, buttons=pressed, time=time.time())
        )
        answer = Entry(reply_key(key, "0"), "bot", "……", buttons=buttons, intent=intent)
        answer = Entry(**{**vars(answer), "reply_to": key})
        self._transcript.add(self._name, answer, answers=key)
        return said.seq


def reasons(learning: Learning) -> dict[str, tuple[str, str | None]]:
    return {one.text: (one.why, one.guess) for group in learning.groups(7) for one in group}


def test_what_was_not_understood_comes_in_groups_and_goes_when_it_is_dealt_with(
    learning: Learning, database: Database, transcript: Transcript
) -> None:
    talk = Talk(transcript, "a")
    for text in ("红包发不出去怎么办", "红包发不出去", "红包为什么发不出去", "今天天气好吗"):
        talk.turn(text, NOT_UNDERSTOOD)
    talk.turn("怎么退款", "request_refund")
    large, small = learning.groups(7)
    assert {sentence.text[:2] for sentence in large} == {"红包"}
    assert [sentence.text for sentence in small] == ["今天天气好吗"]
    done = [sentence.seq for sentence in large]
    Figures(database).label([*done, small[0].seq], "transfer", "li")
    assert learning.groups(7) == []
    learning.forget_labels(done)
    assert [sentence.seq for sentence in learning.groups(7)[0]] == done


def test_customers_own_choice_is_the_guess(learning: Learning, transcript: Transcript) -> None:
    talk = Talk(transcript, "a")
    talk.turn("给我妈打点钱", NOT_UNDERSTOOD, TRANSFER, NONE)
    talk.turn("转账", "transfer", press=True)
    talk.turn("那个圆的东西", NOT_UNDERSTOOD, TRANSFER, NONE)
    talk.turn("都不是", "deny", press=True)
    talk.turn("怎么退款", "request_refund", TRANSFER)
    talk.turn("转账", "transfer", press=True)  # a related topic is no correction
    assert reasons(learning) == {
        "给我妈打点钱": ("corrected", "transfer"),
        "那个圆的东西": ("not_understood", None),
    }


def test_a_human_wanted_after_an_answer_and_a_poor_rating_are_reasons(
    learning: Learning, transcript: Transcript, database: Database
) -> None:
    talk = Talk(transcript, "a")
    talk.turn("钱怎么还没到", "withdrawal")
    talk.turn("转人工", "human_handoff")
    talk.turn("密码忘了", "forgot_password")
    talk.turn("谢谢", "thank")
    other = Talk(transcript, "b")
    other.turn("手机换了", "bound_phone_changed")
    values = {"ticket_id": None, "score": 1, "comment": "", "created_at": time.time() + 1}
    with database.write() as connection:
        connection.execute(ratings.insert().values(conversation_id="b", **values))
    assert reasons(learning) == {
        "钱怎么还没到": ("handed_over", None),
        "手机换了": ("unhelpful", None),
    }


def test_newest_conversations_are_found_as_the_assistant_heard_them(
    learning: Learning, transcript: Transcript
) -> None:
    talk = Talk(transcript, "a")
    first = talk.turn("密码忘了", "forgot_password")
    second = talk.turn("下一步", "next_step", press=True)
    other = Talk(transcript, "b").turn("怎么退款", "request_refund")
    third = talk.turn("好了", "next_step")
    transcript.add("a", Entry("z", "customer", "客服在吗"))  # nobody has understood it yet
    mine = [(first, "密码忘了"), (second, "/next_step"), (third, "好了")]
    assert learning.conversations(10) == [mine, [(other, "怎么退款")]]
    assert learning.conversations(2) == [mine[2:], [(other, "怎么退款")]]
    assert learning.leading([third, 999]) == {
        third: [("密码忘了", "密码忘了"), ("下一步", "/next_step"), ("好了", "好了")]
    }


def test_what_an_agent_says_to_have_needed_no_human_comes_with_what_they_wrote(
    learning: Learning, transcript: Transcript, desk: Desk
) -> None:
    talk = Talk(transcript, "a")
    talk.turn("你好", "greet")
    talk.turn("余额怎么转给我妈", NOT_UNDERSTOOD)
    talk.turn("转人工", "human_handoff")
    ticket = desk.request(TicketRequest("a", "web", "转账"))
    desk.take(ticket.id, 1, Entry("taken", "system", "小王来了"))
    talk.turn("还在吗", NOT_UNDERSTOOD)
    desk.close(
        ticket.id, Entry("over", "system", "结束"), Closing("告诉他在转账里办", needless=True)
    )
    found = {one.text: one for group in learning.groups(7) for one in group}
    assert found["余额怎么转给我妈"].why == "needless"
    assert found["余额怎么转给我妈"].summary == "告诉他在转账里办"
    assert found["还在吗"].why == "not_understood"
    assert "你好" not in found


def test_what_all_questions_have_in_common_makes_no_group(
    learning: Learning, transcript: Transcript
) -> None:
    talk = Talk(transcript, "a")
    for text in ("充值的发票在哪里下载", "领的红包在哪里", "怎么办", "发票怎么开啊", "如何开发票"):
        talk.turn(text, NOT_UNDERSTOOD)
    large, *others = learning.groups(7)
    assert {sentence.text for sentence in large} == {
        "充值的发票在哪里下载", "发票怎么开啊", "如何开发票",
    }  # fmt: skip
    assert [len(group) for group in others] == [1, 1]


def test_a_conversation_in_which_the_customer_has_written_nothing_is_passed_over(
    learning: Learning, transcript: Transcript
) -> None:
    transcript.add("d", Entry("welcome", "bot", "您好", time=time.time()))
    Talk(transcript, "e").turn("红包发不出去", NOT_UNDERSTOOD)
    assert reasons(learning) == {"红包发不出去": ("not_understood", None)}
