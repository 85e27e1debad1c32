"""Looking at a page as the checkers do: what axe-core finds at rest, and what hangs over the edge."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Page

AXE = Path(__file__).resolve().parents[2] / "node_modules" / "axe-core" / "axe.min.js"
OVERFLOWING = """() => [...document.querySelectorAll('body *')]
  .filter(e => e.getBoundingClientRect().width && e.getBoundingClientRect().right > innerWidth + 1)
  .filter(e => !e.closest('.table-wrap, .tabs, .visually-hidden, svg'))
  .map(e => e.outerHTML.slice(0, 90))"""

# What moves is not at rest: what axe measures on the way is nobody's design. An animation of an element that is gone
# never finishes, and a page that nobody draws has no frames: waiting ends after two seconds
SETTLED = """async () => {
  const rested = async () => {
    await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
    const ending = document.getAnimations().filter((a) => a.effect?.getTiming().iterations !== Infinity);
    await Promise.allSettled(ending.map((a) => a.finished));
  };
  await Promise.race([rested(), new Promise((done) => setTimeout(done, 2000))]);
}"""

# Colours glide from one theme to the other, and to draw the way costs more than to look at its end. The page's own
# policy has nothing against a sheet that is constructed.
AT_ONCE = """() => {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync('*, ::before, ::after { transition-duration: 0s !important; transition-delay: 0s !important }');
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
}"""


def bring_axe(page: Page) -> None:
    """Put axe-core into the page, whose colours change at once from now on; a new document needs it anew."""
    page.evaluate(AT_ONCE)
    page.evaluate(AXE.read_text(encoding="utf-8") + ";0")


#: What a theme can change: all else was found, or not, in the other theme.
OF_COLOUR = {"runOnly": ["color-contrast", "link-in-text-block"]}
LOOK = """async (options) =>
  (await axe.run({resultTypes: ['violations'], ...options})).violations.map(v => v.id + ' ' + v.nodes[0].html)"""


def settled_violations(page: Page, *, colours_only: bool = False) -> list[str]:
    """What axe finds once nothing moves any more; a live part that was just redrawn is looked at again."""
    found: list[str] = []
    for _look in range(3):
        page.evaluate(SETTLED)
        found = page.evaluate(LOOK, OF_COLOUR if colours_only else {})
        if not found:
            break
    return found
