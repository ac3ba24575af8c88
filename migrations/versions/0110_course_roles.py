"""roles by course, and who may take one

Revision: 0110
Follows: 0100
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from webapp.database import UtcDateTime

revision = "0110"
down_revision = "0100"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # No rows: a course without any is as it was, open to all and written and taught by every instructor.
    with op.batch_alter_table("user", schema=None) as batch_op:
        batch_op.add_column(sa.Column("in_staff", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.create_table(
        "course_staff",
        sa.Column("course_id", sa.String(length=80), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("role", sa.String(length=12), nullable=False),
        sa.Column("added_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("added_by", sa.Integer(), nullable=True),
        sa.CheckConstraint("role IN ('owner', 'author', 'teacher')", name=op.f("ck_course_staff_role")),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_course_staff_user_id_user")),
        sa.ForeignKeyConstraint(["added_by"], ["user.id"], name=op.f("fk_course_staff_added_by_user")),
        sa.PrimaryKeyConstraint("course_id", "user_id", name=op.f("pk_course_staff")),
    )
    op.create_index("ix_course_staff_user_id", "course_staff", ["user_id"])
    op.create_table(
        "course_admission",
        sa.Column("course_id", sa.String(length=80), nullable=False),
        sa.Column("admission", sa.String(length=8), nullable=False),
        sa.Column("join_code", sa.String(length=16), nullable=False),
        sa.Column("all_instructors", sa.Boolean(), server_default=sa.true(), nullable=False),
        sa.Column("archived_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("made_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.Integer(), nullable=True),
        sa.CheckConstraint("admission IN ('open', 'code', 'class')", name=op.f("ck_course_admission_admission")),
        sa.ForeignKeyConstraint(["made_by"], ["user.id"], name=op.f("fk_course_admission_made_by_user")),
        sa.PrimaryKeyConstraint("course_id", name=op.f("pk_course_admission")),
        sa.UniqueConstraint("join_code", name=op.f("uq_course_admission_join_code")),
    )
    op.create_table(
        "course_member",
        sa.Column("course_id", sa.String(length=80), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("joined_at", UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_course_member_user_id_user")),
        sa.PrimaryKeyConstraint("course_id", "user_id", name=op.f("pk_course_member")),
    )
    op.create_index("ix_course_member_user_id", "course_member", ["user_id"])


def downgrade() -> None:
    op.drop_index("ix_course_member_user_id", "course_member")
    op.drop_table("course_member")
    op.drop_table("course_admission")
    op.drop_index("ix_course_staff_user_id", "course_staff")
    op.drop_table("course_staff")
    with op.batch_alter_table("user", schema=None) as batch_op:
        batch_op.drop_column("in_staff")
