"""What can be measured of a page as it is shown. Each function gives what is wrong, in words."""

from __future__ import annotations

from functools import cache
from typing import Any

from axe_playwright_python.sync_playwright import Axe

#: the rules of axe whose outcome depends on colours; the others see the same by day and by night
COLOUR_RULES = ("color-contrast", "link-in-text-block")

_RUN_AXE = """async options => (await axe.run({resultTypes: ['violations'], preload: false, ...options})).violations
  .flatMap(rule => rule.nodes.map(node => `${rule.id}: ${node.target.join(' ')} (${rule.help})`))"""

_NAME = """const name = e =>
    `${e.tagName.toLowerCase()}.${[...e.classList].join('.')} "${(e.textContent || e.name || '').trim().slice(0, 40)}"`;
"""

_CUT = (
    """() => {
  """
    + _NAME
    + """
  const width = document.documentElement.clientWidth, out = [];
  if (document.documentElement.scrollWidth > width) out.push('the page scrolls sideways');
  // Maps of the page that are drawn small on purpose, and editors of code, which scroll by themselves
  const apart = '.visually-hidden, .skip-link, .table-scroll, svg, template, .contents-here, .cm-editor, [hidden]';
  for (const e of document.querySelectorAll('body *')) {
    if (e.closest(apart) || /^(SELECT|INPUT|OPTION)$/.test(e.tagName)) continue;
    if (!e.checkVisibility({visibilityProperty: true})) continue;
    const box = e.getBoundingClientRect(), style = getComputedStyle(e);
    if (!box.width) continue;
    // What lies in a part that scrolls can be reached; axe sees to it that it can be by keyboard, too.
    let around = e.parentElement;
    while (around && !/auto|scroll/.test(getComputedStyle(around).overflowX)) around = around.parentElement;
    if (!around && (box.right > width + 1 || box.left < -1)) out.push(`beyond the edge: ${name(e)}`);
    const hides = way => /hidden|clip/.test(way);
    const wide = e.clientWidth > 1 && e.scrollWidth > e.clientWidth + 1;
    const high = e.clientHeight > 1 && e.scrollHeight > e.clientHeight + 2;
    if (hides(style.overflowX) && wide || hides(style.overflowY) && high) out.push(`cut: ${name(e)}`);
  }
  return out;
}"""
)

#: With a key pressed before, focus given by a script looks as if the keyboard had brought it.
_FOCUS = (
    """() => {
  """
    + _NAME
    + """
  const drawn = s => [s.outlineStyle === 'none' ? '' : s.outlineWidth + s.outlineColor, s.boxShadow, s.borderColor,
    s.backgroundColor, s.textDecoration].join();
  const look = e => {
    const parts = [e, ...(e.labels || [])];
    for (let up = e.parentElement; up && up !== document.body; up = up.parentElement) parts.push(up);
    return parts.flatMap(p => [null, '::before', '::after'].map(pseudo => drawn(getComputedStyle(p, pseudo)))).join();
  };
  const out = [];
  const wanted = 'a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex="0"]';
  for (const e of document.querySelectorAll(wanted)) {
    if (e.disabled || e.tabIndex < 0 || !e.checkVisibility({visibilityProperty: true})) continue;
    document.activeElement.blur();
    const before = look(e);
    e.focus({preventScroll: true});
    if (document.activeElement === e && look(e) === before) out.push(name(e));
  }
  document.activeElement.blur();
  return out;
}"""
)

_MOVES = """() => {
  const each = part => parseFloat(part) * (part.trim().endsWith('ms') ? .001 : 1);
  const seconds = text => Math.max(...text.split(',').map(each));
  const out = document.getAnimations().map(a => `it moves: ${a.animationName || a.transitionProperty}`);
  for (const e of document.querySelectorAll('*')) {
    const s = getComputedStyle(e);
    if (seconds(s.transitionDuration) > .011 || seconds(s.animationDuration) > .011 && s.animationName !== 'none')
      out.push(`it would move: ${e.tagName}.${e.className}`);
    if (s.scrollBehavior === 'smooth') out.push(`it scrolls smoothly: ${e.tagName}`);
  }
  return out;
}"""

#: Without backgrounds and shadows, an edge or a picture is what tells a control from text.
_EDGES = (
    """() => {
  """
    + _NAME
    + """
  const drawn = (s, side) => s[`border${side}Style`] !== 'none' && parseFloat(s[`border${side}Width`]) >= 1
    && s[`border${side}Color`] !== 'rgba(0, 0, 0, 0)';
  return [...document.querySelectorAll('.button, button, input:not([type=hidden]), select, textarea')].filter(e => {
    const apart = e.tabIndex < 0 || /quiet|link/.test(e.className) || e.closest('.visually-hidden');
    if (!e.getClientRects().length || apart || e.querySelector('svg')) return false;
    if (e.type === 'file') return false; // its button is the browser's own
    const s = getComputedStyle(e), outline = s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) >= 1;
    if (/^(radio|checkbox|range)$/.test(e.type) && s.appearance !== 'none') return false;
    return !outline && !['Top', 'Right', 'Bottom', 'Left'].some(side => drawn(s, side));
  }).map(name);
}"""
)


@cache
def _axe() -> str:
    return str(Axe().axe_script)


def against_axe(page: Any, rules: tuple[str, ...] = ()) -> list[str]:
    """What axe finds, by all its rules or these."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(_axe())
    options = {"runOnly": {"type": "rule", "values": list(rules)}} if rules else {}
    return list(page.evaluate(_RUN_AXE, options))


def cut(page: Any) -> list[str]:
    """What is cut, or lies beyond the edge of the window."""
    return list(page.evaluate(_CUT))


def without_focus(page: Any) -> list[str]:
    """What can have the focus and doesn't show it when a key brought it there."""
    page.keyboard.press("Shift")
    return list(page.evaluate(_FOCUS))


def moving(page: Any) -> list[str]:
    """What moves, or would at the next occasion."""
    return list(page.evaluate(_MOVES))


def without_edges(page: Any) -> list[str]:
    """Controls that only a background or a shadow tells from text."""
    return list(page.evaluate(_EDGES))
