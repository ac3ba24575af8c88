"""Several servers in one process: apps with one database, and a folder each that no other one sees."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask import Flask

from webapp import create_app
from webapp.config import Settings
from webapp.content.course.loading import load_course
from webapp.content.folder_store import CourseStore
from webapp.course_table import exchange
from webapp.course_table.courses import TableCourses
from webapp.database import db

KEY = "k" * 32
#: where the pages of the tiny course are
TINY_AT = "/courses/tea-and-bread"


@dataclass
class AppOnTable:
    """One server."""

    app: Flask
    settings: Settings

    @property
    def courses(self) -> TableCourses:
        found = self.app.extensions["courses"]
        assert isinstance(found, TableCourses)
        return found

    @property
    def folder(self) -> Path:
        return self.settings.data / "courses"

    @contextmanager
    def work(self) -> Iterator[None]:
        """As in a request: what is not committed at the end is rolled back."""
        with self.app.app_context():
            yield
            db.session.rollback()

    def store(self, course_id: str = "tea-and-bread") -> CourseStore:
        """The course as this server has it now, however lately it looked. Within `work`."""
        self.courses.refresh(now=True)
        found = self.courses.store(course_id)
        assert found is not None
        return found

    def put(self, *folders: Path) -> None:
        """`bank push`, without the command."""
        with self.work():
            for folder in folders:
                exchange.push(exchange.planned_push(folder, load_course(folder), force=True))
            db.session.commit()

    def lines(self, statement: str, **values: Any) -> list[tuple[Any, ...]]:
        with self.app.app_context():
            from sqlalchemy import text

            done = db.session.execute(text(statement), values)
            found = [tuple(row) for row in done] if done.returns_rows else []
            db.session.commit()
            return found

    def close(self) -> None:
        with self.app.app_context():
            db.session.remove()
            db.engine.dispose()


def app_on_table(data: Path, database: str, bank: Path) -> AppOnTable:
    """A server with an empty folder of its own."""
    settings = Settings(data=data, bank=bank, store="database", database_url=database, secret_key=KEY, limits=False)
    app = create_app(settings)
    app.testing = True
    with app.app_context():
        db.create_all()
    return AppOnTable(app, settings)


def files_of(folder: Path) -> dict[str, bytes]:
    """Every file below a folder that is not hidden, by its path."""
    found = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
    return {name: path.read_bytes() for name, path in found.items() if "/." not in f"/{name}"}
