"""`python -m content`: checks the content, and that topics, domain and training data agree."""

from __future__ import annotations

import sys

from content.acts import wrong_siblings, wrong_words
from content.agreement import ROOT, acts_without_answer, disagreements, read, read_acts, trained
from content.document import ContentError
from content.loader import library
from content.model import Content
from infra.settings import SettingError


def unreadable() -> list[str]:
    """Return what is wrong with the YAML of the data and of domain.yml, as `file:line: reason`."""
    found = []
    for path in [ROOT / "domain.yml", ROOT / "config.yml", *sorted((ROOT / "data").rglob("*.yml"))]:
        try:
            read(path)
        except ValueError as error:
            found.append(str(error))
    return found


def main() -> int:
    """Check and report; return the exit code."""
    try:
        content: Content = library.load()
    except (ContentError, SettingError) as error:
        print(error, file=sys.stderr)
        return 1
    found = unreadable()
    if not found:
        domain = read(ROOT / "domain.yml")["intents"]
        said = {*content.taught.values(), *content.must_stay.values()}
        found = disagreements(content.topics, domain, trained(), said)
        acts, data = read_acts(), ROOT / "data"
        found += acts_without_answer(content, acts)
        found += wrong_words(data / "act_words.yml", "data/act_words.yml", acts)
        found += wrong_siblings(data / "siblings.yml", "data/siblings.yml", acts)
    print("\n".join(found), file=sys.stderr, end="\n" if found else "")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
