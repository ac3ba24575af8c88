"""invitations, who granted what, how far a regrade reaches, vouched logins, and old rows of the log that may go

Revision: 0040
Follows: 0030
"""

from __future__ import annotations

import json
from typing import Any

import sqlalchemy as sa
from alembic import op

import webapp.database
from webapp.audit.models import APPEND_ONLY, OLD_ROWS_MAY_GO

revision = "0040"
down_revision = "0030"
branch_labels = None
depends_on = None

_AT = webapp.database.UtcDateTime(timezone=True)


def upgrade() -> None:
    with op.batch_alter_table("user", schema=None) as batch_op:
        batch_op.add_column(sa.Column("email_verified_at", _AT, nullable=True))
        batch_op.add_column(sa.Column("username_given_at", _AT, nullable=True))
    with op.batch_alter_table("cohort_member", schema=None) as batch_op:
        batch_op.add_column(sa.Column("made_here", sa.Boolean(), nullable=False, server_default=sa.false()))
    # As SQL: for a new foreign key Alembic would copy SQLite's whole table.
    op.execute(
        "ALTER TABLE accommodation ADD COLUMN granted_by_cohort INTEGER "
        "CONSTRAINT fk_accommodation_granted_by_cohort_cohort REFERENCES cohort (id)"
    )
    op.create_index(op.f("ix_accommodation_granted_by_cohort"), "accommodation", ["granted_by_cohort"])
    with op.batch_alter_table("regrade", schema=None) as batch_op:
        batch_op.add_column(sa.Column("cohorts", sa.JSON(), nullable=True))
    op.create_table(
        "invitation",
        sa.Column("cohort_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("listed_as", sa.String(length=120), nullable=False),
        sa.Column("invited_by", sa.Integer(), nullable=True),
        sa.Column("invited_at", _AT, nullable=False),
        sa.Column("declined_at", _AT, nullable=True),
        sa.ForeignKeyConstraint(
            ["cohort_id"], ["cohort.id"], name=op.f("fk_invitation_cohort_id_cohort"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["invited_by"], ["user.id"], name=op.f("fk_invitation_invited_by_user")),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_invitation_user_id_user")),
        sa.PrimaryKeyConstraint("cohort_id", "user_id", name=op.f("pk_invitation")),
    )
    op.create_index(op.f("ix_invitation_user_id"), "invitation", ["user_id"])
    _fill_in()
    for statement in OLD_ROWS_MAY_GO[op.get_bind().dialect.name]:
        op.execute(statement)


def _fill_in() -> None:
    """Who is in a class stays in it. What is known of the past is written down; what is not known is nobody's."""
    connection = op.get_bind()
    made = "origin IN ('roster', 'cli', 'setup', 'demo')"
    connection.execute(sa.text(f'UPDATE "user" SET email_verified_at = created_at WHERE email IS NOT NULL AND {made}'))
    connection.execute(
        sa.text(f'UPDATE "user" SET username_given_at = created_at WHERE username IS NOT NULL AND {made}')
    )
    # An import makes the account and the membership in one moment.
    connection.execute(
        sa.text(
            'UPDATE cohort_member SET made_here = :yes WHERE found = :no AND EXISTS (SELECT 1 FROM "user" u WHERE '
            "u.id = cohort_member.user_id AND u.origin = 'roster' AND u.created_at = cohort_member.joined_at)"
        ).bindparams(yes=True, no=False)
    )
    connection.execute(sa.text("UPDATE accommodation SET granted_by_cohort = cohort_id WHERE cohort_id IS NOT NULL"))
    granted = connection.execute(
        sa.text("SELECT cohort_id, details FROM audit_entry WHERE action = 'accommodation.granted'")
    ).all()
    cohorts = set(connection.execute(sa.text("SELECT id FROM cohort")).scalars())
    for cohort_id, written in granted:
        details: dict[str, Any] = json.loads(written) if isinstance(written, str) else written
        if cohort_id in cohorts:
            connection.execute(
                sa.text("UPDATE accommodation SET granted_by_cohort = :cohort WHERE id = :id AND user_id IS NOT NULL"),
                {"cohort": cohort_id, "id": details.get("accommodation")},
            )


def downgrade() -> None:
    dialect = op.get_bind().dialect.name
    if dialect == "sqlite":
        op.execute("DROP TRIGGER audit_entry_keeps_rows")
    op.execute(APPEND_ONLY[dialect][0].format(table="audit_entry"))
    op.drop_table("invitation")
    for table, column in (
        ("regrade", "cohorts"),
        ("cohort_member", "made_here"),
        ("user", "email_verified_at"),
        ("user", "username_given_at"),
    ):
        op.drop_column(table, column)
    op.drop_index(op.f("ix_accommodation_granted_by_cohort"), "accommodation")
    with op.batch_alter_table("accommodation") as batch_op:
        batch_op.drop_column("granted_by_cohort")
