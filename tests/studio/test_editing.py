"""A lead changes what the assistant says, and customers hear it."""

from __future__ import annotations

import contextlib
import difflib
import json
import re
import threading
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from run import Assistant
from tests import local
from tests.agent import ConsoleAgent, new_login
from tests.conftest import until_it_works
from tests.customer import Customer
from tests.studio.lead import Change, Lead, sets

NEW = "别着急，一共{steps}步，我陪您做。"


def lines_changed(before: str, after: str) -> list[str]:
    found = difflib.ndiff(before.splitlines(), after.splitlines())
    return [line for line in found if line[0] in "+-"]


def replace(file: Path, old: str, new: str) -> None:
    """Edit a file by hand."""
    text = file.read_text(encoding="utf8")
    assert old in text
    file.write_text(text.replace(old, new, 1), encoding="utf8")


def asks_for_the_password(customer: Customer) -> str:
    """Ask as if for the first time."""
    customer.open_page()
    customer.says("退出")
    return customer.says("密码忘了怎么办")


# ---- a lead edits


def test_customer_hears_the_answer_that_a_lead_has_just_written(
    lead: Lead, customer: Customer
) -> None:
    heard = NEW.format(steps="五")
    assert heard not in asks_for_the_password(customer)
    lead.saves("forgot_password", sets(NEW, "answer"))
    assert heard in asks_for_the_password(customer)


def test_step_trouble_followup_and_phrase_are_edited_in_the_same_way(
    lead: Lead, customer: Customer
) -> None:
    lead.saves("forgot_password", sets("先点“忘记密码”。", "steps", 0, "text"))
    lead.saves("forgot_password", sets("往下翻一翻就有。", "steps", 0, "trouble", 0, "help"))
    lead.saves("forgot_password", sets("做完保存就能用。", "followups", "how_long"))
    lead.saves("=phrases", sets("往下走", "button_next"))
    assert "先点“忘记密码”。" in asks_for_the_password(customer)
    assert "往下走" in customer.buttons
    assert "往下翻一翻就有。" in customer.says("找不到忘记密码")
    assert "做完保存就能用。" in customer.says("要多久")


def test_what_was_not_touched_stays_as_it_is(lead: Lead, content: Path) -> None:
    file = content / "desk.yml"
    before = file.read_text(encoding="utf8")
    lead.saves("=desk", sets("您好，我是人工客服，请稍等。", "replies", 0, "text"))
    assert lines_changed(before, file.read_text(encoding="utf8")) == [
        "-     text: 您好，我是人工客服，您的情况我在看，请稍等。",
        "+     text: 您好，我是人工客服，请稍等。",
    ]
    assert [path.name for path in content.rglob(".*.new")] == []


def test_saving_without_a_change_writes_nothing(lead: Lead, content: Path) -> None:
    before = len(lead.history())
    assert lead.tries("transfer", lambda data: None).status_code == 200
    assert len(lead.history()) == before


def test_lead_finds_where_a_sentence_comes_from(lead: Lead) -> None:
    found = lead.http.get("/content", params={"q": "跟着下面"}).json()["found"]
    assert ("forgot_password", ["answer"]) in [(one["document"], one["path"]) for one in found]
    assert next(one["label"] for one in found if one["path"] == ["answer"]) == "答案"
    found = lead.http.get("/content", params={"q": "打客服热线"}).json()["found"]
    labels = [one["label"] for one in found]
    assert "接着问的 › 找谁" in labels or "接着问的 › 在哪里" in labels
    assert not any(part.isascii() for label in labels for part in label.split(" › ") if part)


# ---- a wrong edit


@pytest.mark.parametrize(
    ("name", "change", "path", "reason"),
    [
        ("transfer", sets("", "answer"), ["answer"], "空"),
        ("transfer", sets("请打{hotlnie}", "answer"), ["answer"], "hotlnie"),
        ("transfer", sets("请打{hotline", "answer"), ["answer"], "花括号"),
        ("transfer", sets(5, "title"), ["title"], "string"),
        ("transfer", sets(["no_such_topic"], "related"), ["related", 0], "no_such_topic"),
        ("transfer", sets("x", "colour"), ["colour"], "不认识"),
        ("forgot_password", sets("一共5步", "answer"), ["answer"], "{steps}"),
        ("forgot_password", sets("", "steps", 1, "text"), ["steps", 1, "text"], "空"),
        ("=desk", sets(["9点到6点"], "hours"), ["hours"], "object"),
        ("=desk", sets({"monday": ["9点"]}, "hours"), ["hours", "monday", 0], "09:00-18:00"),
        ("=outside", sets("(红包", "feature", "红包"), ["feature", "红包"], "正则"),
        ("=assistant", sets(9, "suggestions"), ["suggestions"], "不大于 5"),
        ("=despair", sets([""], "calm"), ["calm", 0], "空"),
    ],
)
def test_wrong_edit_is_refused_at_its_field(
    lead: Lead, content: Path, name: str, change: Change, path: list[Any], reason: str
) -> None:
    answer = lead.tries(name, change)
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "invalid")
    (problem,) = answer.json()["problems"]
    assert problem["path"] == path
    assert reason in problem["reason"]
    assert problem["file"].startswith("content/")
    assert lead.opens(name) == lead.opened[name]["data"]
    assert lead.opened[name]["problems"] == []


def test_what_other_files_refer_to_must_stay(lead: Lead) -> None:
    def without_time(data: Any) -> None:
        del data["time"]

    answer = lead.tries("=details", without_time)
    assert answer.status_code == 422
    assert any(
        one["file"].startswith("content/topics/") and "time" in one["reason"]
        for one in answer.json()["problems"]
    )


def renames_trouble(data: Any) -> None:
    data["steps"][0]["trouble"][0]["key"] = "cannot_find"


def drops_question(data: Any) -> None:
    del data["steps"][0]["asked"]["payment_password"]


def drops_last_step(data: Any) -> None:
    del data["steps"][-1]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (renames_trouble, ["“not_found” 不能删", "“cannot_find” 还没有训练例句"]),
        (drops_question, ["“payment_password” 不能删"]),
        (drops_last_step, ["不能删"]),
    ],
)
def test_what_training_data_refers_to_must_stay(
    lead: Lead, change: Change, said: list[str]
) -> None:
    answer = lead.tries("forgot_password", change)
    assert answer.status_code == 422
    reasons = " ".join(one["reason"] for one in answer.json()["problems"])
    assert all(each in reasons for each in said)
    assert all(one["path"][0] == "steps" for one in answer.json()["problems"])


def test_what_cannot_be_read_as_an_edit_is_refused(lead: Lead) -> None:
    lead.opens("transfer")
    version = lead.opened["transfer"]["version"]
    for body in (
        {},
        {"version": version},
        {"version": version, "data": []},
        {"version": 5, "data": {}},
        {"version": version, "base": None, "data": "title: x"},
    ):
        assert lead.http.post("/content/transfer", json=body).status_code == 400
    large = {"version": version, "base": {}, "data": {"answer": "长" * 300_000}}
    assert lead.http.post("/content/transfer", json=large).status_code == 413
    for name in ("no_such_topic", "..", "%2e%2e%2fassistant", "=credentials", "=schema"):
        assert lead.http.get(f"/content/{name}").status_code == 404, name


# ---- what customers would read


def test_lead_sees_what_customers_will_read_on_every_channel(lead: Lead) -> None:
    data = lead.opens("forgot_password")
    data["steps"][1]["text"] = "填绑定的手机号。"
    shown = lead.previews("forgot_password", data, "steps", 1, "text")
    assert shown["problems"] == []
    (message,) = shown["page"]
    assert message["step"] == {
        "procedure": "找回密码",
        "index": 2,
        "total": 5,
        "title": "验证身份",
    }
    assert "填绑定的手机号。" in message["text"]
    platforms = {one["name"]: one["messages"] for one in shown["platforms"]}
    assert platforms.keys() == {"wechat", "weibo"}
    for messages in platforms.values():
        (said,) = messages
        assert "第 2/5 步" in said["text"]
        assert "1. 下一步" in said["text"], "where there are no buttons, numbers are picked"
    assert lead.opens("forgot_password")["steps"][1]["text"] != "填绑定的手机号。", "only shown"


@pytest.mark.parametrize(
    ("name", "question"),
    [
        ("forgot_password", "密码忘了怎么办"),  # begins with its first step
        ("security_advice", "怎么提高账户安全"),  # offers steps
        ("review_transactions", "查看交易记录"),  # answers
        ("complaint", "我要投诉"),  # asks before a human comes
    ],
)
def test_preview_says_the_same_as_the_assistant(
    lead: Lead, customer: Customer, name: str, question: str
) -> None:
    shown = lead.previews(name, lead.opens(name), "answer")
    customer.says(question)
    assert "\n".join(one["text"] for one in shown["page"]) == customer.said
    titles = [button["title"] for one in shown["page"] for button in one["buttons"]]
    assert titles == customer.buttons


def test_every_part_of_the_content_can_be_looked_at(lead: Lead) -> None:
    """Of topics, which are all alike, each part in three of them, and something in each."""
    looked_at: Counter[str] = Counter()
    for listed in lead.http.get("/content").json()["documents"]:
        name = listed["name"]
        data = lead.opens(name)
        parts = list(data)
        if listed["group"]:
            parts = [each for each in parts if looked_at[each] < 3] or parts[-1:]
            looked_at.update(parts)
        for part in parts:
            shown = lead.previews(name, data, part)
            assert shown["problems"] == [], (name, part)
            assert json.dumps(shown)


# ---- two who edit


def test_two_edits_of_the_same_document_are_shown_to_the_second(
    lead: Lead, new_lead: Callable[[], Lead]
) -> None:
    other = new_lead()
    mine, theirs = lead.opens("transfer"), other.opens("transfer")
    theirs["answer"], theirs["brief"] = "对方的答案。", "对方的短答案。"
    assert other.sends("transfer", theirs).status_code == 200
    mine["answer"], mine["subject"] = "我的答案。", "转钱"
    answer = lead.sends("transfer", mine)
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "changed")
    found = answer.json()
    assert found["document"]["data"]["answer"] == "对方的答案。", "theirs is what stands there"
    assert found["conflicts"] == [["answer"]]
    merged = found["merged"]
    assert (merged["answer"], merged["subject"], merged["brief"]) == (
        "我的答案。",
        "转钱",
        "对方的短答案。",
    )
    lead.opened["transfer"] = found["document"]
    assert lead.sends("transfer", merged).status_code == 200
    assert other.opens("transfer") == merged


def test_edit_by_hand_shows_in_the_form_and_the_other_way_round(
    lead: Lead, content: Path, customer: Customer
) -> None:
    file = content / "topics" / "forgot_password.yml"
    lead.saves("forgot_password", sets(NEW, "answer"))
    assert NEW in file.read_text(encoding="utf8")
    replace(file, NEW, "手改的答案。")
    assert "手改的答案。" in asks_for_the_password(customer)
    assert lead.opens("forgot_password")["answer"] == "手改的答案。"
    assert lead.opened["forgot_password"]["by_hand"]
    listed = lead.http.get("/content").json()["documents"]
    assert [one["by_hand"] for one in listed if one["name"] == "forgot_password"] == [True]


def test_edit_by_hand_since_the_form_was_opened_is_not_overwritten(
    lead: Lead, content: Path
) -> None:
    file = content / "topics" / "transfer.yml"
    data = lead.opens("transfer")
    replace(file, f"title: {data['title']}", "title: 手改的名称")
    data["title"] = "我的名称"
    answer = lead.sends("transfer", data)
    assert (answer.status_code, answer.json()["conflicts"]) == (409, [["title"]])
    assert "手改的名称" in file.read_text(encoding="utf8")


def test_broken_edit_by_hand_is_told_and_nothing_else_is_saved_over_it(
    lead: Lead, content: Path
) -> None:
    file = content / "topics" / "transfer.yml"
    replace(file, "title:", "titel:")
    data = lead.opens("transfer")
    assert [one["path"] for one in lead.opened["transfer"]["problems"]]
    listed = lead.http.get("/content").json()["documents"]
    assert [one["problems"] for one in listed if one["name"] == "transfer"] == [2]
    refused = lead.tries("withdrawal", sets("别的答案。", "answer"))
    assert refused.status_code == 422, "the content as a whole would be refused"
    assert refused.json()["problems"][0]["file"] == "content/topics/transfer.yml"
    data["title"] = data.pop("titel")
    assert lead.sends("transfer", data).status_code == 200, "but it is mended here"


def test_a_file_that_is_no_yaml_is_told_and_left_alone(lead: Lead, content: Path) -> None:
    file = content / "topics" / "transfer.yml"
    data = lead.opens("transfer")
    file.write_text("title: [\n", encoding="utf8")
    assert lead.http.get("/content/transfer").json()["document"]["data"] is None
    assert lead.sends("transfer", data).status_code == 409
    assert file.read_text(encoding="utf8") == "title: [\n"


# ---- back again


def test_an_edit_is_compared_and_taken_back(lead: Lead, customer: Customer, content: Path) -> None:
    file = content / "topics" / "forgot_password.yml"
    before = file.read_text(encoding="utf8")
    number = lead.saves("forgot_password", sets(NEW, "answer"))
    told = lead.http.get(f"/edits/{number}").json()
    assert [(one["label"], one["after"]) for one in told["differences"]] == [("答案", NEW)]
    assert lead.undoes(number).status_code == 200
    assert file.read_text(encoding="utf8") == before
    assert NEW.format(steps="五") not in asks_for_the_password(customer)
    newest = lead.history("forgot_password")[0]
    assert newest["undoes"] == number
    assert lead.undoes(newest["id"]).status_code == 200, "an undoing can be undone"
    assert lead.opens("forgot_password")["answer"] == NEW


def test_an_earlier_edit_is_taken_back_and_later_ones_stay(lead: Lead) -> None:
    first = lead.saves("transfer", sets("第一次改的答案。", "answer"))
    original = lead.http.get(f"/edits/{first}").json()["differences"][0]["before"]
    lead.saves("transfer", sets("第二次改的短答案。", "brief"))
    assert lead.undoes(first).status_code == 200
    data = lead.opens("transfer")
    assert (data["answer"], data["brief"]) == (original, "第二次改的短答案。")


def test_an_edit_that_was_edited_since_is_not_taken_back_silently(lead: Lead) -> None:
    first = lead.saves("transfer", sets("第一次改的答案。", "answer"))
    lead.saves("transfer", sets("第二次改的答案。", "answer"))
    answer = lead.undoes(first)
    assert (answer.status_code, answer.json()["conflicts"]) == (409, [["answer"]])
    assert lead.opens("transfer")["answer"] == "第二次改的答案。"


def test_undoing_what_the_check_refuses_by_now_is_refused(lead: Lead) -> None:
    def adds_contact(data: Any) -> None:
        data["line"] = {"value": None, "when_set": "{value}", "when_unset": "在应用里看。"}

    number = lead.saves("=contacts", adds_contact)
    lead.saves("transfer", sets("请看{line}", "answer"))
    answer = lead.undoes(number)
    assert answer.status_code == 422
    assert "line" in answer.json()["problems"][0]["reason"]


def test_history_and_audit_say_who_changed_what(lead: Lead) -> None:
    lead.saves("forgot_password", sets("先点“忘记密码”。", "steps", 0, "text"))
    entry = lead.history("forgot_password")[0]
    assert entry["summary"] == "步骤 1 › 客户要做什么"
    assert entry["agent"].startswith("lead-")
    audit = lead.http.get("/audit").json()["entries"][0]
    assert (audit["action"], audit["agent"]) == ("edit content", entry["agent"])
    assert "步骤 1" in audit["detail"]
    assert "先点" not in json.dumps(lead.http.get("/audit").json()), "not what is said"


# ---- who may


def test_agents_neither_read_nor_write_the_content(running: Assistant, own_state: Path) -> None:
    agent = ConsoleAgent(running.url, new_login(own_state))
    for method, path in (
        ("GET", "/content"),
        ("GET", "/content/transfer"),
        ("POST", "/content/transfer"),
        ("POST", "/content/transfer/preview"),
        ("GET", "/edits"),
        ("POST", "/edits/1/undo"),
    ):
        answer = agent.http.request(method, path, json={})
        assert (answer.status_code, answer.json()["error"]["code"]) == (403, "leads_only")
    agent.close()


def test_another_sites_page_cannot_edit_in_a_leads_name(lead: Lead, running: Assistant) -> None:
    data = lead.opens("transfer")
    version = lead.opened["transfer"]["version"]
    body = {"version": version, "base": data, "data": {**data, "title": "别的网站写的"}}
    cookies = {"ok_agent": lead.http.cookies["ok_agent"]}
    answer = local.post(
        f"{running.url}/desk/api/content/transfer",
        json=body,
        cookies=cookies,
        headers={"Origin": "https://evil.example"},
    )
    assert answer.status_code == 403
    assert lead.opens("transfer") == data


# ---- the server dies


def test_server_killed_while_a_lead_saves_leaves_file_and_history_in_agreement(
    lead: Lead, running: Assistant, content: Path
) -> None:
    file = content / "topics" / "transfer.yml"
    data = lead.opens("transfer")
    killed = threading.Event()

    def kill() -> None:
        running.processes["server"].kill()
        killed.set()

    timer = threading.Timer(0.5, kill)
    timer.start()
    saved = ""
    with contextlib.suppress(httpx.TransportError):
        for turn in range(1000):
            answer = lead.sends("transfer", {**data, "answer": f"第{turn}次的答案。"})
            assert answer.status_code == 200, answer.text
            saved = lead.opened["transfer"]["data"]["answer"]
    assert killed.wait(60)

    def is_back() -> None:
        assert local.get(f"{running.url}/ready").status_code == 200

    until_it_works(is_back, (httpx.TransportError, AssertionError))
    now = lead.opens("transfer")["answer"]
    turns = [int(re.sub(r"\D", "", text) or -1) for text in (saved, now)]
    assert turns[1] - turns[0] in {0, 1}, "what was answered is there, and at most one more"
    opened = lead.opened["transfer"]
    assert not opened["by_hand"], "the history's newest text is the file's"
    assert opened["last"]["summary"] == "答案"
    assert now in file.read_text(encoding="utf8")
    assert list(content.rglob(".*.new")) == []
