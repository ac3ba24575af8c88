"""memberships that stay when somebody leaves, and attempts that count for nothing

Revision: 0010
Follows: 0001
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import webapp.database

revision = "0010"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Nothing is filled in: everybody in a class is in it, and every attempt counts as it did.
    with op.batch_alter_table("cohort_member", schema=None) as batch_op:
        batch_op.add_column(sa.Column("left_at", webapp.database.UtcDateTime(timezone=True), nullable=True))
    with op.batch_alter_table("attempt", schema=None) as batch_op:
        batch_op.add_column(sa.Column("set_aside", sa.String(length=16), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("attempt", schema=None) as batch_op:
        batch_op.drop_column("set_aside")
    with op.batch_alter_table("cohort_member", schema=None) as batch_op:
        batch_op.drop_column("left_at")
