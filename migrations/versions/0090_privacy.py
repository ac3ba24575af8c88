"""an erasure takes a person out of the audit log, and people are removed without reading every step

Revision: 0090
Follows: 0080
"""

from __future__ import annotations

from alembic import op

from webapp.audit.models import APPEND_ONLY, ERASED_NAMES_MAY_GO, OLD_ROWS_MAY_GO

revision = "0090"
down_revision = "0080"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(op.f("ix_step_actor_id"), "step", ["actor_id"])
    op.create_index(op.f("ix_content_version_author_id"), "content_version", ["author_id"])
    for statement in ERASED_NAMES_MAY_GO[op.get_bind().dialect.name]:
        op.execute(statement)


def downgrade() -> None:
    dialect = op.get_bind().dialect.name
    if dialect == "sqlite":
        op.execute("DROP TRIGGER audit_entry_keeps_values")
        op.execute(APPEND_ONLY[dialect][1].format(table="audit_entry"))
    else:
        op.execute(OLD_ROWS_MAY_GO[dialect][0])
    op.drop_index(op.f("ix_content_version_author_id"), "content_version")
    op.drop_index(op.f("ix_step_actor_id"), "step")
