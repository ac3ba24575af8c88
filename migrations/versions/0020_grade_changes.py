"""grades that change in the open

Revision: 0020
Follows: 0010
"""

from __future__ import annotations

import json
from typing import Any

import sqlalchemy as sa
from alembic import op

import webapp.database

revision = "0020"
down_revision = "0010"
branch_labels = None
depends_on = None

_PASS_MARK, _KEEP = 70.0, "best"


def upgrade() -> None:
    op.create_table(
        "grade_change",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("subject", sa.String(length=200), nullable=False),
        sa.Column("quiz_id", sa.String(length=90), nullable=True),
        sa.Column("before", sa.JSON(), nullable=False),
        sa.Column("after", sa.JSON(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("actor_id", sa.Integer(), nullable=True),
        sa.Column("at", webapp.database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("undoes", sa.Integer(), nullable=True),
        sa.Column("cohort_id", sa.Integer(), nullable=True),
        sa.Column("slot_id", sa.Integer(), nullable=True),
        sa.Column("sequence", sa.Integer(), nullable=True),
        sa.Column("regrade_id", sa.Integer(), nullable=True),
        sa.Column("touched", sa.Integer(), nullable=False),
        sa.Column("gained", sa.Integer(), nullable=False),
        sa.Column("lost", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["actor_id"], ["user.id"], name=op.f("fk_grade_change_actor_id_user")),
        sa.ForeignKeyConstraint(["regrade_id"], ["regrade.id"], name=op.f("fk_grade_change_regrade_id_regrade")),
        sa.ForeignKeyConstraint(["slot_id"], ["slot.id"], name=op.f("fk_grade_change_slot_id_slot")),
        sa.ForeignKeyConstraint(["undoes"], ["grade_change.id"], name=op.f("fk_grade_change_undoes_grade_change")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_grade_change")),
    )
    with op.batch_alter_table("grade_change", schema=None) as batch_op:
        for column in ("actor_id", "cohort_id", "quiz_id", "regrade_id", "slot_id", "subject", "undoes"):
            batch_op.create_index(batch_op.f(f"ix_grade_change_{column}"), [column], unique=False)

    op.create_table(
        "grade_note",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("change_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("quiz_id", sa.String(length=90), nullable=False),
        sa.Column("attempt_id", sa.Integer(), nullable=True),
        sa.Column("percent_before", sa.Float(), nullable=True),
        sa.Column("percent_after", sa.Float(), nullable=True),
        sa.Column("passed_before", sa.Boolean(), nullable=True),
        sa.Column("passed_after", sa.Boolean(), nullable=True),
        sa.Column("seen_at", webapp.database.UtcDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["attempt_id"], ["attempt.id"], name=op.f("fk_grade_note_attempt_id_attempt")),
        sa.ForeignKeyConstraint(["change_id"], ["grade_change.id"], name=op.f("fk_grade_note_change_id_grade_change")),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_grade_note_user_id_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_grade_note")),
    )
    with op.batch_alter_table("grade_note", schema=None) as batch_op:
        for column in ("attempt_id", "change_id", "user_id"):
            batch_op.create_index(batch_op.f(f"ix_grade_note_{column}"), [column], unique=False)
        batch_op.create_index(
            "ix_grade_note_unseen",
            ["user_id"],
            unique=False,
            sqlite_where=sa.text("seen_at IS NULL"),
            postgresql_where=sa.text("seen_at IS NULL"),
        )

    with op.batch_alter_table("attempt", schema=None) as batch_op:
        batch_op.add_column(sa.Column("keep", sa.String(length=8), nullable=True))
        batch_op.add_column(sa.Column("pass_mark", sa.Float(), nullable=True))
    _record_rules()
    with op.batch_alter_table("attempt", schema=None) as batch_op:
        batch_op.create_index("ix_attempt_quiz_id_keep_pass_mark", ["quiz_id", "keep", "pass_mark"], unique=False)

    with op.batch_alter_table("user", schema=None) as batch_op:
        batch_op.add_column(sa.Column("has_notes", sa.Boolean(), server_default=sa.false(), nullable=False))

    with op.batch_alter_table("slot", schema=None) as batch_op:
        batch_op.add_column(sa.Column("overruled", sa.Boolean(), server_default=sa.false(), nullable=False))


def _record_rules() -> None:
    """Records what is there under the rules of the latest attempt of its quiz, which are nearest to those of the file,
    by which results were worked out so far. What counts for nothing has no rules."""
    attempt = sa.table(
        "attempt",
        sa.column("id", sa.Integer),
        sa.column("quiz_id", sa.String),
        sa.column("kind", sa.String),
        sa.column("state", sa.String),
        sa.column("score", sa.Float),
        sa.column("policy", sa.JSON),
        sa.column("keep", sa.String),
        sa.column("pass_mark", sa.Float),
    )
    connection = op.get_bind()
    counts = attempt.c.kind.in_(("pretest", "quiz", "final"))
    scored = counts & attempt.c.score.is_not(None)
    latest = sa.select(sa.func.max(attempt.c.id)).where(scored, attempt.c.state == "submitted")
    for quiz_id, policy in connection.execute(
        sa.select(attempt.c.quiz_id, attempt.c.policy).where(attempt.c.id.in_(latest.group_by(attempt.c.quiz_id)))
    ).all():
        connection.execute(attempt.update().where(scored, attempt.c.quiz_id == quiz_id).values(**_rules(policy)))
    for id, policy in connection.execute(
        sa.select(attempt.c.id, attempt.c.policy).where(
            counts, attempt.c.keep.is_(None), attempt.c.state != "submitted"
        )
    ).all():
        if _read(policy).get("graded", True):
            connection.execute(attempt.update().where(attempt.c.id == id).values(**_rules(policy)))


def _rules(policy: Any) -> dict[str, Any]:
    row = _read(policy)
    return {"keep": row.get("score", _KEEP), "pass_mark": float(row.get("pass_mark", _PASS_MARK))}


def _read(policy: Any) -> dict[str, Any]:
    return json.loads(policy) if isinstance(policy, str) else dict(policy or {})


def downgrade() -> None:
    with op.batch_alter_table("slot", schema=None) as batch_op:
        batch_op.drop_column("overruled")

    with op.batch_alter_table("user", schema=None) as batch_op:
        batch_op.drop_column("has_notes")

    with op.batch_alter_table("attempt", schema=None) as batch_op:
        batch_op.drop_index("ix_attempt_quiz_id_keep_pass_mark")
        batch_op.drop_column("pass_mark")
        batch_op.drop_column("keep")

    op.drop_table("grade_note")
    op.drop_table("grade_change")
