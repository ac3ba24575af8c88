"""the zone in which the times of an assignment were typed

Revision: 0200
Follows: 0090
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0200"
down_revision = "0090"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Of what is there nobody knows it; its times are shown on the reader's clock alone.
    with op.batch_alter_table("assignment", schema=None) as batch_op:
        batch_op.add_column(sa.Column("zone", sa.String(length=64), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("assignment", schema=None) as batch_op:
        batch_op.drop_column("zone")
