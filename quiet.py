"""Runs a module as this project wants it: `python quiet.py rasa run ...`.

Without its libraries' deprecation noise: Sanic switches deprecation warnings on when imported,
whatever PYTHONWARNINGS says; so it is imported first, and its filter is then undone. And what
answers customers runs on our graph runner, and logs as logs.py says.
"""

import runpy
import sys
import warnings

import sanic  # noqa: F401

warnings.filterwarnings("ignore", category=DeprecationWarning)
warnings.filterwarnings("ignore", category=PendingDeprecationWarning)

# Rasa says this at every reading of any domain.
warnings.filterwarnings("ignore", message=".*Slot auto-fill has been removed")

if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit("usage: python quiet.py MODULE [ARGUMENT ...]")
    sys.argv = sys.argv[1:]
    sys.path[0] = ""
    if sys.argv[0] == "rasa_sdk" or sys.argv[:2] in (["rasa", "run"], ["rasa", "shell"]):
        import logs

        logs.install()
    if sys.argv[0] == "rasa_sdk":
        logs.follow_actions()
    if sys.argv[:2] in (["rasa", "run"], ["rasa", "shell"]):
        import deferred

        deferred.install()
    if sys.argv[:2] in (["rasa", "run"], ["rasa", "shell"], ["rasa", "test"]):
        from rasa_runtime import install

        install()
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
