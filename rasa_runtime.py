"""Rasa's server without what it does anew for each message and needs to do once.

Each part takes the place of one of Rasa's own, by the same interface; what it saves was measured
(docs/performance.md). Training keeps Rasa's own.
"""

from __future__ import annotations

import asyncio
import copy
import gc
import json
import sys
from collections import OrderedDict
from functools import lru_cache
from pathlib import Path
from typing import Any, ClassVar, cast
from weakref import WeakKeyDictionary

import aiohttp
import rasa.core.agent
import rasa.core.processor
import rasa.core.run
import rasa.shared.utils.io
import rasa.shared.utils.validation
from jsonschema.validators import validator_for
from rasa.core.actions.action import RemoteAction
from rasa.core.agent import Agent
from rasa.core.policies.policy import PolicyPrediction
from rasa.core.policies.rule_policy import RULES, RulePolicy
from rasa.core.processor import MessageProcessor
from rasa.engine.runner.dask import DaskGraphRunner
from rasa.shared.constants import DOMAIN_SCHEMA_FILE
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
from rasa.utils.endpoints import DEFAULT_REQUEST_TIMEOUT, EndpointConfig

import logs
from channels import metrics
from channels.readiness import WARM_UP
from channels.server import equip

# Seconds after which a thread that is done with the database gets its turn from the one that
# answers; Python's own 5 ms, several times a message, made the slowest answers a tenth slower.
SWITCH = 0.001
PREDICTIONS = 5_000  # of rules that are remembered, two kilobytes each
KEPT = 2.0  # seconds for which an idle connection is kept: less than the action server keeps it


class SequentialGraphRunner(DaskGraphRunner):
    """Rasa's runner without dask: runs the nodes one after the other, in an order found once.

    Dask plans each message's graph anew, and describes it in full for a debug log that nobody
    reads: half of the time in which a message is understood.
    """

    def run(
        self, inputs: dict[str, Any] | None = None, targets: list[str] | None = None
    ) -> dict[str, Any]:
        """Return the outputs of the targets, after running what they need.

        Args:
            inputs: values that nodes may need, by name.
            targets: names of nodes; by default the graph's own.
        """
        wanted = tuple(targets or self._graph_schema.target_names)
        results = {name: (name, value) for name, value in (inputs or {}).items()}
        for name in self._order(wanted):
            if name not in results:
                needed = self._graph_schema.nodes[name].needs.values()
                results[name] = self._instantiated_nodes[name](
                    *(results.get(need, need) for need in needed)
                )
        return {name: results[name][1] for name in wanted}

    def _order(self, targets: tuple[str, ...]) -> list[str]:
        """Return the nodes that the targets need, each after those that it needs itself."""
        orders: dict[tuple[str, ...], list[str]] = self.__dict__.setdefault("_orders", {})
        if targets not in orders:
            order: dict[str, None] = {}

            def visit(name: str) -> None:
                if name in order or name not in self._graph_schema.nodes:
                    return
                for need in self._graph_schema.nodes[name].needs.values():
                    visit(need)
                order[name] = None

            for target in targets:
                visit(target)
            orders[targets] = list(order)
        return orders[targets]


def _check_features(processor: MessageProcessor, parse_data: dict[str, Any]) -> None:
    """Leave it at a look whether the domain knows what was understood, where it does.

    Rasa makes an empty domain for each message to compare with.
    """
    domain, seen = processor.domain, processor.__dict__
    if seen.get("_known_domain") is not domain:
        seen["_known_domain"] = domain
        seen["_known_intents"], seen["_known_entities"] = {*domain.intents}, {*domain.entities}
    entities = {each["entity"] for each in parse_data["entities"] or ()}
    if (
        parse_data["intent"]["name"] not in seen["_known_intents"]
        or entities - seen["_known_entities"]
    ):
        _own_check_features(processor, parse_data)


_own_check_features = MessageProcessor._check_for_unseen_features


_ANSWER = RemoteAction.action_response_format_spec()
_answers = validator_for(_ANSWER)(_ANSWER)


def _validate(action: RemoteAction, result: Any) -> bool:
    """Check what the action server answers; Rasa checks its schema, too, at each answer."""
    return _answers.is_valid(result) or bool(_own_validate(action, result))


_own_validate = RemoteAction._validate_action_result


async def _understand(processor: MessageProcessor, message: Any, tracker: Any) -> None:
    """Understand a message of a customer as Rasa does, measured."""
    with metrics.stage("understanding"):
        await _own_understand(processor, message, tracker)
    if message.sender_id != WARM_UP:
        pressed = (message.text or "").startswith("/")
        metrics.understood(tracker.latest_message.parse_data, pressed)


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
    # Whoever gets it may strike out actions and add events.
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


def _copy(tracker: DialogueStateTracker) -> DialogueStateTracker:
    """Copy a conversation for an action to read; Rasa lives it again, event by event."""
    copied = copy.copy(tracker)
    copied.events = copy.copy(tracker.events)
    copied.slots = {name: copy.copy(slot) for name, slot in tracker.slots.items()}
    copied.active_loop = copy.copy(tracker.active_loop)
    return copied


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


def _check_schema(content: str, schema: str, *package: str) -> None:
    """Check a file as Rasa does, but not a model's domain, which the training checked."""
    if schema != DOMAIN_SCHEMA_FILE:
        _own_check_schema(content, schema, *package)


_own_check_schema = rasa.shared.utils.validation.validate_yaml_schema


async def _load_agent(*given: Any, **named: Any) -> Agent:
    """Load the model as Rasa does; from then on there is garbage to collect (quiet.py)."""
    try:
        return await _own_load_agent(*given, **named)
    finally:
        gc.enable()


_own_load_agent = rasa.core.agent.load_agent


def _configure_app(input_channels: Any = None, *given: Any, **named: Any) -> Any:
    """Make the server as Rasa does; health, readiness, limits and pages belong to no channel."""
    app = _own_configure_app(input_channels, *given, **named)
    equip(app, input_channels or [])
    return app


_own_configure_app = rasa.core.run.configure_app


def install() -> None:
    """Let this process's agents answer this way from now on."""
    sys.setswitchinterval(SWITCH)
    rasa.core.processor.DaskGraphRunner = SequentialGraphRunner
    MessageProcessor._check_for_unseen_features = _check_features
    MessageProcessor._handle_message_with_tracker = _understand
    RemoteAction._validate_action_result = _validate
    Event.resolve_by_type = staticmethod(_event_type)
    EndpointConfig.session = _session
    RulePolicy.predict_action_probabilities = _predict
    DialogueStateTracker.copy = _copy
    rasa.core.agent.load_agent = _load_agent
    rasa.core.run.configure_app = _configure_app
    rasa.shared.utils.io.read_config_file = _config
    rasa.shared.utils.validation.validate_yaml_schema = _check_schema
