"""what happened says of which course it is

Revision: 0100
Follows: 0200
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import sqlalchemy as sa
from alembic import context, op

from webapp.audit.models import COURSES_STAY, ERASED_NAMES_MAY_GO

revision = "0100"
down_revision = "0200"
branch_labels = None
depends_on = None

#: tables whose rows are each of one course
TABLES = (
    "cohort", "attempt", "accommodation", "regrade", "grade_change", "grade_note", "reading", "place", "check_answer",
    "card", "content_version",
)  # fmt: skip
#: primary keys, without the course
KEYS = {
    "reading": ("user_id", "lesson_id", "section_id"),
    "place": ("user_id", "lesson_id"),
    "check_answer": ("user_id", "lesson_id", "check_id"),
    "card": ("user_id", "question_id"),
}
#: a batch on SQLite makes the table anew and does not see these by itself
CHECKS = {
    "attempt": ("ck_attempt_state", "state IN ('open', 'submitted', 'void')"),
    "accommodation": ("ck_accommodation_for_whom", "(user_id IS NULL) <> (cohort_id IS NULL)"),
}
#: acts that concern the whole site
OF_THE_SITE = "action LIKE 'person.%' OR action = 'demo.removed'"


def upgrade() -> None:
    course_id = _course_of_the_rows()
    changes: dict[str, Callable[[Any], None]] = {"cohort": _names, "attempt": _attempts, "regrade": _running}
    for table in TABLES:
        op.add_column(table, sa.Column("course_id", sa.String(length=80), nullable=False, server_default=course_id))
        with op.batch_alter_table(table, table_args=_checks(table)) as batch_op:
            # From now on whoever adds a row says it.
            batch_op.alter_column("course_id", existing_type=sa.String(length=80), server_default=None)
            if table in KEYS:
                batch_op.drop_constraint(f"pk_{table}", type_="primary")
                batch_op.create_primary_key(f"pk_{table}", ["user_id", "course_id", *KEYS[table][1:]])
            if table in changes:
                changes[table](batch_op)
    op.drop_index("ix_card_user_id_due", "card")
    op.create_index("ix_card_user_id_course_id_due", "card", ["user_id", "course_id", "due"])
    op.drop_index("ix_content_version_path_id", "content_version")
    op.create_index("ix_content_version_course_id_path_id", "content_version", ["course_id", "path", "id"])
    op.create_index(op.f("ix_grade_change_course_id"), "grade_change", ["course_id"])
    _audit(course_id)


def _course_of_the_rows() -> str:
    """The id of the course with which the rows that are there were made; "" where there are none."""
    bind = op.get_bind()
    if not any(bind.execute(sa.text(f"SELECT 1 FROM {table} LIMIT 1")).first() for table in (*TABLES, "audit_entry")):
        return ""
    course_id: str = context.config.attributes["course_of_rows"]()
    return course_id


def _checks(table: str) -> Sequence[sa.CheckConstraint]:
    if table not in CHECKS or op.get_bind().dialect.name != "sqlite":
        return ()
    name, condition = CHECKS[table]
    return [sa.CheckConstraint(condition, name=op.f(name))]


def _names(batch_op: Any) -> None:
    batch_op.drop_constraint("uq_cohort_name", type_="unique")
    batch_op.create_unique_constraint("uq_cohort_course_id_name", ["course_id", "name"])


def _attempts(batch_op: Any) -> None:
    batch_op.drop_constraint("uq_attempt_user_id_quiz_id_number", type_="unique")
    batch_op.create_unique_constraint(
        "uq_attempt_user_id_course_id_quiz_id_number", ["user_id", "course_id", "quiz_id", "number"]
    )
    batch_op.drop_index("ix_attempt_quiz_id_state")
    batch_op.create_index("ix_attempt_course_id_quiz_id_state", ["course_id", "quiz_id", "state"])
    batch_op.drop_index("ix_attempt_quiz_id_keep_pass_mark")
    batch_op.create_index("ix_attempt_course_id_quiz_id_keep_pass_mark", ["course_id", "quiz_id", "keep", "pass_mark"])
    batch_op.drop_index("uq_attempt_one_open")
    batch_op.create_index("uq_attempt_one_open", ["user_id", "course_id", "quiz_id"], **_only("state = 'open'"))


def _running(batch_op: Any) -> None:
    batch_op.drop_index("uq_regrade_one_running")
    batch_op.create_index("uq_regrade_one_running", ["course_id", "question_id"], **_only("state = 'running'"))


def _only(condition: str) -> dict[str, Any]:
    return {"unique": True, "sqlite_where": sa.text(condition), "postgresql_where": sa.text(condition)}


def _audit(course_id: str) -> None:
    """The log refuses changes; its rows get their course in the moment in which its guard is exchanged."""
    dialect = op.get_bind().dialect.name
    op.add_column("audit_entry", sa.Column("course_id", sa.String(length=80), nullable=True))
    drop, *make = COURSES_STAY[dialect] if dialect == "sqlite" else (None, *COURSES_STAY[dialect])
    op.execute(drop or "ALTER TABLE audit_entry DISABLE TRIGGER audit_entry_append_only")
    op.get_bind().execute(
        sa.text(f"UPDATE audit_entry SET course_id = :course WHERE NOT ({OF_THE_SITE})"), {"course": course_id}
    )
    for statement in make:
        op.execute(statement)
    if drop is None:
        op.execute("ALTER TABLE audit_entry ENABLE TRIGGER audit_entry_append_only")


def downgrade() -> None:
    bind = op.get_bind()
    courses = {row[0] for table in TABLES for row in bind.execute(sa.text(f"SELECT DISTINCT course_id FROM {table}"))}
    if len(courses) > 1:
        raise SystemExit(
            "The database holds several courses, which the version before can't tell apart; nothing was changed."
        )
    for statement in ERASED_NAMES_MAY_GO[bind.dialect.name]:
        op.execute(statement)
    op.drop_column("audit_entry", "course_id")
    op.drop_index(op.f("ix_grade_change_course_id"), "grade_change")
    op.drop_index("ix_content_version_course_id_path_id", "content_version")
    op.create_index("ix_content_version_path_id", "content_version", ["path", "id"])
    op.drop_index("ix_card_user_id_course_id_due", "card")
    op.create_index("ix_card_user_id_due", "card", ["user_id", "due"])
    for table in TABLES:
        with op.batch_alter_table(table, table_args=_checks(table)) as batch_op:
            if table == "cohort":
                batch_op.drop_constraint("uq_cohort_course_id_name", type_="unique")
                batch_op.create_unique_constraint("uq_cohort_name", ["name"])
            if table == "regrade":
                batch_op.drop_index("uq_regrade_one_running")
                batch_op.create_index("uq_regrade_one_running", ["question_id"], **_only("state = 'running'"))
            if table == "attempt":
                batch_op.drop_constraint("uq_attempt_user_id_course_id_quiz_id_number", type_="unique")
                batch_op.create_unique_constraint("uq_attempt_user_id_quiz_id_number", ["user_id", "quiz_id", "number"])
                batch_op.drop_index("ix_attempt_course_id_quiz_id_state")
                batch_op.create_index("ix_attempt_quiz_id_state", ["quiz_id", "state"])
                batch_op.drop_index("ix_attempt_course_id_quiz_id_keep_pass_mark")
                batch_op.create_index("ix_attempt_quiz_id_keep_pass_mark", ["quiz_id", "keep", "pass_mark"])
                batch_op.drop_index("uq_attempt_one_open")
                batch_op.create_index("uq_attempt_one_open", ["user_id", "quiz_id"], **_only("state = 'open'"))
            if table in KEYS:
                batch_op.drop_constraint(f"pk_{table}", type_="primary")
                batch_op.create_primary_key(f"pk_{table}", list(KEYS[table]))
            batch_op.drop_column("course_id")
