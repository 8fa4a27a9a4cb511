"""Tumour boards; notices and of which of them people want mail."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_WHEN = sa.DateTime(timezone=True)


def _no() -> sa.Column[int]:
    return sa.Column("no", _NUMBER, sa.Identity(always=False), nullable=False)


def _texts(*names: str, nullable: bool = False) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.String(), nullable=nullable) for name in names]


def _key(table: str, column: str) -> sa.PrimaryKeyConstraint:
    return sa.PrimaryKeyConstraint(column, name=op.f(f"pk_{table}"))


def _unique(table: str, column: str) -> sa.UniqueConstraint:
    return sa.UniqueConstraint(column, name=op.f(f"uq_{table}_{column}"))


def _of(table: str, column: str, other: str, *, cascade: bool = False) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [column],
        [f"{other}.{other}_id"],
        name=op.f(f"fk_{table}_{column}_{other}"),
        ondelete="CASCADE" if cascade else None,
    )


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "board",
        _no(),
        *_texts("board_id", "project_id", "scope_id", "owner_id", "title"),
        sa.Column("stops", sa.Text(), nullable=False),
        sa.Column("rev", _NUMBER, nullable=False),
        sa.Column("created_at", _WHEN, nullable=False),
        sa.Column("changed_at", _WHEN, nullable=False),
        sa.Column("audit_key", sa.LargeBinary(), nullable=False),
        _key("board", "no"),
        _unique("board", "board_id"),
        _of("board", "project_id", "project", cascade=True),
        _of("board", "owner_id", "person"),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_board_project_id"), "board", ["project_id"])
    op.create_index(op.f("ix_board_owner_id"), "board", ["owner_id"])
    op.create_table(
        "notice",
        _no(),
        *_texts("notice_id", "person_id", "kind"),
        *_texts("by_id", nullable=True),
        *_texts("by_name"),
        *_texts("scope_id", "slide_id", "annotation_id", "comment_id", "share_id", nullable=True),
        *_texts("word"),
        *_texts("once_key", nullable=True),
        sa.Column("created_at", _WHEN, nullable=False),
        sa.Column("read_at", _WHEN, nullable=True),
        _key("notice", "no"),
        _unique("notice", "notice_id"),
        _unique("notice", "once_key"),
        _of("notice", "person_id", "person"),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_notice_person_id_no"), "notice", ["person_id", "no"])
    op.create_table(
        "notice_choice",
        *_texts("person_id"),
        sa.Column("mail", sa.JSON(), nullable=False),
        _key("notice_choice", "person_id"),
        _of("notice_choice", "person_id", "person"),
    )


def downgrade() -> None:
    """Take them away."""
    for name in ("notice_choice", "notice", "board"):
        op.drop_table(name)
