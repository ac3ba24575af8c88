"""The two vocabularies of QTI: 2.2 says `<gapText matchMax="1">` where 3.0 says `<qti-gap-text match-max="1">`.
Everything here is built and read in the words of 2.2 without a namespace, and put into those of a version at the end.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from lxml import etree

#: elements that are HTML in both
HTML = {"a", "abbr", "acronym", "address", "b", "big", "blockquote", "br", "caption", "cite", "code", "col", "colgroup",
        "dd", "dfn", "div", "dl", "dt", "em", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "i", "img", "kbd", "li",
        "object", "ol", "p", "param", "pre", "q", "samp", "small", "span", "strong", "sub", "sup", "table", "tbody",
        "td", "tfoot", "th", "thead", "tr", "tt", "ul", "var", "ruby", "rb", "rt", "rp", "audio", "video", "source",
        "figure", "figcaption", "article", "section", "aside", "bdo", "bdi", "u", "s", "font", "center", "strike",
        "svg", "iframe", "input", "mark", "details", "summary", "picture", "track", "header", "footer", "nav", "label",
        "embed", "del", "ins"}  # fmt: skip
_MATHML = "http://www.w3.org/1998/Math/MathML"
_XSI = "http://www.w3.org/2001/XMLSchema-instance"
_CAPITAL = re.compile(r"(?<=[a-z0-9])([A-Z])")


@dataclass(frozen=True, slots=True)
class QtiVersion:
    """What differs between versions of QTI beside their words."""

    number: str
    namespace: str
    schema: str
    item_type: str
    test_type: str
    manifest: str
    """The namespace of the list of a package."""
    package: str
    package_version: str
    is_dashed: bool


V2 = QtiVersion(
    "2.2",
    "http://www.imsglobal.org/xsd/imsqti_v2p2",
    "http://www.imsglobal.org/xsd/qti/qtiv2p2/imsqti_v2p2p4.xsd",
    "imsqti_item_xmlv2p2",
    "imsqti_test_xmlv2p2",
    "http://www.imsglobal.org/xsd/imscp_v1p1",
    "QTIv2.2 Package",
    "1.0.0",
    False,
)
V3 = QtiVersion(
    "3.0",
    "http://www.imsglobal.org/xsd/imsqtiasi_v3p0",
    "https://purl.imsglobal.org/spec/qti/v3p0/schema/xsd/imsqti_asiv3p0_v1p0.xsd",
    "imsqti_item_xmlv3p0",
    "imsqti_test_xmlv3p0",
    "http://www.imsglobal.org/xsd/qti/qtiv3p0/imscp_v1p1",
    "QTI Package",
    "3.0.0",
    True,
)


def dressed(root: etree._Element, version: QtiVersion) -> bytes:
    """An item or a test as a file of a version."""
    top = _renamed(root, version, {None: version.namespace, "xsi": _XSI})
    top.set(f"{{{_XSI}}}schemaLocation", f"{version.namespace} {version.schema}")
    return bytes(etree.tostring(top, xml_declaration=True, encoding="UTF-8"))


def _renamed(
    node: etree._Element, version: QtiVersion, names: Mapping[str | None, str] | None = None
) -> etree._Element:
    word = str(node.tag)
    is_html = word in HTML
    tag = word if is_html or not version.is_dashed else f"qti-{dashed(word)}"
    made = etree.Element(f"{{{version.namespace}}}{tag}", nsmap=dict(names) if names else None)
    for name, value in node.attrib.items():
        name = str(name)
        made.set(dashed(name) if version.is_dashed and not is_html and "{" not in name else name, str(value))
    made.text, made.tail = node.text, node.tail
    inner = made
    if version.is_dashed and word in ("modalFeedback", "rubricBlock"):
        inner = etree.SubElement(made, f"{{{version.namespace}}}qti-content-body")
        inner.text, made.text = made.text, None
    for child in node:
        inner.append(_renamed(child, version))
    return made


def dashed(name: str) -> str:
    """`matchMax` as `match-max`."""
    return _CAPITAL.sub(lambda match: f"-{match[1]}", name).lower()


def undressed(root: etree._Element) -> None:
    """An item or a test in the words of 2.2 without namespaces, in place, whatever version it has."""
    for node in root.iter(etree.Element):
        word = str(node.tag)
        namespace, _, local = word.rpartition("}")
        if namespace == "{" + _MATHML:
            node.tag = "math" if local == "math" else f"math-{local}"
            continue
        if local.startswith("qti-"):
            local = _camel(local[4:])
            for name in [str(each) for each in node.attrib if "-" in str(each) and "}" not in str(each)]:
                if not name.startswith("data-"):
                    node.set(_camel(name), node.attrib.pop(name))
        node.tag = local
    etree.cleanup_namespaces(root)


def _camel(name: str) -> str:
    return re.sub(r"-([a-z0-9])", lambda match: match[1].upper(), name)
