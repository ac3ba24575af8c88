"""the zone in which the times of an assignment were typed, and the checks of lessons that were done

Revision: 0200
Follows: 0090
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from webapp.database import UtcDateTime

revision = "0200"
down_revision = "0090"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Of what is there nobody knows it; its times are shown on the reader's clock alone.
    with op.batch_alter_table("assignment", schema=None) as batch_op:
        batch_op.add_column(sa.Column("zone", sa.String(length=64), nullable=True))
    op.create_table(
        "check_answer",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("lesson_id", sa.String(length=80), nullable=False),
        sa.Column("check_id", sa.String(length=80), nullable=False),
        sa.Column("response", sa.JSON(), nullable=False),
        sa.Column("at", UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_check_answer_user_id_user")),
        sa.PrimaryKeyConstraint("user_id", "lesson_id", "check_id", name=op.f("pk_check_answer")),
    )


def downgrade() -> None:
    op.drop_table("check_answer")
    with op.batch_alter_table("assignment", schema=None) as batch_op:
        batch_op.drop_column("zone")
