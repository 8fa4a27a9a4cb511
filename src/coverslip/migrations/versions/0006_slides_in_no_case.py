"""Indexes over the slides that are in no case: one in the order of their list, one to count them by."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_WHERE = sa.text("trash_root IS NULL AND case_id IS NULL")
_INDEXES = {
    "ix_slide_in_no_case": ["case_sort", "no", "project_no", "state", "format"],
    "ix_slide_in_no_case_counted": ["format", "state", "stain_sort", "tags", "project_no"],
}


def upgrade() -> None:
    """Go forward; there is no way back but a backup."""
    for name, columns in _INDEXES.items():
        op.create_index(name, "slide", columns, unique=False, sqlite_where=_WHERE, postgresql_where=_WHERE)
