"""One key of course.yaml set to another text, with every other byte of the file as it was."""

from __future__ import annotations

import json
import re

import yaml
from yaml.nodes import MappingNode, ScalarNode

from webapp.content.file_names import COURSE_FILE
from webapp.content.problems import Location, Problem, Problems
from webapp.content.yaml.schema_errors import SLUG
from webapp.content.yaml.source import parse_yaml


def with_key(text: str, key: str, value: str) -> str:
    """course.yaml with `key: value` at its top level, in place of what the key had or as a new line. Raises Problems
    for a file that can't be read, or whose form leaves no way to do it."""
    values = parse_yaml(text, COURSE_FILE).values
    written = value if re.fullmatch(SLUG, value) and not value.isdigit() else json.dumps(value, ensure_ascii=False)
    made = _replaced(text, key, written) if isinstance(values, dict) else text
    if not isinstance(values, dict) or parse_yaml(made, COURSE_FILE).values != values | {key: value}:
        said = f"`{key}` can’t be set in a file of this form"
        raise Problems([Problem(Location(COURSE_FILE), said, "expected lines such as `title: Tea`, from the margin")])
    return made


def _replaced(text: str, key: str, written: str) -> str:
    root = yaml.compose(text, Loader=yaml.CSafeLoader)
    assert isinstance(root, MappingNode)
    for name, node in root.value:
        if name.value == key and isinstance(node, ScalarNode):
            start, end = node.start_mark.index, node.end_mark.index
            ending = "\n" if text[start:end].endswith("\n") else ""
            space = "" if text[start - 1 : start].isspace() else " "
            return text[:start] + space + written + ending + text[end:]
    start = root.start_mark.index
    return f"{text[:start]}{key}: {written}\n{text[start:]}"
