"""Runs a module as this project wants it: `python quiet.py rasa run ...`.

Without its libraries' deprecation noise: Sanic switches deprecation warnings on when imported,
whatever PYTHONWARNINGS says; so it is imported first, and its filter is then undone. And what
answers customers runs on our graph runner, and logs as logs.py says.
"""

import gc
import runpy
import sys
import warnings

SERVES = sys.argv[1:3] in (["rasa", "run"], ["rasa", "shell"])
if SERVES:
    gc.disable()  # until all is loaded (rasa_runtime.py): there is nothing to collect before

import sanic  # noqa: E402, F401

warnings.filterwarnings("ignore", category=DeprecationWarning)
warnings.filterwarnings("ignore", category=PendingDeprecationWarning)

# Rasa says this at every reading of any domain.
warnings.filterwarnings("ignore", message=".*Slot auto-fill has been removed")

if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit("usage: python quiet.py MODULE [ARGUMENT ...]")
    sys.argv = sys.argv[1:]
    sys.path[0] = ""
    if SERVES or sys.argv[0] == "rasa_sdk":
        import logs

        logs.install()
    if sys.argv[0] == "rasa_sdk":
        logs.follow_actions()
    if SERVES:
        import deferred

        deferred.install()
    if SERVES or sys.argv[:2] == ["rasa", "test"]:
        from rasa_runtime import install

        install()
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
