"""jieba for Rasa without its traps: a wallet dictionary, no white-space tokens, a private cache."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.nlu.tokenizers.jieba_tokenizer import JiebaTokenizer
from rasa.nlu.tokenizers.tokenizer import Token
from rasa.shared.nlu.training_data.message import Message

from nlu import files_hash


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_TOKENIZER, is_trainable=True)
class WalletTokenizer(JiebaTokenizer):
    """Rasa's JiebaTokenizer, minus the white-space tokens it emits."""

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> str | None:
        """Return the dictionary's hash, so that an edit of it is noticed."""
        return files_hash(Path(config.get("dictionary_path") or ".").glob("*"))

    def tokenize(self, message: Message, attribute: str) -> list[Token]:
        """Return the words of a message's attribute with their places in the original text."""
        tokens: list[Token] = super().tokenize(message, attribute)
        return [token for token in tokens if token.text.strip()]
