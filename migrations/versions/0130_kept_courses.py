"""the files of courses, where the database keeps them

Revision: 0130
Follows: 0120
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from webapp.database import UtcDateTime

revision = "0130"
down_revision = "0120"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "kept_course",
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.Column("changed_at", UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_kept_course")),
    )
    op.create_table(
        "kept_file",
        sa.Column("course", sa.String(length=80), nullable=False),
        sa.Column("path", sa.String(length=300), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["course"], ["kept_course.name"], name=op.f("fk_kept_file_course_kept_course")),
        sa.PrimaryKeyConstraint("course", "path", name=op.f("pk_kept_file")),
    )


def downgrade() -> None:
    op.drop_table("kept_file")
    op.drop_table("kept_course")
