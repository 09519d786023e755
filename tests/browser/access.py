"""What keeps people out of a page, for the chat page and the console alike."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from playwright.sync_api import Page

from run import ROOT

AXE = ROOT / "web/node_modules/axe-core/axe.min.js"

# Who can be reached only by scrolling sideways. Hidden for the eyes only does not count, nor does a
# chart in a frame of its own that scrolls: its numbers stand below in a table.
TOO_WIDE = """() => [...document.querySelectorAll('#root *')].filter((each) => {
  const { left, right, width } = each.getBoundingClientRect();
  return width > 1 && !each.closest('.sr-only, .table--cards thead, .chart-scroller > *')
    && (left < -0.5 || right > innerWidth + 0.5);
}).map((each) => `${each.tagName} ${each.className}: ${each.innerText}`)"""


# Rules whose findings are never serious are left out, and so is reading the style sheets again,
# which no other rule needs: a third of the time.
RUN_AXE = """() => axe.run({
  resultTypes: ['violations'],
  preload: false,
  rules: Object.fromEntries(axe._audit.rules.filter(({impact}) => /minor|moderate/.test(impact))
    .map(({id}) => [id, {enabled: false}])),
})"""


def prepare_for_axe(page: Page) -> None:
    """Put axe into a page whose policy is bypassed: it rightly forbids such a script."""
    if page.evaluate("typeof axe") == "undefined":
        page.evaluate(AXE.read_text(encoding="utf8"))


def assert_no_barrier(page: Page, where: str) -> None:
    """Axe finds nothing serious in what is on the screen."""
    found = page.evaluate(RUN_AXE)
    barriers = [
        (each["id"], [node["html"] for node in each["nodes"]])
        for each in found["violations"]
        if each["impact"] in {"serious", "critical"}
    ]
    assert not barriers, f"{where}: {barriers}"


def assert_open_to_all(page: Page, where: str, pictures: Path) -> None:
    """Assert no barrier and nothing too wide, and leave a picture of each colour scheme.

    `pictures` is what their names begin with.
    """
    prepare_for_axe(page)
    assert_no_barrier(page, where)
    wide = page.evaluate(TOO_WIDE)
    assert wide == [], f"{where}: {wide[:6]}"
    schemes: tuple[Literal["dark", "light"], ...] = ("dark", "light")
    for scheme in schemes:
        page.emulate_media(color_scheme=scheme)
        page.screenshot(path=f"{pictures}-{where}-{scheme}.png")
