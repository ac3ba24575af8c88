"""Packages of QTI: a file for each question, one for the test that has all of them, the pictures, and a list."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from lxml import etree

from webapp.interchange.archive import packed
from webapp.interchange.contract import WrittenQuestions
from webapp.interchange.losses import LeftOut, ReportLine
from webapp.interchange.own_text import TextWriter, line_of, tags_of
from webapp.interchange.qti_names import QtiVersion, dressed
from webapp.interchange.qti_writing import item_of, name_of, operator, outcome, set_outcome
from webapp.questions.contract import Question

#: the namespace of the descriptions of what is in a package
LOM = "http://ltsc.ieee.org/xsd/LOM"
MANIFEST = "imsmanifest.xml"


def written_package(
    questions: Sequence[Question], media: Mapping[str, bytes], language: str, version: QtiVersion
) -> WrittenQuestions:
    """The questions as one package."""
    files: dict[str, bytes] = {}
    shown: dict[str, dict[str, str]] = {}
    kept: list[Question] = []
    lines: list[ReportLine] = []
    for place, question in enumerate(questions, 1):
        writer = TextWriter(media)
        try:
            files[f"items/{question.id}.xml"] = dressed(item_of(question, writer, language), version)
            shown[question.id] = dict(writer.used)
            kept.append(question)
        except LeftOut as out:
            writer.losses.append(out.loss)
        lines.append(line_of(question, place, writer.losses))
    pictures = {file: name for each in shown.values() for file, name in each.items()}
    manifest = _manifest(kept, shown, version)
    whole = {
        MANIFEST: etree.tostring(manifest, xml_declaration=True, encoding="UTF-8"),
        "test.xml": dressed(_test(kept), version),
        **files,
        **{f"media/{file}": media[name] for file, name in pictures.items()},
    }
    return WrittenQuestions(packed(whole), tuple(lines), len(pictures))


def _test(questions: Sequence[Question]) -> etree._Element:
    root = etree.Element("assessmentTest", identifier="test", title="Questions")
    root.append(outcome("SCORE", "single", "float", "0"))
    part = etree.SubElement(
        root, "testPart", identifier="part", navigationMode="nonlinear", submissionMode="simultaneous"
    )
    section = etree.SubElement(part, "assessmentSection", identifier="section", title="Questions", visible="true")
    for question in questions:
        etree.SubElement(section, "assessmentItemRef", identifier=name_of(question), href=f"items/{question.id}.xml")
    earned = etree.Element("testVariables", variableIdentifier="SCORE")
    etree.SubElement(root, "outcomeProcessing").append(set_outcome("SCORE", operator("sum", earned)))
    return root


def _manifest(
    questions: Sequence[Question], shown: Mapping[str, Mapping[str, str]], version: QtiVersion
) -> etree._Element:
    """The list of what is in the package. What a course says of a question beside its task is described there."""
    names: dict[str | None, str] = {None: version.manifest, "lom": LOM}
    root = etree.Element(_in(version, "manifest"), {"identifier": "manifest"}, nsmap=names)
    metadata = etree.SubElement(root, _in(version, "metadata"))
    etree.SubElement(metadata, _in(version, "schema")).text = version.package
    etree.SubElement(metadata, _in(version, "schemaversion")).text = version.package_version
    etree.SubElement(root, _in(version, "organizations"))
    resources = etree.SubElement(root, _in(version, "resources"))
    test = etree.SubElement(
        resources, _in(version, "resource"), identifier="test", type=version.test_type, href="test.xml"
    )
    etree.SubElement(test, _in(version, "file"), href="test.xml")
    for question in questions:
        etree.SubElement(test, _in(version, "dependency"), identifierref=name_of(question))
    for question in questions:
        path = f"items/{question.id}.xml"
        item = etree.SubElement(
            resources, _in(version, "resource"), identifier=name_of(question), type=version.item_type, href=path
        )
        described = etree.SubElement(etree.SubElement(item, _in(version, "metadata")), f"{{{LOM}}}lom")
        general = etree.SubElement(described, f"{{{LOM}}}general")
        for tag in tags_of(question):
            word = etree.SubElement(general, f"{{{LOM}}}keyword")
            etree.SubElement(word, f"{{{LOM}}}string").text = tag
        for file in (path, *(f"media/{name}" for name in shown[question.id])):
            etree.SubElement(item, _in(version, "file"), href=file)
    return root


def _in(version: QtiVersion, name: str) -> str:
    return f"{{{version.manifest}}}{name}"
