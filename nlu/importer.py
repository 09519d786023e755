"""Reads domain and examples once, however often Rasa asks for them (`importers` in config.yml).

Rasa asks its importer five times in a training. It reads all files each time, and copies and hashes
every example anew whenever it merges the answers: more than half of the time of a training.
"""

from __future__ import annotations

import copy
import re
import warnings
from collections import defaultdict
from functools import lru_cache
from pathlib import Path
from typing import Any

from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, UserUttered
from rasa.shared.core.training_data.story_reader.yaml_story_reader import YAMLStoryReader
from rasa.shared.core.training_data.structures import StoryGraph, StoryStep
from rasa.shared.importers.rasa import RasaFileImporter
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.loading import load_data
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from nlu import files_hash
from nlu.check import key_of
from nlu.taught import new_topics, rule, taught

SMALL_TALK = "action_small_talk"  # says the response `utter_<intent>` of whatever intent it answers


class Example(Message):
    """A message that is copied fast and keeps its fingerprint as long as it stays the same."""

    @classmethod
    def of(cls, message: Message) -> Example:
        """Return one that shares all that the message holds, its fingerprint too if known."""
        example = cls.__new__(cls)
        example.__dict__.update(message.__dict__)
        return example

    def set(self, prop: str, info: Any, add_to_output: bool = False) -> None:
        """Set a property; at every merging Rasa sets the intent that is there already."""
        same = isinstance(info, str) and self.data.get(prop) == info
        if add_to_output or not same:
            super().set(prop, info, add_to_output)

    def __deepcopy__(self, memo: dict[int, Any]) -> Example:
        copied = Example.of(self)
        copied.data = {
            prop: info if isinstance(info, str) else copy.deepcopy(info, memo)
            for prop, info in self.data.items()
        }
        copied.features = copy.deepcopy(self.features, memo)
        copied.output_properties = set(self.output_properties)
        return copied


class WalletImporter(RasaFileImporter):
    """Rasa's importer of files, which are read once, and with what leads taught."""

    def get_domain(self) -> Domain:
        """Return the domain, with the topics that leads made as intents."""
        domain = self._written_domain()
        made = new_topics(domain.intents, taught())
        return domain.merge(Domain.from_dict({"intents": made})) if made else domain

    def _written_domain(self) -> Domain:
        """Return what the files say, each time another object: its caller may change it."""
        if not isinstance(self._domain_path, str):  # none, or several
            return super().get_domain()
        path = Path(self._domain_path)
        files = path.rglob("*.y*ml") if path.is_dir() else [path]
        return copy.deepcopy(_domain(self._domain_path, files_hash(files)))

    def get_nlu_data(self, language: str | None = "en") -> TrainingData:
        """Return the examples of all files; Rasa's merging copies them before anyone changes them.

        Args:
            language: only the files of Dialogflow have one.
        """
        read = _examples(tuple(self._nlu_files), files_hash(map(Path, self._nlu_files)))
        intents = self.get_domain().intents
        sentences = {text: intent for text, intent in taught().items() if intent in intents}
        return _with_taught(read, sentences) if sentences else read

    def get_stories(self, exclusion_percentage: int | None = None) -> StoryGraph:
        """Return the stories and rules.

        Rasa warns of responses that no rule names, though an action may say them. The filter is
        set here, because Rasa's commands put theirs before any that were set earlier.

        Args:
            exclusion_percentage: how much of the stories is left out, as in Rasa.
        """
        graph = super().get_stories(exclusion_percentage)
        if made := new_topics(self._written_domain().intents, taught()):
            graph = graph.merge(StoryGraph(YAMLStoryReader().read_from_parsed_yaml(rule(made))))
        for intent in _small_talk(graph.story_steps):
            unused = re.escape(f"The utterance 'utter_{intent}' is not used in any story or rule")
            warnings.filterwarnings("ignore", message=unused)
        return graph


@lru_cache(maxsize=1)
def _domain(path: str, contents: str) -> Domain:
    """Read the domain; `contents` tells changed files from those that were read before."""
    return RasaFileImporter(domain_path=path).get_domain()


@lru_cache(maxsize=1)
def _examples(files: tuple[str, ...], contents: str) -> TrainingData:
    """Read the files; `contents` tells changed ones from those that were read before."""
    read = [load_data(file) for file in files]
    for data in read:
        data.training_examples = [Example.of(message) for message in data.training_examples]
    return TrainingData().merge(*read)


def _with_taught(read: TrainingData, sentences: dict[str, str]) -> TrainingData:
    """Return the examples with the taught sentences; of the same sentence, the taught one holds."""
    same = {key_of(text) for text in sentences}
    kept = [each for each in read.training_examples if key_of(each.get(TEXT) or "") not in same]
    added = [
        Example.of(Message.build(text=text, intent=intent)) for text, intent in sentences.items()
    ]
    return TrainingData(
        [*kept, *added],
        read.entity_synonyms,
        read.regex_features,
        read.lookup_tables,
        read.responses,
    )


def _small_talk(steps: list[StoryStep]) -> set[str]:
    """Return the intents that the small-talk action answers; a rule with `or` has several steps."""
    actions, intents = defaultdict(set), defaultdict(set)
    for step in steps:
        for event in step.events:
            if isinstance(event, ActionExecuted):
                actions[step.block_name].add(event.action_name)
            elif isinstance(event, UserUttered):
                intents[step.block_name].add(event.intent_name)
    return set().union(*(intents[rule] for rule in actions if SMALL_TALK in actions[rule]))
