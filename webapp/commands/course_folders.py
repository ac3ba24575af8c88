"""The argument FOLDER of commands that work on a course folder."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click


def _folder(_context: click.Context, _parameter: click.Parameter, value: Path | None) -> Path:
    from webapp.config import BadSetting, course_folder

    if value is None:
        try:
            folder = course_folder()
        except BadSetting as error:
            raise click.BadParameter(f"there is no folder {error.value}") from error
        here = Path.cwd()
        return folder.relative_to(here) if folder.is_relative_to(here) else folder
    if not value.is_dir():
        raise click.BadParameter(f"there is no folder {value}")
    return value


course_folder_argument: Callable[[Any], Any] = click.argument(
    "folder", required=False, callback=_folder, type=click.Path(path_type=Path, file_okay=False)
)
