"""The intents that play a part of their own; all names are in domain.yml."""

FALLBACK = "nlu_fallback"  # not understood
OUT_OF_SCOPE = "out_of_scope"
HUMAN_HANDOFF = "human_handoff"
STEP_FAILED = "step_failed"
SMALL_TALK = {"greet", "goodbye", "thank", "bot_challenge", "capabilities"}
# Say where to go in a conversation, and nothing else.
MOVES = {
    "affirm",
    "deny",
    "next_step",
    "previous_step",
    "repeat_step",
    "restart_procedure",
    "stop_procedure",
}
