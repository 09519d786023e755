"""Compares the rules as runtime/patches.py remembers them with Rasa's: `... compare_rules SEED`.

A process of its own, since it loads the model and exchanges parts of Rasa for good. Prints how many
predictions were compared, and how many of them were remembered ones.
"""

from __future__ import annotations

import logging
import random
import sys

from rasa.core.agent import Agent
from rasa.shared.core.events import (
    ActionExecuted,
    ActionReverted,
    BotUttered,
    DefinePrevUserUtteredFeaturization,
    SessionStarted,
    SlotSet,
    UserUtteranceReverted,
    UserUttered,
)
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.utils.log_utils import configure_structlog

from runtime import patches

ENTITIES = ("amount", "date", "trouble", "walk", "wait", "step_number")


def main() -> None:
    """Let random conversations go by the rules, now and then off them."""
    configure_structlog(logging.ERROR)  # Rasa describes every prediction
    patches.install()
    agent = Agent.load("models/assistant.tar.gz")
    assert agent.processor is not None
    nodes = agent.processor.graph_runner._instantiated_nodes
    (policy,) = [nodes[name]._component for name in nodes if name.startswith("run_RulePolicy")]
    domain, chance = agent.processor.domain, random.Random(int(sys.argv[1]))
    intents = [*domain.intents, "unheard_of"]
    actions = domain.action_names_or_texts
    compared = remembered = 0
    for talk in range(60):
        tracker = DialogueStateTracker(f"talk-{talk}", domain.slots)
        if talk % 2:
            tracker.update_with_events([ActionExecuted("x"), SessionStarted()], domain)
        tracker.update(ActionExecuted("action_listen"), domain)
        for _ in range(8):
            names = chance.choices(ENTITIES, k=chance.choice([0, 0, 1, 2]))
            entities = [{"entity": name, "value": "1"} for name in names]
            intent = chance.choice(intents)
            tracker.update(UserUttered("x", {"name": intent}, entities), domain)
            for _ in range(6):
                before = len(policy.__dict__.get("_known", ()))
                theirs = patches._own_predict(policy, tracker, domain)
                ours = policy.predict_action_probabilities(tracker, domain)
                compared += 1
                remembered += before == len(policy._known)
                assert ours.__dict__ == theirs.__dict__, [str(each) for each in tracker.events][
                    -20:
                ]
                # Whoever gets a prediction may write into it.
                ours.events.append(DefinePrevUserUtteredFeaturization(False))
                ours.probabilities[0] = 7.0
                action = actions[theirs.probabilities.index(max(theirs.probabilities))]
                if chance.random() < 0.05:  # a conversation that no rule knows
                    action = chance.choice(actions)
                if tracker.latest_action_name == "action_listen":
                    tracker.update(DefinePrevUserUtteredFeaturization(False), domain)
                done = [ActionExecuted(action), BotUttered("y"), SlotSet("topic", intent)]
                tracker.update_with_events(done, domain)
                if action == "action_listen":
                    break
                if chance.random() < 0.02:
                    tracker.update(chance.choice([ActionReverted, UserUtteranceReverted])(), domain)
    print(compared, remembered)


if __name__ == "__main__":
    main()
