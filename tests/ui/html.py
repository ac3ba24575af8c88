"""What is wrong with a page's HTML: the parser's own errors, and what it can't see."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from xml.etree.ElementTree import Element

import html5lib

_REFERENCES = ("aria-labelledby", "aria-describedby", "aria-controls", "aria-owns")


def problems(text: str) -> list[str]:
    """Everything found; an empty list for a page as it should be."""
    parser = html5lib.HTMLParser(tree=html5lib.getTreeBuilder("etree"), namespaceHTMLElements=False)
    tree = parser.parse(text)
    found = [f"line {at[0]}: {code} {values}" for at, code, values in parser.errors]
    elements = list(tree.iter())
    found += _names(elements)
    found += _structure(elements)
    found += _policy(elements)
    return found


def _names(elements: list[Element]) -> Iterator[str]:
    ids = Counter(element.get("id") for element in elements if element.get("id") is not None)
    yield from (f"the id {name!r} stands {count} times" for name, count in ids.items() if count > 1)
    yield from (f"the id {name!r} is not usable" for name in ids if not name or re.search(r"\s", str(name)))
    for element in elements:
        for attribute in _REFERENCES:
            yield from (f"{attribute} names {name!r}, and nothing has that id"
                        for name in (element.get(attribute) or "").split() if name not in ids)  # fmt: skip
        if element.tag == "label" and element.get("for") and element.get("for") not in ids:
            yield f"a label is for {element.get('for')!r}, and nothing has that id"
        if element.tag == "a" and (element.get("href") or "").startswith("#") and element.get("href") != "#":
            name = str(element.get("href"))[1:]
            if name not in ids:
                yield f"a link leads to #{name}, and nothing has that id"


def _structure(elements: list[Element]) -> Iterator[str]:
    tags = Counter(element.tag for element in elements)
    if tags["h1"] != 1:
        yield f"there are {tags['h1']} h1"
    if tags["main"] != 1:
        yield f"there are {tags['main']} main"
    if not elements[0].get("lang"):
        yield "the language is not given"
    level = 0
    for element in elements:
        if isinstance(element.tag, str) and re.fullmatch(r"h[1-6]", element.tag):
            now = int(element.tag[1])
            if now > level + 1:
                yield f"{element.tag} {''.join(element.itertext()).strip()!r} follows h{level}"
            level = now
    for element in elements:
        if element.tag == "img" and element.get("alt") is None:
            yield f"the picture {element.get('src')} has no alt"
        if element.tag == "svg" and element.get("aria-hidden") != "true" and element.get("role") != "img":
            yield "an svg is neither hidden from nor described to those who can't see it"
        if element.tag in {"button", "a"} and not _speaks(element):
            yield f"a {element.tag} has no name"


def _speaks(element: Element) -> bool:
    if element.get("aria-label") or element.get("aria-labelledby") or "".join(element.itertext()).strip():
        return True
    return any(part.get("aria-label") for part in element.iter())


def _policy(elements: list[Element]) -> Iterator[str]:
    for element in elements:
        if element.get("style") is not None:
            yield f"<{element.tag}> has a style attribute, which the content security policy forbids"
        yield from (f"<{element.tag}> has {name}" for name in element.attrib if str(name).startswith("on"))
        if element.tag == "script" and not element.get("src") and not element.get("nonce"):
            yield "a script in the page has no nonce"
        if element.tag == "form" and (element.get("method") or "").lower() == "post":
            names = [part.get("name") or "" for part in element.iter("input")]
            # Forms that share a page carry the token under a prefix.
            if not any(name.endswith("csrf_token") for name in names):
                yield f"the form to {element.get('action')} carries no CSRF token"
