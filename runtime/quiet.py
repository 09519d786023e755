"""Runs a module as this project wants it: `python runtime/quiet.py rasa run ...`.

Without deprecation warnings and with safe logs (infra/logs.py); what answers customers runs on
runtime/patches.py and without what it never uses (runtime/deferred.py).
"""

import gc
import runpy
import sys
import warnings

SERVES = sys.argv[1:3] in (["rasa", "run"], ["rasa", "shell"]) and sys.argv[3:4] != ["actions"]
if SERVES:
    gc.disable()  # until all is loaded (runtime/patches.py): there is nothing to collect before

warnings.filterwarnings("ignore", category=DeprecationWarning)
warnings.filterwarnings("ignore", category=PendingDeprecationWarning)

# Rasa says this at every reading of any domain.
warnings.filterwarnings("ignore", message=".*Slot auto-fill has been removed")

if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit("usage: python runtime/quiet.py MODULE [ARGUMENT ...]")
    sys.argv = sys.argv[1:]
    sys.path[0] = ""
    actions = sys.argv[0] == "rasa_sdk" or sys.argv[:3] == ["rasa", "run", "actions"]
    if SERVES or actions:
        from infra import logs

        logs.install()
    if actions:
        logs.follow_actions()
    if SERVES:
        from runtime import deferred

        deferred.install()
    if SERVES or sys.argv[:2] == ["rasa", "test"]:
        from runtime.patches import install

        install()
    if sys.argv[:2] == ["rasa", "train"]:
        from runtime import archive

        archive.install()
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
