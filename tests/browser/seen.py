"""What can be measured of a page as it is shown. Each function gives what is wrong, in words."""

from __future__ import annotations

from functools import cache
from typing import Any

from axe_playwright_python.sync_playwright import Axe

#: the rule of axe that takes four times as long as all others together; `against_contrast` has it
CONTRAST = "color-contrast"
#: the other one whose outcome depends on colours; the rest see the same by day and by night
COLOUR_RULES = ("link-in-text-block",)

_RUN_AXE = """async options => (await axe.run({resultTypes: ['violations'], preload: false, ...options})).violations
  .flatMap(rule => rule.nodes.map(node => `${rule.id}: ${node.target.join(' ')} (${rule.help})`))"""

#: What decides how axe judges the contrast of a text: its colour, whether it is large, and all that is drawn behind it,
#: from its own ground down to the first that covers the rest. Most texts are drawn as on the page before. What lies
#: below a text that is placed freely, or that overlaps with something placed, can't be told like that: axe looks each
#: time.
_CONTRAST = """async ({known, rule}) => {
  const nothing = 'rgba(0, 0, 0, 0) none';
  const covers = s => s.backgroundImage === 'none' && /^rgb\\(/.test(s.backgroundColor);
  const memory = new Map();
  const behind = e => {
    if (!e) return {ground: '', veil: '', free: false, clipped: false};
    if (memory.has(e)) return memory.get(e);
    const below = behind(e.parentElement), s = getComputedStyle(e);
    const own = `${s.backgroundColor} ${s.backgroundImage}`;
    const sides = ['::before', '::after'].map(name => getComputedStyle(e, name)).filter(p => p.content !== 'none')
      .map(p => `${p.backgroundColor} ${p.backgroundImage} ${p.position}`).filter(drawn => !drawn.startsWith(nothing));
    const through = `${s.opacity} ${s.filter} ${s.mixBlendMode} ${s.backdropFilter} ${s.clipPath}`;
    const found = {
      ground: [covers(s) ? '' : below.ground, own === nothing ? '' : own, ...sides].join(' '),
      veil: below.veil + (through === '1 none normal none none' ? '' : ` ${through}`),
      clipped: below.clipped || s.position === 'absolute' && e.offsetWidth <= 1 && e.offsetHeight <= 1,
      free: !covers(s) && (below.free || /absolute|fixed|sticky/.test(s.position) || s.transform !== 'none'),
    };
    memory.set(e, found);
    return found;
  };
  const shown = e => e.checkVisibility({visibilityProperty: true}) && e.getClientRects().length;
  const all = [...document.body.querySelectorAll('*')].filter(shown);
  const grounds = all.filter(e => {
    const s = getComputedStyle(e);
    return (s.position !== 'static' && s.position !== 'relative' || s.transform !== 'none' || s.zIndex !== 'auto')
      && `${s.backgroundColor} ${s.backgroundImage}` !== nothing;
  }).map(e => [e, e.getBoundingClientRect()]);
  const meets = (a, b) => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
  const written = e => /^(INPUT|TEXTAREA|SELECT)$/.test(e.tagName) ? e.value || e.placeholder || ''
    : [...e.childNodes].filter(n => n.nodeType === Node.TEXT_NODE).map(n => n.data).join('').trim();
  const unseen = [], fresh = new Map();
  for (const e of all) {
    const text = written(e);
    if (!text) continue;
    const s = getComputedStyle(e), {ground, veil, free, clipped} = behind(e), box = e.getBoundingClientRect();
    if (clipped) continue;
    const alone = free || e.closest('svg') || grounds.some(([other, at]) => !other.contains(e) && meets(box, at));
    const size = parseFloat(s.fontSize), bold = parseInt(s.fontWeight) >= 700;
    const disabled = e.matches(':disabled, [aria-disabled=true]') || e.closest('label')?.control?.disabled;
    const what = [s.color, s.webkitTextFillColor, s.webkitTextStroke, s.textShadow, size >= 24 || bold && size >= 18.66,
      !!disabled, /[\\p{L}\\p{N}]{2}/u.test(text), e.tagName === 'INPUT' && e.type, ground, veil].join('; ');
    if (!alone && known.includes(what)) continue;
    unseen.push(e);
    if (!alone) fresh.set(e, what);
  }
  if (!unseen.length) return {found: [], fresh: []};
  const options = {resultTypes: ['violations', 'incomplete'], preload: false, elementRef: true};
  const told = await axe.run({include: unseen}, {...options, runOnly: {type: 'rule', values: [rule]}});
  for (const {nodes} of told.incomplete) for (const node of nodes) fresh.delete(node.element);
  const named = help => node => `${rule}: ${node.target.join(' ')} (${help})`;
  const found = told.violations.flatMap(({help, nodes}) => nodes.map(named(help)));
  return {found, fresh: found.length ? [] : [...new Set(fresh.values())]};
}"""

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


def bring_axe(context: Any) -> None:
    """Every page of this context has axe from its beginning: sending it to each takes longer than some of its rules."""
    context.add_init_script(_axe())


def against_axe(page: Any, rules: tuple[str, ...] = ()) -> list[str]:
    """What axe finds, by these rules or by all but that of contrast."""
    only = {"runOnly": {"type": "rule", "values": list(rules)}}
    options = only if rules else {"rules": {CONTRAST: {"enabled": False}}}
    return list(page.evaluate(_RUN_AXE, options))


def against_contrast(page: Any, known: set[str]) -> list[str]:
    """What axe finds of contrast. It looks at the texts that are drawn unlike any in `known`, which grows."""
    told = page.evaluate(_CONTRAST, {"known": sorted(known), "rule": CONTRAST})
    known.update(told["fresh"])
    return list(told["found"])


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
