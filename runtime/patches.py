"""Faster replacements for parts of Rasa's server that repeat work for each message.

Each part takes the place of one of Rasa's own and does the same, or hands over to it; what it saves
was measured (docs/performance.md). Training keeps Rasa's own but for runtime/archive.py.
"""

from __future__ import annotations

import asyncio
import contextlib
import copy
import gc
import json
import logging
import sys
from collections import OrderedDict
from functools import lru_cache
from pathlib import Path
from typing import Any, ClassVar, cast
from weakref import WeakKeyDictionary

import aiohttp
import rasa.core.agent
import rasa.core.run
import rasa.shared.utils.io
from rasa.core.actions.action import RemoteAction
from rasa.core.agent import Agent
from rasa.core.policies.policy import PolicyPrediction
from rasa.core.policies.rule_policy import RULES, RulePolicy
from rasa.core.processor import MessageProcessor
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import (
    ActionExecuted,
    BotUttered,
    DefinePrevUserUtteredFeaturization,
    Event,
    SessionStarted,
    SlotSet,
    UserUttered,
)
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.utils.schemas.events import EVENTS_SCHEMA
from rasa.utils.endpoints import DEFAULT_REQUEST_TIMEOUT, EndpointConfig

from infra import logs, metrics, settings
from runtime import archive, versions
from runtime.freshness import ROOT, Freshness
from server.app import equip
from server.metrics import understood
from server.readiness import WARM_UP

logger = logging.getLogger(__name__)

# Seconds after which a thread that is done with the database gets its turn from the one that
# answers; Python's own 5 ms, several times a message, made the slowest answers a tenth slower.
SWITCH = 0.001
PREDICTIONS = 5_000  # of rules that are remembered, two kilobytes each
KEPT = 2.0  # seconds for which an idle connection is kept: less than the action server keeps it


# Events of which the schema asks nothing but their name (and a slot's and its value).
_PLAIN = {
    each["properties"]["event"]["const"]
    for each in EVENTS_SCHEMA["items"]["oneOf"]
    if each.keys() == {"properties"} and each["properties"].keys() == {"event"}
}


def _validate(action: RemoteAction, result: Any) -> bool:
    """Check what the action server answers: what is surely right here, all else as Rasa does.

    Rasa compares each event with 23 schemas, and checks these, too, at each answer.
    """
    if isinstance(result, dict):
        events, responses = result.get("events", []), result.get("responses", [])
        if (
            isinstance(events, list)
            and isinstance(responses, list)
            and all(isinstance(each, dict) for each in responses)
            and all(_surely_right(each) for each in events)
        ):
            return True
    return cast(bool, _own_validate(action, result))


def _surely_right(event: Any) -> bool:
    if not isinstance(event, dict) or not isinstance(event.get("event"), str):
        return False
    slot = event["event"] == "slot" and isinstance(event.get("name"), str) and "value" in event
    return (
        (slot or event["event"] in _PLAIN)
        and type(event.get("timestamp")) in (int, float, type(None))
        and isinstance(event.get("metadata"), (dict, type(None)))
    )


_own_validate = RemoteAction._validate_action_result


async def _understand(processor: MessageProcessor, message: Any, tracker: Any) -> None:
    """Understand a message of a customer as Rasa does, measured."""
    with metrics.stage("understanding"):
        await _own_understand(processor, message, tracker)
    if message.sender_id != WARM_UP:
        pressed = (message.text or "").startswith("/")
        understood(tracker.latest_message.parse_data, pressed)


_own_understand = MessageProcessor._handle_message_with_tracker


def _predict(
    policy: RulePolicy, tracker: DialogueStateTracker, domain: Domain, *others: Any, **more: Any
) -> PolicyPrediction:
    """Predict as RulePolicy does, and remember what it predicted where rules saw the same.

    It walks through the conversation and all rules for each prediction. What it predicts follows
    from the last few messages' intents and entities and from the actions, when neither slots nor
    forms have a say.
    """
    known: OrderedDict[Any, PolicyPrediction] = policy.__dict__.setdefault("_known", OrderedDict())
    seen = _seen_by_rules(policy, tracker, domain)
    if seen is None:
        return cast(PolicyPrediction, _own_predict(policy, tracker, domain, *others, **more))
    if seen not in known:
        known[seen] = _own_predict(policy, tracker, domain, *others, **more)
        if len(known) > PREDICTIONS:
            known.popitem(last=False)
    known.move_to_end(seen)
    # Callers may change what they get.
    copied = copy.copy(known[seen])
    copied.probabilities = list(copied.probabilities)
    copied.events = list(copied.events)
    copied.optional_events = list(copied.optional_events)
    return copied


def _seen_by_rules(policy: RulePolicy, tracker: DialogueStateTracker, domain: Domain) -> Any:
    """Return what the longest rule can see of a conversation; None if that is more than this."""
    if "_longest" not in policy.__dict__:
        longest = max((len(json.loads(rule)) for rule in policy.lookup[RULES]), default=0)
        slots = any(slot.influence_conversation for slot in domain.slots)
        policy.__dict__["_longest"] = 0 if slots or domain.form_names else longest
    longest = policy.__dict__["_longest"]
    if not longest or tracker.followup_action or tracker.active_loop:
        return None
    seen: list[Any] = []
    actions = 0
    for event in reversed(tracker.events):
        if isinstance(event, (SlotSet, BotUttered)):
            continue
        if isinstance(event, SessionStarted):
            break
        if isinstance(event, ActionExecuted):
            actions += 1
            seen.append((event.action_name, event.action_text, event.hide_rule_turn))
        elif isinstance(event, UserUttered):
            entities = tuple(
                (each.get("entity"), each.get("role"), each.get("group")) for each in event.entities
            )
            seen.append(("", event.intent_name, entities, event.use_text_for_featurization))
            if actions > longest:  # whose words the oldest of these actions followed
                return tuple(seen)
        elif isinstance(event, DefinePrevUserUtteredFeaturization):
            seen.append(event.use_text_for_featurization)
        else:  # something taken back, a form, a pause
            return None
    return (*seen, "begin")


_own_predict = RulePolicy.predict_action_probabilities


_event_types: dict[str, type[Event]] = {}


def _event_type(type_name: str, default: type[Event] | None = None) -> type[Event] | None:
    """Return an event's class by its name; Rasa looks through all subclasses for each event."""
    if type_name not in _event_types:
        found = cast("type[Event] | None", _own_event_type(type_name, default))
        if found is None or found.type_name != type_name:
            return found
        _event_types[type_name] = found
    return _event_types[type_name]


_own_event_type = Event.resolve_by_type


class _Kept:
    """A session whose connections outlive the request, which is what `with` is for elsewhere."""

    _sessions: ClassVar[WeakKeyDictionary[Any, aiohttp.ClientSession]] = WeakKeyDictionary()

    def __init__(self, endpoint: EndpointConfig) -> None:
        self._endpoint = endpoint

    async def __aenter__(self) -> aiohttp.ClientSession:
        loop = asyncio.get_running_loop()
        session = self._sessions.get(loop)
        if session is None or session.closed:
            trace = aiohttp.TraceConfig()
            trace.on_request_start.append(_name_request)
            session = aiohttp.ClientSession(
                trace_configs=[trace],
                connector=aiohttp.TCPConnector(limit=0, keepalive_timeout=KEPT),
                timeout=aiohttp.ClientTimeout(total=DEFAULT_REQUEST_TIMEOUT),
                cookie_jar=aiohttp.DummyCookieJar(),  # each of Rasa's sessions begins without any
            )
            self._sessions[loop] = session
        return session

    async def __aexit__(self, *problem: object) -> None:
        pass


async def _name_request(session: Any, context: Any, asked: aiohttp.TraceRequestStartParams) -> None:
    """Send the id of the customer's request on, so that the action server's log has it, too."""
    if logs.request_id.get():
        asked.headers[logs.HEADER] = logs.request_id.get()


def _session(endpoint: EndpointConfig) -> Any:
    """Return the shared session, or Rasa's own where an endpoint has a password."""
    return _own_session(endpoint) if endpoint.basic_auth else _Kept(endpoint)


_own_session = EndpointConfig.session


@lru_cache(maxsize=8)
def _read_config(file: str, changed: int) -> dict[str, Any]:
    return cast(dict[str, Any], _own_read_config(file))


def _config(filename: Path | str, *options: Any, **more: Any) -> dict[str, Any]:
    """Return what endpoints.yml says; Rasa reads and checks it for each endpoint, twice."""
    file = Path(filename)
    if options or more or not file.is_file():
        return cast(dict[str, Any], _own_read_config(filename, *options, **more))
    return copy.deepcopy(_read_config(str(file), file.stat().st_mtime_ns))


_own_read_config = rasa.shared.utils.io.read_config_file


async def _load_agent(*given: Any, **named: Any) -> Agent:
    """Load the model as Rasa does; from then on there is garbage to collect (runtime/quiet.py).

    A version that was published (runtime/versions.py) takes the place of the installed one.
    """
    installed = named.get("model_path")
    try:
        if installed and (published := versions.published()) is not None:
            with contextlib.suppress(Exception):  # a broken file's many
                agent = await _own_load_agent(*given, **{**named, "model_path": str(published)})
                if agent.is_ready():
                    return agent
            logger.error("%s cannot be loaded: the installed model answers", published.name)
        return await _own_load_agent(*given, **named)
    finally:
        gc.enable()


_own_load_agent = rasa.core.agent.load_agent


def _configure_app(input_channels: Any = None, *given: Any, **named: Any) -> Any:
    """Make the server as Rasa does; health, readiness, limits and pages belong to no channel."""
    app = _own_configure_app(input_channels, *given, **named)
    equip(app, input_channels or [])
    app.register_listener(_watch_files, "after_server_start")
    versions.follow(app)
    from channels import pictures  # with the open channels, which are imported by now

    pictures.follow(app)
    return app


async def _watch_files(app: Any) -> None:
    """Tell the log when the model that is loaded is no longer that of the files."""
    if app.ctx.agent.processor is not None:
        app.add_task(Freshness(ROOT / settings.current().model).watch(), name="freshness")


_own_configure_app = rasa.core.run.configure_app


def install() -> None:
    """Install the patches in this process."""
    sys.setswitchinterval(SWITCH)
    archive.install()
    MessageProcessor._handle_message_with_tracker = _understand
    RemoteAction._validate_action_result = _validate
    Event.resolve_by_type = staticmethod(_event_type)
    EndpointConfig.session = _session
    RulePolicy.predict_action_probabilities = _predict
    rasa.core.agent.load_agent = _load_agent
    rasa.core.run.configure_app = _configure_app
    rasa.shared.utils.io.read_config_file = _config
