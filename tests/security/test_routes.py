"""Who may call which route: every route of the running server stands here, or this fails."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import jwt
import pytest
import rasa.core.run
import rasa.server
from rasa.core.channels import BUILTIN_CHANNELS
from sanic import Sanic

from infra import settings
from run import Assistant
from server.app import equip
from tests import local
from tests.agent import ConsoleAgent, new_login
from tests.conftest import SECRET
from tests.customer import Customer
from tests.installation import write_settings

# everybody; a customer's session; an agent; a lead; the platform, by its signature; loopback: a
# program on this machine, or one with METRICS_TOKEN
ROUTES = {
    "everybody": {
        "GET /",
        "GET /health",
        "GET /ready",
        "HEAD /health",
        "HEAD /ready",
        "GET /api/openapi.json",
        "POST /api/session",
        "DELETE /api/session",
        "POST /desk/api/login",
        "GET /webhooks/wechat",
        "GET /webhooks/weibo",
    },
    "session": {
        "GET /api/messages",
        "POST /api/messages",
        "POST /api/pictures",
        "GET /api/pictures/<picture_id:str>",
        "POST /api/typing",
        "POST /api/rating",
        "POST /api/feedback",
        "POST /api/callback",
        "DELETE /api/callback",
        "POST /api/profile",
        "DELETE /api/human",
        "GET /api/events",
    },
    "agent": {
        "POST /desk/api/logout",
        "GET /desk/api/me",
        "POST /desk/api/available",
        "POST /desk/api/here",
        "GET /desk/api/agents",
        "GET /desk/api/replies",
        "GET /desk/api/queue",
        "GET /desk/api/events",
        "GET /desk/api/openapi.json",
        "GET /desk/api/tickets",
        "GET /desk/api/tickets/<number:int>",
        "GET /desk/api/tickets/<number:int>/messages",
        "POST /desk/api/tickets/<number:int>/take",
        "POST /desk/api/tickets/<number:int>/transfer",
        "POST /desk/api/tickets/<number:int>/close",
        "POST /desk/api/tickets/<number:int>/closing",
        "POST /desk/api/tickets/<number:int>/messages",
        "POST /desk/api/tickets/<number:int>/pictures",
        "POST /desk/api/tickets/<number:int>/recall",
        "GET /desk/api/tickets/<number:int>/suggestions",
        "POST /desk/api/tickets/<number:int>/typing",
        "POST /desk/api/tickets/<number:int>/notes",
        "GET /desk/api/pictures/<number:int>/<picture_id:str>",
    },
    "lead": {
        "POST /desk/api/tickets/<number:int>/take-over",
        "GET /desk/api/conversations",
        "GET /desk/api/conversations/<number:int>/messages",
        "GET /desk/api/judged",
        "GET /desk/api/accounts",
        "POST /desk/api/accounts",
        "POST /desk/api/accounts/<number:int>",
        "POST /desk/api/accounts/<number:int>/password",
        "GET /desk/api/figures",
        "GET /desk/api/trends",
        "GET /desk/api/agents.csv",
        "GET /desk/api/figures.csv",
        "GET /desk/api/tickets.csv",
        "GET /desk/api/audit",
        "GET /desk/api/content",
        "GET /desk/api/content/<name:str>",
        "POST /desk/api/content/<name:str>",
        "POST /desk/api/content/<name:str>/preview",
        "GET /desk/api/edits",
        "GET /desk/api/edits/<number:int>",
        "POST /desk/api/edits/<number:int>/undo",
        "GET /desk/api/sentences",
        "POST /desk/api/sentences",
        "POST /desk/api/sentences/undo",
        "POST /desk/api/sentences/near",
        "GET /desk/api/sentences/taught",
        "POST /desk/api/topics",
        "POST /desk/api/trials",
        "GET /desk/api/versions",
        "POST /desk/api/versions",
        "GET /desk/api/versions/<number:int>",
        "POST /desk/api/versions/<number:int>/cancel",
        "POST /desk/api/versions/<number:int>/publish",
    },
    "platform": {
        "GET /webhooks/wechat/webhook",
        "POST /webhooks/wechat/webhook",
        "GET /webhooks/weibo/webhook",
        "POST /webhooks/weibo/webhook",
    },
    "loopback": {"GET /metrics"},
}
PLATFORMS = {
    "channels.wechat.WeChatInput": {"token": "t" * 16, "app_id": "wx1", "app_secret": "s" * 32},
    "channels.weibo.WeiboInput": {"app_secret": "s" * 32, "access_token": "a" * 32},
}


def of(*rights: str) -> list[tuple[str, str]]:
    """Return method and path of the routes that need one of these rights."""
    found = sorted(route for right in rights for route in ROUTES[right])
    return [(method, path) for method, _, path in (route.partition(" ") for route in found)]


def real(path: str) -> str:
    """Return a path that the route takes."""
    named = {"<number:int>": "1", "<picture_id:str>": "abc", "<name:str>": "transfer"}
    for part, value in named.items():
        path = path.replace(part, value)
    return path


def routes_of(app: Sanic) -> set[str]:
    """Return method and path of every route; of OPTIONS see the test about other sites."""
    return {
        f"{method} /{route.path.lstrip('/')}"
        for route in app.router.routes
        for method in route.methods
        if method != "OPTIONS"
    }


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[set[str]]:
    """The routes of an app made as `rasa run` makes it, with every channel that we have."""
    folder = tmp_path_factory.mktemp("routes")
    endpoints, credentials = write_settings(folder, PLATFORMS)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ENDPOINTS", str(endpoints))
        patch.setenv("ASSISTANT_SECRET", SECRET)
        settings.current.cache_clear()
        inputs = rasa.core.run.create_http_input_channels(None, str(credentials))
        app = rasa.core.run.configure_app(inputs, enable_api=False)
        equip(app, inputs)
    settings.current.cache_clear()
    yield routes_of(app)
    Sanic._app_registry.pop(app.name, None)


@pytest.fixture(scope="module")
def agents(assistant: Assistant, state: Path) -> Iterator[dict[str, ConsoleAgent]]:
    made = {
        role: ConsoleAgent(assistant.url, new_login(state, role=role)) for role in ("agent", "lead")
    }
    yield made
    for each in made.values():
        each.close()


def test_every_route_is_listed(served: set[str]) -> None:
    listed = {route for routes in ROUTES.values() for route in routes}
    new = sorted(served - listed)
    assert not new, "say who may call it: put it into ROUTES"
    # The page's files are answered before routing.
    gone = sorted(listed - served)
    assert not gone, "no such route any more"


def test_everybodys_routes_tell_nothing_about_anybody(assistant: Assistant) -> None:
    for method, path in of("everybody"):
        if "/webhooks/" in path:
            continue
        answer = local.request(method, assistant.url + path, json={})
        assert answer.status_code < 500, path
        assert "web-" not in answer.text, path


# ---- without the right


def forged(subject: str, key: str = SECRET, **claims: Any) -> str:
    made = {"sub": subject, "exp": time.time() + 600, "jti": "x", "pw": "x", **claims}
    return jwt.encode(made, key, algorithm="HS256")


@pytest.mark.parametrize(("method", "path"), of("session"))
def test_a_customers_routes_need_a_session(
    assistant: Assistant, agents: dict[str, ConsoleAgent], method: str, path: str
) -> None:
    agent = agents["lead"].http.cookies["ok_agent"]
    for cookies in (
        {},
        {"ok_agent": agent},
        {"ok_session": agent},
        {"ok_session": forged("aX", "another installation's key " * 2)},
        {"ok_session": forged("aX", exp=time.time() - 1)},
        {"ok_session": forged("aX").rpartition(".")[0] + "."},
    ):
        answer = local.request(method, assistant.url + real(path), cookies=cookies, json={})
        assert (answer.status_code, answer.json()["error"]["code"]) == (401, "no_session")


@pytest.mark.parametrize(("method", "path"), of("agent", "lead"))
def test_the_desks_routes_need_an_agent(
    assistant: Assistant, customer: Customer, method: str, path: str
) -> None:
    session = customer.http.cookies["ok_session"]
    for cookies in (
        {},
        {"ok_session": session},
        {"ok_agent": session},
        {"ok_agent": forged("1", aud="desk")},  # our key, but not this agent's password
        {"ok_agent": forged("1", "another installation's key " * 2, aud="desk")},
        {"ok_agent": forged("1", exp=time.time() - 1, aud="desk")},
        {"ok_agent": forged("1")},
    ):
        answer = local.request(method, assistant.url + real(path), cookies=cookies, json={})
        assert (answer.status_code, answer.json()["error"]["code"]) == (401, "no_session")


@pytest.mark.parametrize(("method", "path"), of("lead"))
def test_a_leads_routes_need_a_lead(
    agents: dict[str, ConsoleAgent], method: str, path: str
) -> None:
    path = real(path).removeprefix("/desk/api")
    answer = agents["agent"].http.request(method, path, json={})
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "leads_only")
    if method == "GET":
        # Nobody has edited or trained anything yet, and the first conversation may have a ticket.
        there = 404 if path in {"/edits/1", "/versions/1"} else 200
        if path.startswith("/conversations/"):
            path = "/conversations"
        assert agents["lead"].http.get(path).status_code == there


def test_agents_and_customers_keep_to_their_own_side(agents: dict[str, ConsoleAgent]) -> None:
    """An agent has no customer's session by being one."""
    root = str(agents["agent"].http.base_url).removesuffix("/desk/api/")
    with local.Client(base_url=root, cookies=agents["agent"].http.cookies) as http:
        assert http.get("/api/messages").status_code == 401


def test_closed_channels_have_no_webhook(assistant: Assistant) -> None:
    for method, path in of("platform"):
        answer = local.request(method, assistant.url + path)
        assert answer.status_code == 404, "credentials.yml does not open it"


def test_metrics_are_not_for_everybody(assistant: Assistant) -> None:
    """Behind a proxy on this machine every address is this machine's."""
    for headers in ({"X-Forwarded-For": "203.0.113.7"}, {"Forwarded": "for=203.0.113.7"}):
        answer = local.get(f"{assistant.url}/metrics", headers=headers)
        assert answer.status_code in {401, 403, 404}, "a proxy passed it on"
    headers = {"X-Forwarded-For": "203.0.113.7", "Authorization": "Bearer wrong"}
    assert local.get(f"{assistant.url}/metrics", headers=headers).status_code in {401, 403, 404}


# ---- a session that is over


def test_who_leaves_the_console_cannot_come_back_with_the_old_cookie(
    assistant: Assistant, state: Path
) -> None:
    agent = ConsoleAgent(assistant.url, new_login(state))
    copied = {"ok_agent": agent.http.cookies["ok_agent"]}
    assert local.get(f"{assistant.url}/desk/api/me", cookies=copied).status_code == 200
    agent.http.post("/logout")
    assert local.get(f"{assistant.url}/desk/api/me", cookies=copied).status_code == 401
    agent.close()


def test_a_session_cannot_be_chosen_for_a_customer(
    assistant: Assistant, new_customer: Callable[[], Customer]
) -> None:
    """Session fixation: only cookies that we signed are sessions, and another user gets another."""
    answer = local.post(
        f"{assistant.url}/api/session", json={}, cookies={"ok_session": "chosen-by-somebody"}
    )
    assert "chosen-by-somebody" not in answer.headers["set-cookie"]
    known = new_customer()
    before = known.http.cookies["ok_session"]
    user = {"sub": uuid.uuid4().hex, "exp": time.time() + 60}
    key = "the app's and ours, for tests only"
    bearer = {"Authorization": f"Bearer {jwt.encode(user, key, algorithm='HS256')}"}
    known.http.post("/api/session", json={}, headers=bearer)
    assert known.http.cookies["ok_session"] != before, "who logs in leaves the anonymous session"


# ---- Rasa's own doors


def rasas_routes() -> list[tuple[str, str]]:
    """Return the routes that `--enable-api` would open, and Rasa's own channels' webhooks."""
    app = rasa.server.create_app()
    Sanic._app_registry.pop(app.name, None)
    routes = {route for route in routes_of(app) if not route.endswith(" /")}
    routes |= {
        f"{method} /webhooks/{name}/webhook"
        for name in BUILTIN_CHANNELS
        for method in ("GET", "POST")
    }
    routes |= {"GET /socket.io/", "POST /webhooks/rest/webhook?stream=true"}
    return [(method, path) for method, _, path in (one.partition(" ") for one in sorted(routes))]


@pytest.mark.parametrize(("method", "path"), rasas_routes())
def test_rasas_own_api_is_unreachable(assistant: Assistant, method: str, path: str) -> None:
    path = path.replace("<conversation_id:path>", "web-1")
    answer = local.request(method, assistant.url + path, json={"sender": "x", "message": "y"})
    assert answer.status_code == 404
    assert "asa" not in answer.text, "nor does it say whose it is"


def test_rasas_api_is_all_there_to_be_tried() -> None:
    tried = {f"{method} {path}" for method, path in rasas_routes()}
    assert {
        "PUT /model",
        "DELETE /model",
        "POST /model/train",
        "POST /webhooks/rest/webhook",
    } <= tried
    assert any("/conversations/" in route for route in tried)


# ---- other sites


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "null", "http://localhost.evil.example"]
)
def test_other_sites_may_neither_read_nor_write(
    customer: Customer, agents: dict[str, ConsoleAgent], origin: str
) -> None:
    for client, prefix in ((customer.http, ""), (agents["lead"].http, "/desk/api")):
        for method, path in of("session", "agent", "lead"):
            if path.startswith("/desk") != bool(prefix) or path.endswith(("/events", "/logout")):
                continue
            path = real(path).removeprefix(prefix)
            asked = {"Origin": origin, "Access-Control-Request-Method": method}
            answers = [client.options(path, headers=asked)]
            answers.append(client.request(method, path, headers={"Origin": origin}, json={}))
            if method != "GET":
                assert answers[-1].status_code == 403, path
            for answer in answers:
                given = {name for name in answer.headers if name.startswith("access-control-allow")}
                assert not given, (path, answer.headers)


@pytest.mark.parametrize(
    "kind", ["application/x-www-form-urlencoded", "multipart/form-data", "text/plain", ""]
)
def test_what_a_form_can_send_is_refused(
    customer: Customer, agents: dict[str, ConsoleAgent], kind: str
) -> None:
    body = b'{"text": "x", "id": "x", "on": true, "score": 5, "available": false, "seqs": [1]}'
    for path in ("/api/messages", "/api/typing", "/api/rating", "/api/pictures"):
        answer = customer.http.post(path, content=body, headers={"Content-Type": kind})
        assert answer.status_code in {400, 415}, path
    for path in ("/available", "/sentences", "/tickets/1/messages", "/tickets/1/notes"):
        answer = agents["lead"].http.post(path, content=body, headers={"Content-Type": kind})
        assert answer.status_code == 400, path
