"""Share links, the sessions of those who open them, and the numbers that stand for names there."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0009"
branch_labels = None
depends_on = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_WHEN = sa.DateTime(timezone=True)


def _no() -> sa.Column[int]:
    return sa.Column("no", _NUMBER, sa.Identity(always=False), nullable=False)


def _text(name: str, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.String(), nullable=nullable)


def _key(table: str, *columns: str) -> sa.PrimaryKeyConstraint:
    return sa.PrimaryKeyConstraint(*columns, name=op.f(f"pk_{table}"))


def _unique(table: str, column: str) -> sa.UniqueConstraint:
    return sa.UniqueConstraint(column, name=op.f(f"uq_{table}_{column}"))


def upgrade() -> None:
    """Make the tables."""
    _links()
    op.create_table(
        "share_session",
        _no(),
        *(_text(name) for name in ("session_id", "secret_hash", "csrf_hash", "share_id")),
        *(_text(name, nullable=True) for name in ("opened_by", "address", "agent")),
        sa.Column("created_at", _WHEN, nullable=False),
        sa.Column("last_active_at", _WHEN, nullable=False),
        sa.Column("idle_s", _NUMBER, nullable=False),
        sa.Column("ends_at", _WHEN, nullable=False),
        sa.Column("ended_at", _WHEN, nullable=True),
        _key("share_session", "no"),
        _unique("share_session", "session_id"),
        _unique("share_session", "secret_hash"),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_share_session_share_id"), "share_session", ["share_id"])
    op.create_table(
        "share_name",
        _text("share_id"),
        _text("kind"),
        sa.Column("object_no", _NUMBER, nullable=False),
        sa.Column("ordinal", _NUMBER, nullable=False),
        _key("share_name", "share_id", "kind", "object_no"),
    )


def _links() -> None:
    op.create_table(
        "share",
        _no(),
        *(_text(name) for name in ("share_id", "token_hash", "kind", "object_id", "scope_id", "made_by")),
        *(_text(name) for name in ("recipient", "note", "may")),
        *(sa.Column(name, sa.Boolean(), nullable=False) for name in ("annotations", "identity", "watermark")),
        sa.Column("origins", sa.JSON(), nullable=False),
        sa.Column("start", sa.JSON(), nullable=False),
        _text("password_hash", nullable=True),
        sa.Column("maximum_opens", _NUMBER, nullable=True),
        sa.Column("opens", _NUMBER, nullable=False),
        sa.Column("opened_at", _WHEN, nullable=True),
        sa.Column("created_at", _WHEN, nullable=False),
        sa.Column("expires_at", _WHEN, nullable=False),
        sa.Column("ended_at", _WHEN, nullable=True),
        _text("ended_by", nullable=True),
        _text("ended_why", nullable=True),
        sa.Column("done_at", _WHEN, nullable=True),
        _text("done_message"),
        _key("share", "no"),
        _unique("share", "share_id"),
        _unique("share", "token_hash"),
        sqlite_autoincrement=True,
    )
    for name in ("object_id", "scope_id", "made_by", "expires_at"):
        op.create_index(op.f(f"ix_share_{name}"), "share", [name])
    op.create_table(
        "share_guess",
        _no(),
        _text("share_id"),
        _text("address"),
        sa.Column("at", _WHEN, nullable=False),
        _key("share_guess", "no"),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_share_guess_share_id_at"), "share_guess", ["share_id", "at"])
    op.create_table(
        "share_request",
        _no(),
        _text("share_id"),
        _text("address"),
        _text("message"),
        sa.Column("requested_at", _WHEN, nullable=False),
        _key("share_request", "no"),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_share_request_share_id"), "share_request", ["share_id"])


def downgrade() -> None:
    """Take them away; every link ends."""
    for name in ("share_name", "share_session", "share_request", "share_guess", "share"):
        op.drop_table(name)
