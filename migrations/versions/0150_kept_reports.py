"""figures that are counted beside the pages, and a watch over what they rest on

Revision: 0150
Follows: 0140
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from webapp.database import UtcDateTime
from webapp.reports.models import unwatch, watch

revision = "0150"
down_revision = "0140"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "report_change",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("course_id", sa.String(length=80), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report_change")),
    )
    op.create_index(op.f("ix_report_change_course_id"), "report_change", ["course_id"], unique=False)
    op.create_table(
        "kept_report",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("course_id", sa.String(length=80), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("about", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=True),
        sa.Column("mark", sa.String(length=200), nullable=True),
        sa.Column("counted_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("seconds", sa.Float(), server_default="0", nullable=False),
        sa.Column("wanted_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("asked_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("done", sa.Integer(), server_default="0", nullable=False),
        sa.Column("total", sa.Integer(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kept_report")),
        sa.UniqueConstraint("course_id", "key", name=op.f("uq_kept_report_course_id_key")),
    )
    op.create_index(op.f("ix_kept_report_wanted_at"), "kept_report", ["wanted_at"], unique=False)
    op.create_index(op.f("ix_kept_report_asked_at"), "kept_report", ["asked_at"], unique=False)
    for statement in watch(op.get_bind().dialect.name):
        op.execute(statement)


def downgrade() -> None:
    for statement in unwatch(op.get_bind().dialect.name):
        op.execute(statement)
    op.drop_table("kept_report")
    op.drop_table("report_change")
