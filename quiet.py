"""Runs a module without its libraries' deprecation noise: `python quiet.py rasa train ...`.

Sanic switches deprecation warnings on when it is imported, whatever PYTHONWARNINGS says; so it is
imported first, and its filter is then undone.
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
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
