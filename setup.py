"""Packs the migrations and the course, which lie beside the package in a checkout, into the wheel.

Everything else about the package stands in `pyproject.toml`. At run time `webapp/shipped.py` knows where they are.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

FOLDERS = ("migrations", "question_bank", "seeds")
TARGET = Path("webapp", "_shipped")


def shipped_files() -> list[str]:
    """The files to pack, relative to the root of the project, without what Python or an editor leaves behind."""
    return sorted(
        path.as_posix()
        for folder in FOLDERS
        for path in Path(folder).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts and not path.name.startswith(".")
    )


class BuildWithShipped(build_py):
    """`build_py` that also copies what ships; an editable install finds it where it is."""

    def run(self) -> None:
        super().run()
        if self.editable_mode:
            return
        # A build folder may be used again, and a migration of last year must not come along.
        shutil.rmtree(Path(self.build_lib) / TARGET, ignore_errors=True)
        for file in shipped_files():
            target = Path(self.build_lib) / TARGET / file
            self.mkpath(str(target.parent))
            self.copy_file(file, str(target), preserve_mode=False)

    def get_outputs(self, include_bytecode: bool = True) -> list[str]:
        packed = [] if self.editable_mode else [str(Path(self.build_lib) / TARGET / file) for file in shipped_files()]
        return [*super().get_outputs(include_bytecode), *packed]

    def get_source_files(self) -> list[str]:
        """What a source distribution must hold, so that it builds the same wheel."""
        return [*super().get_source_files(), *shipped_files()]


setup(cmdclass={"build_py": BuildWithShipped})
