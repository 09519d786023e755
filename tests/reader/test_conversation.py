"""A customer sends a screenshot: what they hear, and what agents see."""

from __future__ import annotations

import signal
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from run import Assistant
from tests.agent import ConsoleAgent, new_login
from tests.customer import Customer
from tests.reader.conftest import example, hears, sends, stored_words, wait_until
from tests.reader.sheet import Sheet
from tests.server.test_metrics import Reading

MANY = [f"wallet-0{number}" for number in range(1, 6)]
MANY += ["bill-01", "bill-02", "bank-01", "bank-02", "english-01"]


def test_a_failed_payment_is_told_and_its_topic_answered(customer: Customer) -> None:
    page = example("wallet-01")
    at_once = sends(customer, page.image)
    assert "正在看" in at_once[-1]["text"]
    said = hears(customer, at_once)
    for right in page.values.values():
        assert right in said
    assert "付款遇到问题" in said
    assert "看错了" in customer.buttons
    assert "订单号" not in customer.says("跳过"), "what was read is not asked for again"


def test_a_page_of_a_procedure_moves_the_procedure(customer: Customer) -> None:
    customer.says("密码忘了")
    assert customer.step == 1
    said = hears(customer, sends(customer, example("step-01").image))
    assert customer.step == 2, said


def test_what_goes_wrong_at_a_step_gets_the_help_of_that_step(customer: Customer) -> None:
    customer.says("密码忘了")
    customer.says("好了")
    sheet = Sheet()
    for words in ("找回密码", "验证码错误，请重新输入"):
        sheet.line(words)
        sheet.space(60)
    said = hears(customer, sends(customer, sheet.done(1200)))
    assert "验证码错误" in said
    assert "最新收到的那一条" in said
    assert "再试这一步" in customer.buttons


def test_a_swindlers_chat_is_a_danger_and_its_secrets_are_covered(
    customer: Customer, assistant: Assistant, folder: Path, engine: Any
) -> None:
    chat = example("chat-03")
    (code,) = chat.secrets
    at_once = sends(customer, chat.image)
    said = hears(customer, at_once)
    assert "骗" in said
    assert "不要把密码和验证码发给任何人" in said
    assert code not in said
    customer.says("转人工")
    agent = ConsoleAgent(assistant.url, new_login(folder))
    (ticket,) = [
        each["id"]
        for kind in agent.queue().values()
        for each in kind
        if each["number"] in customer.said
    ]
    messages = agent.look(ticket)["messages"]
    (shown,) = [each for each in messages if each["picture"]]
    assert "把收到的验证码报给我" in shown["text"], "picture and text side by side"
    assert code not in str(messages)
    url = shown["picture"]["url"].removeprefix("/desk/api")
    assert code not in stored_words(engine, agent.http.get(url).content)
    mine = customer.http.get(at_once[0]["picture"]["url"]).content
    assert code not in stored_words(engine, mine), "the original is not kept"
    files = [path for path in (folder / "pictures").rglob("*") if path.is_file()]
    assert not [path for path in files if "unread" in path.name or "part" in path.name]
    agent.close()


def test_each_swindle_in_a_chat_has_its_own_advice(customer: Customer) -> None:
    """Also after another, which is a danger that still lasts."""
    for name, advice in (
        ("chat-01", "没有什么“安全账户”"),
        ("chat-04", "一共享"),
        ("chat-03", "别给！"),
    ):
        assert advice in hears(customer, sends(customer, example(name).image))


def test_a_code_that_came_by_itself_is_asked_about(customer: Customer) -> None:
    page = example("sms-01")
    said = hears(customer, sends(customer, page.image))
    assert page.secrets[0] not in said
    assert "骗" not in said
    assert "可能有人在试您的账户" in customer.presses("不是我操作的")


@pytest.mark.parametrize(("name", "told"), [("code-01", "收款或付款"), ("code-03", "登录用的码")])
def test_a_code_to_pay_or_to_log_in_is_a_danger(customer: Customer, name: str, told: str) -> None:
    said = hears(customer, sends(customer, example(name).image))
    assert told in said
    assert "转人工" in customer.buttons
    assert "骗" in said


def test_an_address_in_a_code_is_text(customer: Customer) -> None:
    assert "https://shop.example.com/item/12" in hears(
        customer, sends(customer, example("code-04").image)
    )


def test_what_went_well_is_asked_about(customer: Customer) -> None:
    page = example("bill-01")
    said = hears(customer, sends(customer, page.image))
    assert page.values["amount"] in said
    assert "您想问这一笔的什么" in said


def test_what_can_hardly_be_read_is_asked_and_answered_when_it_is_right(
    customer: Customer,
) -> None:
    page = example("step-03")
    tiny = page.image.resize((115, 115 * page.image.height // page.image.width))
    said = hears(customer, sends(customer, tiny.resize(page.image.size, Image.Resampling.BICUBIC)))
    assert "看不太清" in said
    assert customer.presses("是的")


def test_what_is_unsure_is_asked_again_after_it_is_corrected(customer: Customer) -> None:
    page = example("wallet-01")
    small = page.image.resize((150, 150 * page.image.height // page.image.width))
    said = hears(customer, sends(customer, small.resize(page.image.size, Image.Resampling.BICUBIC)))
    assert "看不太清" in said
    assert page.values["amount"] in said
    assert "是的" in customer.buttons
    wrong = next(each for each in customer.buttons if each.endswith("不对"))
    values = {"错误代码不对": "E7788", "商户不对": "张记面馆", "金额不对": "138.55"}
    right = values.get(wrong, "2026-11-29 15:03")
    customer.presses(wrong)
    again = customer.says(right)
    assert f"改成“{right}”" in again
    assert "这回对吗" in again
    assert page.values["amount"] in again or right == "138.55"
    assert "付款遇到问题" in customer.presses("是的")


def test_a_customer_corrects_a_value_and_it_is_right_everywhere(
    customer: Customer, assistant: Assistant, folder: Path
) -> None:
    page = example("wallet-01")
    read = page.values
    hears(customer, sends(customer, page.image))
    asked = customer.presses("看错了")
    for value in read.values():
        assert value in asked
    assert customer.buttons == [
        *("提示不对", "金额不对", "时间不对", "订单号不对", "错误代码不对", "商户不对", "别的不对")
    ]
    assert read["amount"] in customer.presses("金额不对")
    assert customer.buttons == ["没看错"]
    assert "金额改成“138.55”" in customer.says("138.55")
    assert "还有看错的" in customer.buttons
    assert "订单号改成“202611299999000011”" in customer.says("订单号也不对，是202611299999000011")
    customer.presses("还有看错的")
    customer.presses("商户不对")
    assert "商户改成“张记面馆”" in customer.says("应该是张记面馆")
    said = customer.says("转人工")
    agent = ConsoleAgent(assistant.url, new_login(folder))
    (ticket,) = [
        each["id"] for kind in agent.queue().values() for each in kind if each["number"] in said
    ]
    seen = agent.look(ticket)
    told = str({**seen["ticket"], **seen["context"]})
    assert "202611299999000011" in told
    assert read["order_number"] not in told
    assert f"{read['amount']}元" not in told
    (shown,) = [each["text"] for each in seen["messages"] if each["picture"]]
    assert "202611299999000011" in shown
    assert f"（客户更正：金额是 138.55，图里读成了 {read['amount']}）" in shown
    found = agent.http.get("/tickets", params={"q": "202611299999000011"}).json()["tickets"]
    assert [each["id"] for each in found] == [ticket], "what is read is searched"
    agent.close()


def test_who_corrects_is_not_held_up(customer: Customer) -> None:
    """A human, a danger and other questions come first; what is right needs no change."""
    page = example("wallet-02")
    hears(customer, sends(customer, page.image))
    customer.presses("看错了")
    customer.presses("商户不对")
    assert "K0" in customer.says("转人工") or "留言" in customer.said
    hears(customer, sends(customer, page.image))
    customer.presses("看错了")
    customer.presses("金额不对")
    assert "还是" in customer.presses("没看错")
    customer.presses("还有看错的")
    customer.presses("金额不对")
    assert "138.55" in customer.says("138.55，我被骗了")
    assert "骗" in customer.said.replace("138.55，我被骗了", "")
    hears(customer, sends(customer, example("bill-02").image))
    customer.presses("看错了")
    assert "打字告诉我" in customer.presses("别的不对")


def test_an_empty_picture_is_said_to_be_empty(customer: Customer) -> None:
    assert "没有看到文字" in hears(customer, sends(customer, example("blank-01").image))


def test_ten_pictures_at_once_are_summed_up_and_none_is_lost(
    customer: Customer, assistant: Assistant, folder: Path
) -> None:
    pages = [example(name) for name in MANY]
    with ThreadPoolExecutor(len(pages)) as sending:
        sent = list(sending.map(lambda page: sends(customer, page.image), pages))
    assert len({messages[0]["id"] for messages in sent}) == len(MANY)

    def told() -> list[dict[str, Any]]:
        messages = customer.http.get("/api/messages").json()["messages"]
        return [each for each in messages if each["from"] == "bot"]

    def seen() -> str:
        return "\n".join(each["text"] for each in told())

    wait_until(lambda: all(f"第 {place} 张" in seen() for place in range(1, len(MANY) + 1)))
    assert seen().count("正在看") == 1
    for page in pages:
        for kind in ("amount", "order_number", "error_code"):
            assert page.values.get(kind, "") in seen()
    assert len(told()) <= 5, "no answer a picture"
    covered = [each for each in told() if "已经替您遮住了" in each["text"]]
    assert all(each["text"].count("已经替您遮住了") == 1 for each in covered)
    customer.messages = [max(told(), key=lambda each: each["text"].count("第 "))]  # of several
    assert "哪一张看错了" in customer.presses("看错了")
    assert "哪一项不对" in customer.presses(next(iter(customer.buttons)))


def test_an_operator_sees_what_waits_and_what_became_of_it(
    customer: Customer, assistant: Assistant, folder: Path
) -> None:
    def counted() -> dict[str, float]:
        found = Reading(assistant.url)
        kinds = {
            kind: found.of("assistant_pictures_total", channel="web", result=kind)
            for kind in ("read", "failed")
        }
        waiting = found.of("assistant_pictures_waiting")
        return {**kinds, "waiting": waiting, "told": found.of("assistant_picture_seconds_count")}

    wait_until(lambda: counted()["waiting"] == 0)
    before = counted()
    assistant.signal("reader", signal.SIGSTOP)
    try:
        sends(customer, example("blank-01").image)
        at_once = sends(customer, example("blank-02").image)
        assert counted()["waiting"] == 2
        assert Reading(assistant.url).of("assistant_pictures_waiting_oldest_seconds") > 0
        broken = at_once[0]["picture"]["url"].rpartition("/")[2]
        (file,) = (folder / "pictures").rglob(f"{broken}.unread.*")
        file.write_bytes(b"what the store let through by a fault of ours")
    finally:
        assistant.signal("reader", signal.SIGCONT)
    wait_until(lambda: counted()["failed"] == before["failed"] + 1)
    assert "没能读出来" in str(customer.http.get("/api/messages").json())
    assert counted() == {
        "waiting": 0,
        "read": before["read"] + 1,
        "failed": before["failed"] + 1,
        "told": before["told"] + 2,
    }
