"""Questions in the formats of other programs, in and out. Pure: no Flask, no database.

The formats are found, not listed: every module of `interchange.formats` that ends with `FORMAT = …` is one. See
`contract` for what a format gives, `losses` for what is said of each item, and `plan` for what an import would do.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from types import MappingProxyType

from webapp.interchange import formats
from webapp.interchange.contract import FileFormat, UnreadableQuestions

__all__ = ["all_formats", "recognised"]


@cache
def all_formats() -> Mapping[str, FileFormat]:
    """The formats by name, imported at the first look."""
    found = {}
    for module in iter_modules(formats.__path__):
        made = getattr(import_module(f"{formats.__name__}.{module.name}"), "FORMAT", None)
        if isinstance(made, FileFormat):
            found[made.name] = made
    return MappingProxyType(found)


def recognised(raw: bytes, name: str) -> FileFormat:
    """The format that a file has, by what stands in it; its ending decides between those that it could have. Raises
    UnreadableQuestions where it could have none."""
    ending = name.lower()
    likely = [each for each in all_formats().values() if each.reads and each.fits(raw)]
    by_name = [each for each in likely if ending.endswith(each.endings)]
    for each in (*by_name, *likely):
        return each
    known = ", ".join(each.title for each in all_formats().values() if each.reads)
    raise UnreadableQuestions(f"This is no file of questions that can be read. Known are: {known}.")
