"""XML from anywhere: parsed without entities, without files from elsewhere, and without growing."""

from __future__ import annotations

from lxml import etree

from webapp.interchange.contract import UnreadableQuestions, within_bounds

#: elements of one file
MOST_ELEMENTS = 2_000_000


def parsed(raw: bytes) -> etree._Element:
    """The root of an XML file. Raises UnreadableQuestions for what is none, with the line, and for one that declares
    entities: no file of questions needs them, and they can read other files or grow beyond all bounds. A DOCTYPE alone
    is passed over."""
    within_bounds(raw)
    parser = etree.XMLParser(
        resolve_entities=False, load_dtd=False, dtd_validation=False, no_network=True, huge_tree=False, remove_pis=True
    )
    try:
        root = etree.fromstring(raw.lstrip(), parser)
    except etree.XMLSyntaxError as error:
        said = " ".join(str(error.msg or "it has no beginning").split())[:200]
        raise UnreadableQuestions(f"The file is no XML that can be read: line {error.lineno or 1}, {said}.") from None
    except ValueError as error:
        raise UnreadableQuestions(f"The file is no XML that can be read: {str(error)[:200]}.") from None
    dtd = root.getroottree().docinfo.internalDTD
    if dtd is not None and next(iter(dtd.iterentities()), None) is not None:
        raise UnreadableQuestions("The file declares entities of its own, which no file of questions needs.")
    return root


def line_of_element(element: etree._Element) -> int:
    """The line on which an element begins, from 1."""
    return int(element.sourceline or 1)


def text_at(element: etree._Element, path: str) -> str:
    """The text of the first child at a path, `` where there is none; comments within it are passed over."""
    found = element.find(path)
    return "".join(str(piece) for piece in found.itertext(with_tail=False)) if found is not None else ""
