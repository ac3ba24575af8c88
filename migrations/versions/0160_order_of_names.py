"""the order of people's names, kept beside them

Revision: 0160
Follows: 0150
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from webapp.accounts.names import name_order

revision = "0160"
down_revision = "0150"
branch_labels = None
depends_on = None

#: people whose names are put into order at a time
MANY = 5_000


def upgrade() -> None:
    # Not as a batch, which would make the table anew and lose the triggers on it.
    op.add_column("user", sa.Column("name_order", sa.String(length=120), server_default="", nullable=False))
    user = sa.table("user", sa.column("id"), sa.column("name"), sa.column("name_order"))
    put = user.update().where(user.c.id == sa.bindparam("of")).values(name_order=sa.bindparam("order"))
    connection, last = op.get_bind(), 0
    while rows := connection.execute(
        sa.select(user.c.id, user.c.name).where(user.c.id > last, user.c.name != "").order_by(user.c.id).limit(MANY)
    ).all():
        connection.execute(put, [{"of": row.id, "order": name_order(row.name)} for row in rows])
        last = rows[-1].id
    op.create_index("ix_user_name_order_id", "user", ["name_order", "id"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_user_name_order_id", table_name="user")
    op.drop_column("user", "name_order")
