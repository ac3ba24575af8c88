"""answers that people grade: how many of an attempt wait for it, and the points that markers gave

Revision: 0120
Follows: 0110
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from webapp.database import UtcDateTime

revision = "0120"
down_revision = "0110"
branch_labels = None
depends_on = None

WAITING = sa.text("awaiting > 0")


def upgrade() -> None:
    with op.batch_alter_table("attempt", schema=None) as batch_op:
        batch_op.add_column(sa.Column("awaiting", sa.Integer(), server_default="0", nullable=False))
        batch_op.create_index("ix_attempt_awaiting", ["id"], sqlite_where=WAITING, postgresql_where=WAITING)
    op.create_table(
        "mark",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("slot_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("marker_id", sa.Integer(), nullable=True),
        sa.Column("points", sa.JSON(), nullable=False),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("settles", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("at", UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["marker_id"], ["user.id"], name=op.f("fk_mark_marker_id_user")),
        sa.ForeignKeyConstraint(["slot_id"], ["slot.id"], name=op.f("fk_mark_slot_id_slot")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mark")),
        sa.UniqueConstraint("slot_id", "number", name=op.f("uq_mark_slot_id_number")),
    )
    op.create_index(op.f("ix_mark_marker_id"), "mark", ["marker_id"])


def downgrade() -> None:
    op.drop_table("mark")
    with op.batch_alter_table("attempt", schema=None) as batch_op:
        batch_op.drop_index("ix_attempt_awaiting")
        batch_op.drop_column("awaiting")
