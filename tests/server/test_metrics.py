"""What operators read at /metrics, and what they are woken by."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from infra import metrics as counters
from infra import settings
from run import ROOT, Assistant
from server import metrics
from tests import local
from tests.agent import ConsoleAgent, new_login
from tests.channels.test_web import Page, another_tab
from tests.conftest import until_it_works
from tests.customer import Customer

ALERTS = ROOT / "deploy" / "prometheus" / "alerts.yml"
DASHBOARD = ROOT / "deploy" / "grafana" / "dashboard.json"


class Reading:
    """One look at /metrics."""

    def __init__(self, url: str, **headers: str) -> None:
        answer = local.get(f"{url}/metrics", headers=headers)
        assert answer.status_code == 200, answer.text
        self.text = answer.text
        self.families = list(text_string_to_metric_families(answer.text))
        self._values = {
            (sample.name, frozenset(sample.labels.items())): sample.value
            for family in self.families
            for sample in family.samples
        }

    def of(self, name: str, **labels: str) -> float:
        """Return a value; 0 where there is none yet."""
        return self._values.get((name, frozenset(labels.items())), 0)

    def knows(self, name: str) -> bool:
        return any(known == name for known, _ in self._values)


@pytest.fixture
def read(assistant: Assistant) -> Callable[[], Reading]:
    return lambda: Reading(assistant.url)


@pytest.fixture
def agent(assistant: Assistant, state: Path) -> Iterator[ConsoleAgent]:
    made = ConsoleAgent(assistant.url, new_login(state))
    yield made
    made.close()


# ---- what is counted


def test_an_operator_sees_messages_answered_and_where_their_time_went(
    customer: Customer, read: Callable[[], Reading]
) -> None:
    before = read()
    customer.says("密码忘了")
    customer.presses("下一步")
    after = read()

    def more(name: str, **labels: str) -> float:
        return after.of(name, **labels) - before.of(name, **labels)

    assert more("assistant_turns_total", channel="web", outcome="answered") == 2
    for stage in ("waiting", "understanding", "rasa", "whole"):
        assert more("assistant_turn_seconds_count", stage=stage) == 2, stage
    assert more("assistant_turn_seconds_count", stage="recording") == 4, "question and answer"
    assert more("assistant_intents_total", intent="forgot_password") == 1
    assert more("assistant_intents_total", intent="next_step") == 1
    zones = {zone: more("assistant_understood_total", zone=zone) for zone in ("sure", "suggested")}
    assert sum(zones.values()) == 1, "buttons need no guessing"


def test_an_operator_sees_what_is_not_understood(
    customer: Customer, read: Callable[[], Reading]
) -> None:
    before = read()
    customer.says("锟斤拷烫烫烫屯屯屯")
    after = read()
    unsure = [
        after.of("assistant_understood_total", zone=zone)
        - before.of("assistant_understood_total", zone=zone)
        for zone in ("suggested", "not_understood")
    ]
    assert sum(unsure) == 1


def test_an_operator_sees_refusals_by_their_code(
    customer: Customer, read: Callable[[], Reading]
) -> None:
    before = read()
    assert customer.post(text="   ").status_code == 400
    assert customer.post(text="长" * 5000).status_code == 413
    after = read()
    for code in ("empty", "too_long"):
        labels = {"channel": "web", "code": code}
        assert after.of("assistant_refused_total", **labels) == 1 + before.of(
            "assistant_refused_total", **labels
        )


def test_an_operator_sees_the_queue_and_every_step_of_a_hand_off(
    customer: Customer, agent: ConsoleAgent, read: Callable[[], Reading]
) -> None:
    before = read()
    customer.says("我卡里的钱被人转走了")
    number = re.search(r"K\d{6}", customer.says("转人工"))
    assert number
    waiting = {"status": "waiting", "urgency": "urgent"}
    during = read()
    assert during.of("assistant_tickets", **waiting) == 1 + before.of(
        "assistant_tickets", **waiting
    )
    assert during.of("assistant_longest_wait_seconds", **waiting) > 0
    ticket = agent.ticket_of(number[0])["id"]
    assert agent.does("take", ticket).status_code == 200
    customer.post(text="在吗")
    assert agent.does("close", ticket).status_code == 200
    assert customer.http.post("/api/rating", json={"score": 4}).status_code == 200
    after = read()

    def more(name: str, **labels: str) -> float:
        return after.of(name, **labels) - before.of(name, **labels)

    assert more("assistant_tickets", **waiting) == 0
    for step in ("requested", "taken", "closed"):
        assert more("assistant_handoffs_total", channel="web", step=step) == 1, step
    assert more("assistant_turns_total", channel="web", outcome="agent") == 1
    assert more("assistant_ratings_total", channel="web", score="4") == 1


def test_an_operator_sees_who_listens(customer: Customer, read: Callable[[], Reading]) -> None:
    def listening() -> float:
        return read().of("assistant_event_streams", page="chat")

    def nobody_listens() -> None:
        assert listening() == 0

    until_it_works(nobody_listens, AssertionError)  # the pages of earlier tests are gone
    with another_tab(customer) as http:
        page = Page(http)
        page.wait_for(lambda kind, data: kind == "status")
        assert listening() == 1
        page.close()
    until_it_works(nobody_listens, AssertionError)


def test_an_operator_sees_that_every_part_is_there_and_when_the_process_began(
    read: Callable[[], Reading],
) -> None:
    found = read()
    for part in metrics.PARTS:
        assert found.of("assistant_ready", part=part) == 1
    assert found.of("process_start_time_seconds") > 1e9
    assert found.of("process_resident_memory_bytes") > 1e6


def test_no_customer_is_in_the_metrics(
    customer: Customer, state: Path, read: Callable[[], Reading]
) -> None:
    customer.says("这句话只有我知道zzz")
    customer.post(text="zzz" * 3000)
    found = read()
    assert "zzz" not in found.text
    assert "web-" not in found.text
    for family in found.families:
        for sample in family.samples:
            labels = {name: value for name, value in sample.labels.items() if name != "le"}
            assert all(re.fullmatch(r"\w*", value, re.ASCII) for value in labels.values()), sample
        assert len({tuple(sample.labels.items()) for sample in family.samples}) < 200, family.name


# ---- who may read


@pytest.mark.parametrize(
    "header", ["X-Forwarded-For", "X-Real-IP", "Forwarded", "X-Forwarded-Host", "Via"]
)
def test_who_comes_through_a_proxy_reads_nothing(assistant: Assistant, header: str) -> None:
    answer = local.get(f"{assistant.url}/metrics", headers={header: "127.0.0.1"})
    assert answer.status_code == 403
    assert "assistant_" not in answer.text


def test_without_a_token_in_the_environment_no_token_opens(assistant: Assistant) -> None:
    headers = {"X-Forwarded-For": "203.0.113.7"}
    for given in ("Bearer", "Bearer None", "Bearer x", "Basic Og=="):
        headers["Authorization"] = given
        assert local.get(f"{assistant.url}/metrics", headers=headers).status_code == 403


@pytest.mark.parametrize(
    ("address", "admitted"),
    [
        ("127.0.0.1", True),
        ("127.8.8.8", True),
        ("::1", True),
        ("::ffff:127.0.0.1", True),
        ("10.0.0.5", False),
        ("::ffff:10.0.0.5", False),
        ("2001:db8::1", False),
        ("", False),
        ("/run/kefu.sock", False),
    ],
)
def test_only_this_machine_reads_without_a_token(address: str, admitted: bool) -> None:
    class Asked:
        ip = address
        headers: dict[str, str] = {}  # noqa: RUF012

    assert metrics.admits(Asked(), None) is admitted


def test_a_short_token_is_refused_at_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("METRICS_TOKEN", "short")
    settings.current.cache_clear()
    with pytest.raises(settings.SettingError, match="METRICS_TOKEN"):
        metrics.token()
    monkeypatch.setenv("METRICS_TOKEN", "")
    assert metrics.token() is None


# ---- what wakes operators, and what they look at

FUNCTIONS = {"sum", "max", "min", "topk", "scalar", "rate", "increase", "changes"} | {
    "histogram_quantile"
}
WORDS = {"by", "without", "and", "or", "unless", "offset", "on", "bool"}
GIVEN = {"up": {"job", "instance"}}  # by Prometheus itself
TARGET = {"job", "instance"}  # labels that Prometheus adds to all


def named(expression: str) -> dict[str, set[str]]:
    """Return the metrics that a PromQL expression names, with the labels that they must have."""
    bare = re.sub(r'"[^"]*"', '""', expression)
    groups = {
        label.strip()
        for found in re.findall(r"\bby\s*\(([^)]*)\)", bare)
        for label in found.split(",")
    }
    bare = re.sub(r"\bby\s*\([^)]*\)|\[[^]]*\]|\boffset\s+\w+", " ", bare)
    selected = re.findall(r"\b([a-z_]\w*)\s*\{([^}]*)\}", bare)
    bare = re.sub(r"\{[^}]*\}", " ", bare)
    assert set(re.findall(r"\b([a-z_]+)\s*\(", bare)) <= FUNCTIONS | WORDS
    names = set(re.findall(r"\b([a-z_]\w*)\b(?!\s*\()", bare)) - WORDS
    return {
        name: groups.union(
            *(re.findall(r"(\w+)\s*[=!]", inside) for known, inside in selected if known == name)
        )
        for name in names
    }


def expressions() -> list[Any]:
    rules = yaml.safe_load(ALERTS.read_text(encoding="utf8"))
    alerts = [
        pytest.param(rule["expr"], id=rule["alert"])
        for group in rules["groups"]
        for rule in group["rules"]
    ]
    panels = json.loads(DASHBOARD.read_text(encoding="utf8"))["panels"]
    return alerts + [
        pytest.param(target["expr"], id=f"{panel['title']} {target['refId']}")
        for panel in panels
        for target in panel["targets"]
    ]


@pytest.mark.parametrize("expression", expressions())
def test_what_alerts_and_dashboard_name_exists(
    expression: str, read: Callable[[], Reading]
) -> None:
    described = set(re.findall(r"^# TYPE (\S+)", read().text, re.MULTILINE))
    labels: dict[str, set[str]] = dict(GIVEN)
    for collector, names in counters.registry._collector_to_names.items():
        for name in names:
            labels[name] = {*getattr(collector, "_labelnames", ()), "le"}
    assert named(expression)
    for name, wanted in named(expression).items():
        family = re.sub(r"_(bucket|sum|count)$", "", name)
        assert name in GIVEN or name in described or family in described, name
        assert wanted <= labels.get(name, set()) | TARGET, (name, wanted)
    assert expression.count("(") == expression.count(")")


def test_alert_rules_are_as_prometheus_reads_them() -> None:
    rules = yaml.safe_load(ALERTS.read_text(encoding="utf8"))
    assert set(rules) == {"groups"}
    alerts = []
    for group in rules["groups"]:
        assert set(group) <= {"name", "rules", "interval"}
        for rule in group["rules"]:
            assert set(rule) <= {"alert", "expr", "for", "labels", "annotations"}, rule
            assert re.fullmatch(r"[A-Za-z_]\w*", rule["alert"])
            assert re.fullmatch(r"(\d+(ms|[smhdwy]))+", rule.get("for", "0s"))
            assert rule["labels"]["severity"] in {"page", "ticket"}
            assert set(rule["annotations"]) == {"summary", "action"}
            for text in rule["annotations"].values():
                assert text.count("{{") == text.count("}}")
                for used in re.findall(r"\{\{(.*?)\}\}", text):
                    assert re.fullmatch(
                        r" \$(value|labels\.\w+)( \| humanize(Duration|Percentage)?)? ", used
                    )
            alerts.append(rule["alert"])
    assert len(set(alerts)) == len(alerts)


def test_every_alert_is_explained_to_operators() -> None:
    rules = yaml.safe_load(ALERTS.read_text(encoding="utf8"))
    explained = (ROOT / "docs" / "operations.md").read_text(encoding="utf8")
    for group in rules["groups"]:
        for rule in group["rules"]:
            assert f"`{rule['alert']}`" in explained, rule["alert"]
    for module in (counters, metrics):
        names = re.findall(r"^    \"(assistant_\w+)\",", Path(module.__file__).read_text(), re.M)
        assert names
        for name in names:
            assert f"`{name}" in explained, name


def test_dashboard_is_as_grafana_reads_it() -> None:
    board = json.loads(DASHBOARD.read_text(encoding="utf8"))
    assert {"title", "uid", "schemaVersion", "panels", "templating"} <= set(board)
    numbers = [panel["id"] for panel in board["panels"]]
    assert len(set(numbers)) == len(numbers)
    taken: set[tuple[int, int]] = set()
    for panel in board["panels"]:
        assert panel["datasource"]["uid"] == "${datasource}"
        place = panel["gridPos"]
        assert place["x"] + place["w"] <= 24
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert not cells & taken, f"{panel['title']} lies on another"
        taken |= cells
