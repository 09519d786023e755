"""A lead changes what the assistant says, and customers hear it."""

from __future__ import annotations

import difflib
from pathlib import Path

from tests.customer import Customer
from tests.studio.lead import Lead, sets

ANSWER = "转账的事您先别急。打开“转账”页面，看看最近一笔的状态，再告诉我上面写了什么。"


def lines_changed(before: str, after: str) -> list[str]:
    found = difflib.ndiff(before.splitlines(), after.splitlines())
    return [line for line in found if line[0] in "+-"]


def test_customer_hears_the_answer_that_a_lead_has_just_written(
    lead: Lead, customer: Customer
) -> None:
    before = customer.says("密码忘了怎么办")
    lead.saves("forgot_password", sets("别着急，一共{steps}步，我陪您做。", "answer"))
    assert "别着急，一共五步，我陪您做。" not in before
    customer.open_page()
    customer.says("退出")
    assert "别着急，一共五步，我陪您做。" in customer.says("密码忘了怎么办")


def test_what_was_not_touched_stays_as_it_is(lead: Lead, content: Path) -> None:
    file = content / "desk.yml"
    before = file.read_text(encoding="utf8")
    lead.saves("=desk", sets("您好，我是人工客服，请稍等。", "replies", 0, "text"))
    after = file.read_text(encoding="utf8")
    assert lines_changed(before, after) == [
        "-     text: 您好，我是人工客服，您的情况我在看，请稍等。",
        "+     text: 您好，我是人工客服，请稍等。",
    ]
    assert [path.name for path in content.rglob("*.new")] == []
