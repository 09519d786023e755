"""How a conversation moves: answers, procedures, details, hand-off, fallback.

Run by the action server (`python -m rasa_sdk --actions actions`). Every action is thin: it reads a
`Turn` from the tracker, lets one of these modules speak, and writes the changed slots back.
"""
