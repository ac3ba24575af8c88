"""conditions of an exam, its quiet log, time given to all, and when the server was up

Revision: 0080
Follows: 0040
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from webapp.database import UtcDateTime

revision = "0080"
down_revision = "0040"
branch_labels = None
depends_on = None


def _at(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, UtcDateTime(timezone=True), nullable=nullable)


def upgrade() -> None:
    # What is there has no conditions, was given no time, and goes on in the browser that comes next.
    with op.batch_alter_table("assignment", schema=None) as batch_op:
        batch_op.add_column(sa.Column("conditions", sa.JSON(), nullable=True))
    with op.batch_alter_table("attempt", schema=None) as batch_op:
        batch_op.add_column(sa.Column("given_seconds", sa.Integer(), server_default="0", nullable=False))
        batch_op.add_column(sa.Column("session_digest", sa.String(length=64), nullable=True))
    op.create_table(
        "attempt_note",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("attempt_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        _at("at"),
        sa.ForeignKeyConstraint(["attempt_id"], ["attempt.id"], name=op.f("fk_attempt_note_attempt_id_attempt")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attempt_note")),
    )
    op.create_index(op.f("ix_attempt_note_attempt_id"), "attempt_note", ["attempt_id"])
    op.create_table(
        "time_gift",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("assignment_id", sa.Integer(), nullable=False),
        _at("began_at", nullable=True),
        _at("ended_at", nullable=True),
        sa.Column("seconds", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("by_name", sa.String(length=120), nullable=False),
        _at("at"),
        sa.Column("dates", sa.JSON(), nullable=False),
        _at("undone_at", nullable=True),
        sa.ForeignKeyConstraint(
            ["assignment_id"], ["assignment.id"], name=op.f("fk_time_gift_assignment_id_assignment")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_time_gift")),
    )
    op.create_index(op.f("ix_time_gift_assignment_id"), "time_gift", ["assignment_id"])
    op.create_table(
        "time_gift_share",
        sa.Column("gift_id", sa.Integer(), nullable=False),
        sa.Column("attempt_id", sa.Integer(), nullable=False),
        sa.Column("seconds", sa.Integer(), nullable=False),
        sa.Column("reopened", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["gift_id"], ["time_gift.id"], name=op.f("fk_time_gift_share_gift_id_time_gift")),
        sa.ForeignKeyConstraint(["attempt_id"], ["attempt.id"], name=op.f("fk_time_gift_share_attempt_id_attempt")),
        sa.PrimaryKeyConstraint("gift_id", "attempt_id", name=op.f("pk_time_gift_share")),
    )
    op.create_index(op.f("ix_time_gift_share_attempt_id"), "time_gift_share", ["attempt_id"])
    op.create_table(
        "server_run",
        sa.Column("id", sa.Integer(), nullable=False),
        _at("began_at"),
        _at("seen_at"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_server_run")),
    )


def downgrade() -> None:
    for table in ("server_run", "time_gift_share", "time_gift", "attempt_note"):
        op.drop_table(table)
    with op.batch_alter_table("attempt", schema=None) as batch_op:
        batch_op.drop_column("session_digest")
        batch_op.drop_column("given_seconds")
    with op.batch_alter_table("assignment", schema=None) as batch_op:
        batch_op.drop_column("conditions")
