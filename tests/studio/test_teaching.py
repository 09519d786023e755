"""A lead teaches sentences and topics over HTTP, takes them back, and tries versions."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from desk import Database
from desk.versions import Versions
from run import Assistant
from studio import Shelf
from tests.conftest import until_it_works
from tests.customer import Customer
from tests.studio.lead import Lead, sets

FORGOT = "forgot_password"


def sends(lead: Lead, path: str, **body: Any) -> Any:
    answer = lead.http.post(path, json=body, timeout=90)
    assert answer.status_code == 200, answer.text
    return answer.json()


def asks(lead: Lead, path: str, **body: Any) -> Any:
    """Ask what takes a while at first: a busy machine may want to be asked again."""
    until = time.monotonic() + 300
    while (answer := lead.http.post(path, json=body, timeout=90)).status_code == 503:
        assert answer.json()["error"]["code"] == "busy", answer.text
        assert time.monotonic() < until
    assert answer.status_code == 200, answer.text
    return answer.json()


def taught(content: Path, kind: str = "taught") -> dict[str, str]:
    found: dict[str, str] = yaml.safe_load((content / "sentences.yml").read_text("utf8"))[kind]
    return found


def to_do(lead: Lead, text: str) -> list[int]:
    """Return the positions of a sentence that is still to be dealt with."""
    groups = lead.http.get("/sentences").json()["groups"]
    return [one["seq"] for group in groups for one in group["sentences"] if one["text"] == text]


def test_lead_says_what_a_sentence_means_and_takes_it_back(
    lead: Lead, customer: Customer, content: Path
) -> None:
    odd = "那个圆圆的东西转来转去 zqx"
    customer.says(odd)
    seqs = to_do(lead, odd)
    assert seqs
    body = {"taught": {odd: "transfer"}, "seqs": seqs, "intent": "transfer"}
    edits = sends(lead, "/sentences", **body)["edits"]
    assert taught(content) == {odd: "transfer"}
    assert to_do(lead, odd) == []
    (said,) = lead.http.get("/sentences/taught").json()["taught"]
    assert said == {"text": odd, "intent": "transfer"}
    assert lead.history("=sentences")[0]["id"] == edits[0]
    sends(lead, "/sentences/undo", edits=edits, seqs=seqs)
    assert taught(content) == {}
    assert to_do(lead, odd) == seqs


def test_lead_may_call_a_sentence_none_of_ours_or_a_wish_for_a_human(
    lead: Lead, content: Path
) -> None:
    sends(
        lead, "/sentences", taught={"月亮几点开门": "out_of_scope", "给我接线员": "human_handoff"}
    )
    assert taught(content) == {"月亮几点开门": "out_of_scope", "给我接线员": "human_handoff"}
    sends(lead, "/sentences", taught={"月亮几点开门": None})
    assert taught(content) == {"给我接线员": "human_handoff"}


def test_two_leads_teach_at_the_same_time_and_nothing_is_lost(
    lead: Lead, new_lead: Any, content: Path
) -> None:
    first = sends(lead, "/sentences", taught={"甲乙丙": "transfer"})["edits"]
    sends(new_lead(), "/sentences", taught={"丁戊己": "withdrawal"})
    sends(lead, "/sentences/undo", edits=first)
    assert taught(content) == {"丁戊己": "withdrawal"}


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"taught": {"一句话": "no_such_topic"}}, 422),
        ({"must_stay": {"一句话": "Not A Name"}}, 422),
        ({"taught": {"一句话": 3}}, 400),
        ({"taught": ["一句话"]}, 400),
        ({"seqs": ["1"]}, 400),
        ({"seqs": [1], "intent": "no_such_topic"}, 400),
    ],
)
def test_what_no_version_could_learn_is_refused(
    lead: Lead, content: Path, body: dict[str, Any], status: int
) -> None:
    answer = lead.http.post("/sentences", json=body)
    assert answer.status_code == status, answer.text
    assert answer.json()["error"]["message"]
    assert taught(content) == {}


def test_sentence_of_a_customer_is_written_as_the_file_can_hold_it(
    lead: Lead, content: Path
) -> None:
    odd = ['/transfer{"x": 1}', "- [退款](order)", "a: b #c", "是", "两\n行\u202e字", "'\"\\"]
    sends(lead, "/sentences", taught=dict.fromkeys(odd, "transfer"))
    assert list(taught(content)) == [
        'transfer{"x": 1}', "- [退款](order)", "a: b #c", "是", "两 行字", "'\"\\",
    ]  # fmt: skip


def test_nearest_sentences_of_every_intent_are_shown_and_what_contradicts_is_moved(
    lead: Lead, content: Path
) -> None:
    answer = asks(lead, "/sentences/near", texts=["如何开发票"], words="")
    near, (claimed,) = answer["near"], answer["words"]
    assert claimed["word"] == "发票"
    assert claimed["outside"] > 100
    best = near[0]
    assert best["intent"] == "out_of_scope"
    assert "发票" in best["text"]
    assert len({each["intent"] for each in near}) > 3
    assert [each["likeness"] for each in near] == sorted(
        (each["likeness"] for each in near), reverse=True
    )
    sends(lead, "/sentences", taught={best["text"]: "review_transactions"})
    near = asks(lead, "/sentences/near", texts=["如何开发票"], words="")["near"]
    (moved,) = [each for each in near if each["text"] == best["text"]]
    assert (moved["intent"], moved["taught"]) == ("review_transactions", True)
    found = asks(lead, "/sentences/near", texts=[], words="发票")["near"]
    assert len(found) > 150
    assert all("发票" in each["text"] for each in found)


def test_new_topic_is_written_in_all_its_places_and_taken_back_as_a_whole(
    lead: Lead, content: Path
) -> None:
    topic = {
        "title": "开发票",
        "category": "咨询",
        "answer": "发票在订单页面里申请。\n一般当天就好。",
        "sentences": ["如何开发票", "发票怎么开", "如何开发票 "],
    }
    made = sends(lead, "/topics", **topic)
    assert made["name"] == "kai_fa_piao"
    file = content / "topics" / "kai_fa_piao.yml"
    assert yaml.safe_load(file.read_text("utf8")) == {
        name: topic[name] for name in ("title", "category", "answer")
    }
    assert taught(content) == {"如何开发票": made["name"], "发票怎么开": made["name"]}
    intents = lead.http.get("/sentences/taught").json()["intents"]
    assert {"name": made["name"], "title": "开发票"} in intents
    assert lead.opens(made["name"])["answer"] == topic["answer"]
    another = sends(lead, "/topics", **{**topic, "sentences": ["开票"]})
    assert another["name"] != made["name"]

    only_the_topic = lead.http.post("/sentences/undo", json={"edits": made["edits"][:1]})
    assert only_the_topic.status_code == 422, "sentences would mean nothing"
    (problem,) = only_the_topic.json()["problems"]
    assert "还有 2 句例句教给了这个话题" in problem["reason"]
    assert "再撤销话题" in problem["reason"], "what to do about it"
    sends(lead, "/sentences/undo", edits=made["edits"])
    assert not file.exists()
    assert taught(content) == {"开票": another["name"]}
    again = lead.history(made["name"])[0]["id"]
    assert lead.undoes(again).status_code == 200
    assert file.exists()


def test_topic_that_lacks_something_is_not_made(lead: Lead, content: Path) -> None:
    whole = {"title": "开发票", "category": "咨询", "answer": "好。", "sentences": ["开票"]}
    for name in whole:
        answer = lead.http.post("/topics", json={**whole, name: [] if name == "sentences" else " "})
        assert answer.status_code == 400, name
    wrong = lead.http.post("/topics", json={**whole, "answer": "请打{hotlnie}"})
    assert wrong.status_code == 422
    assert "{hotlnie}" in wrong.text
    assert not (content / "topics" / "kai_fa_piao.yml").exists()


# ---- versions


@pytest.fixture
def shelf(own_state: Path, running: Assistant) -> Iterator[Shelf]:
    """The folder of the assistant's versions; afterwards the installed model answers."""
    found = Shelf(own_state / "versions", running._model)
    found.folder.mkdir(exist_ok=True)
    yield found
    stored = Versions(Database(f"sqlite:///{own_state / 'desk.db'}"))
    stored.publish(None, found.installed, "afterwards")


@pytest.fixture
def stored(own_state: Path) -> Versions:
    return Versions(Database(f"sqlite:///{own_state / 'desk.db'}"))


def version(
    stored: Versions,
    shelf: Shelf,
    model: bytes | None = None,
    sentences: dict[str, str] | None = None,
) -> int:
    """Return a version that is there: the installed model again, or what is given."""
    number = stored.ask("li")
    assert number
    assert stored.claim(number, "test")
    file = shelf.file(number)
    if model is None:
        file.hardlink_to(shelf.model)
    else:
        file.write_bytes(model)
    empty = {"of": 0, "changed": []}
    assert stored.finish(number, "test", sentences or {}, {"regressions": [], "real": empty})
    return number


def test_version_that_cannot_be_loaded_changes_nothing_for_customers(
    lead: Lead, customer: Customer, shelf: Shelf, stored: Versions, own_state: Path
) -> None:
    broken = version(stored, shelf, shelf.model.read_bytes()[:1_000_000])
    sends(lead, f"/versions/{broken}/publish", before=0)

    def told() -> None:
        assert f"Version {broken} is not loaded" in (own_state / "assistant.log").read_text("utf8")

    until_it_works(told, AssertionError)
    assert "第 1/5 步" in customer.says("忘记密码怎么办")
    shelf.file(broken).unlink()
    gone = lead.http.post(f"/versions/{broken}/publish", json={"before": broken})
    assert gone.status_code == 404


def test_what_is_taught_waits_for_a_version_and_comes_back_if_that_does_not_help(
    lead: Lead, customer: Customer, shelf: Shelf, stored: Versions
) -> None:
    odd = "那个方方的东西滚来滚去 zqx"
    customer.says(odd)
    (first,) = to_do(lead, odd)
    sends(lead, "/sentences", taught={odd: "transfer"})
    assert to_do(lead, odd) == []
    customer.says(odd)
    assert to_do(lead, odd) == [], "no version knows it yet"
    number = version(stored, shelf, sentences={odd: "transfer"})
    sends(lead, f"/versions/{number}/publish", before=0)
    assert to_do(lead, odd) == [], "it was said before that"
    customer.says("你好")
    customer.says(odd)
    (last,) = to_do(lead, odd)
    assert last > first


def test_what_teaches_nothing_is_put_aside(lead: Lead, customer: Customer, content: Path) -> None:
    odd = "嗡嗡嗡的那个 zqx"
    customer.says(odd)
    seqs = to_do(lead, odd)
    assert seqs
    sends(lead, "/sentences", seqs=seqs)
    assert to_do(lead, odd) == []
    assert taught(content) == {}
    sends(lead, "/sentences/undo", edits=[], seqs=seqs)
    assert to_do(lead, odd) == seqs


def test_two_leads_do_not_publish_over_each_other(
    lead: Lead, new_lead: Any, shelf: Shelf, stored: Versions
) -> None:
    one, other = version(stored, shelf), version(stored, shelf)
    sends(lead, f"/versions/{one}/publish", before=0)
    late = new_lead().http.post(f"/versions/{other}/publish", json={"before": 0})
    assert (late.status_code, late.json()["error"]["code"]) == (409, "changed")
    assert lead.http.get("/versions").json()["live"] == one


def test_lead_tries_a_conversation_on_two_versions_side_by_side(
    lead: Lead, shelf: Shelf, stored: Versions
) -> None:
    number = version(stored, shelf)
    messages = ["忘记密码怎么办", "/next_step"]
    live, other = asks(lead, "/trials", messages=messages, version=number)["versions"]
    assert (live["version"], other["version"]) == (0, number)
    for each in (live, other):
        first, second = each["turns"]
        assert first["intent"] == FORGOT
        assert first["ranking"][0]["name"] == FORGOT
        assert "第 1/5 步" in first["answers"][0]["text"]
        assert "第 2/5 步" in second["answers"][0]["text"]
        assert {"name", "confidence", "at_least", "evidence"} == first["readings"][0].keys()
    assert lead.http.post("/trials", json={"messages": [], "version": 0}).status_code == 400
    unknown = lead.http.post("/trials", json={"messages": ["你好"], "version": 999})
    assert unknown.status_code == 404


def test_version_that_is_called_off_is_not_published(lead: Lead, stored: Versions) -> None:
    number = stored.ask("li")
    assert number
    assert stored.claim(number, "a worker elsewhere")
    assert lead.http.post("/versions", json={}).status_code == 409
    assert lead.http.post(f"/versions/{number}/cancel", json={}).status_code == 204
    (mine,) = [
        each for each in lead.http.get("/versions").json()["versions"] if each["id"] == number
    ]
    assert (mine["status"], mine["reason"]) == ("failed", "cancelled")
    noted = lead.http.get("/audit", params={"action": "cancel training"}).json()["entries"][0]
    assert mine["cancelled_by"] == noted["agent"], "the page says who, and no failure"
    refused = lead.http.post(f"/versions/{number}/publish", json={"before": 0})
    assert refused.status_code == 404


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("我的手机号13812345678要退款", "13812345678"),
        ("卡号6222021234567890128能绑吗", "6222021234567890128"),
        ("身份证110101199003072316怎么认证", "110101199003072316"),
    ],
)
def test_sentence_with_somebodys_number_is_refused_wherever_it_is_typed(
    lead: Lead, content: Path, text: str, number: str
) -> None:
    topic = {"title": "退款到手机", "category": "咨询", "answer": "好。"}
    before = lead.history()
    ways = [
        lead.http.post("/sentences", json={"taught": {"怎么退": "transfer", text: "transfer"}}),
        lead.http.post("/sentences", json={"must_stay": {text: "transfer"}}),
        lead.http.post("/topics", json={**topic, "sentences": ["怎么退款", text]}),
        lead.tries("=sentences", sets({text: "transfer"}, "taught")),
    ]
    for answer in ways:
        assert answer.status_code == 422, answer.text
        (problem,) = answer.json()["problems"]
        assert text.partition(number)[0] in problem["reason"], "which one is named"
        assert "号码" in problem["reason"]
        assert number not in problem["reason"]
    assert lead.history() == before, "nothing stays, not even in what was changed"
    assert number not in (content / "sentences.yml").read_text("utf8")
    assert not list((content / "topics").glob("tui_kuan*"))
    assert number not in lead.http.get("/audit").text


def test_sentence_with_a_number_that_stood_there_already_can_be_taken_out(
    lead: Lead, content: Path
) -> None:
    old = "我的手机号13812345678要退款"
    file = content / "sentences.yml"
    file.write_text(file.read_text("utf8").replace("taught: {}", f"taught:\n  {old}: transfer"))
    until_it_works(lambda: lead.opens("=sentences")["taught"][old], KeyError)
    sends(lead, "/sentences", taught={old: None, "怎么退": "transfer"})
    assert taught(content) == {"怎么退": "transfer"}
