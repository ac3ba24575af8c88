"""files of questions that were sent to be imported

Revision: 0210
Follows: 0160
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from webapp.database import UtcDateTime

revision = "0210"
down_revision = "0160"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "question_import",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("course_id", sa.String(length=80), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("format", sa.String(length=20), nullable=False),
        sa.Column("into", sa.String(length=300), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        sa.Column("left_out", sa.JSON(), nullable=False),
        sa.Column("files", sa.JSON(), nullable=False),
        sa.Column("pictures", sa.JSON(), nullable=False),
        sa.Column("losses", sa.JSON(), nullable=False),
        sa.Column("added", sa.Integer(), nullable=False),
        sa.Column("updated", sa.Integer(), nullable=False),
        sa.Column("sent_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("imported_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("taken_back_at", UtcDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_question_import_user_id_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_question_import")),
    )
    with op.batch_alter_table("question_import", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_question_import_course_id"), ["course_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_question_import_user_id"), ["user_id"], unique=False)


def downgrade() -> None:
    op.drop_table("question_import")
