"""A small copy of what the model is trained from, so that a real training takes seconds.

Every intent and act is there, with a few sentences each; what a version is compared by are
sentences that it learnt: `python -m tests.studio.small FOLDER`.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import yaml

from content.agreement import read_acts
from nlu.check import examples
from run import ROOT

EACH = 14  # sentences of an intent
OF_ACT = 3  # and of an act
INVOICE = "发票"  # the test's new topic; until then, its sentences lie out of scope
CONVERSATIONS = [
    {
        "name": "密码忘了，走到第二步",
        "turns": [
            {"say": "忘记密码怎么办", "step": "找回密码 1/5"},
            {"press": "下一步", "step": "找回密码 2/5"},
        ],
    },
    {"name": "不会这样答", "turns": [{"say": "忘记密码怎么办", "see": ["没有这样的话"]}]},
    {
        "name": "知道不行",
        "known_failure": "还不会",
        "turns": [{"say": "忘记密码怎么办", "ticket": "true"}],
    },
]
OUTSIDE = 120  # sentences out of scope


def make(folder: Path) -> Path:
    """Write the copy; return the folder, which TRAINING_DIR may name."""
    data = folder / "data"
    (data / "acts").mkdir(parents=True)
    for name in ("domain.yml", "data/rules.yml"):
        (folder / name).write_bytes((ROOT / name).read_bytes())
    nlu = _examples()
    _write(data / "nlu.yml", nlu)
    acts = {act: sentences[:OF_ACT] for act, sentences in read_acts().items()}
    _write(data / "acts" / "acts.yml", acts)
    config = yaml.safe_load((ROOT / "config.yml").read_text(encoding="utf8"))
    for part in config["pipeline"]:
        if part["name"].endswith("WalletIntentClassifier"):
            part["networks"] = 1
        if part["name"].endswith("ActClassifier"):
            part["acts"] = str(data / "acts")
    _write(folder / "config.yml", config)
    first = {block["intent"]: block["examples"].split("\n")[0][2:] for block in nlu["nlu"]}
    lines = [f"plain\t{intent}\t{text}" for intent, text in first.items()]
    (data / "evaluation.tsv").write_text("group\tintent\ttext\n" + "\n".join(lines) + "\n")
    talks = folder / "tests" / "conversations"
    (talks / "procedure").mkdir(parents=True)
    patterns = ROOT / "tests" / "conversations" / "patterns.yml"
    (talks / patterns.name).write_bytes(patterns.read_bytes())
    _write(talks / "procedure" / "password.yml", CONVERSATIONS)
    unfit = [{"name": "步数改了", "turns": [{"say": "忘记密码怎么办", "step": "找回密码 1/99"}]}]
    _write(talks / "procedure" / "unfit.yml", unfit)
    return folder


def _examples() -> Any:
    kept: dict[str, list[str]] = {}
    for _, _, intent, text in examples():
        mine = kept.setdefault(intent, [])
        outside = intent == "out_of_scope"
        invoice = outside and INVOICE in text
        if invoice or len(mine) < (OUTSIDE if outside else EACH):
            mine.append(text)
    blocks = [
        {"intent": intent, "examples": "\n".join(texts) + "\n"} for intent, texts in kept.items()
    ]
    return {"version": "3.1", "nlu": blocks}


def _write(path: Path, data: object) -> None:
    path.write_text(yaml.safe_dump(data, allow_unicode=True), encoding="utf8")


if __name__ == "__main__":
    make(Path(sys.argv[1]))
