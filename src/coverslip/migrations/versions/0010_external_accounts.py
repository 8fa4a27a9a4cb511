"""People who sign in with an account that is kept elsewhere."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_WHEN = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Add the table; nobody has such an account yet."""
    op.create_table(
        "external_identity",
        sa.Column("no", _NUMBER, sa.Identity(always=False), nullable=False),
        sa.Column("person_id", sa.String(), nullable=False),
        sa.Column("provider", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("user_name", sa.String(), nullable=False),
        sa.Column("way", sa.String(), nullable=False),
        sa.Column("created_at", _WHEN, nullable=False),
        sa.Column("checked_at", _WHEN, nullable=False),
        sa.Column("gone_at", _WHEN, nullable=True),
        sa.Column("refused", sa.String(), nullable=True),
        sa.Column("sealed_refresh", sa.String(), nullable=True),
        sa.Column("sealed_hint", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.person_id"], name=op.f("fk_external_identity_person_id")),
        sa.PrimaryKeyConstraint("no", name=op.f("pk_external_identity")),
        sa.UniqueConstraint("person_id", name=op.f("uq_external_identity_person_id")),
        sa.UniqueConstraint("provider", "key", name=op.f("uq_external_identity_provider_key")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_external_identity_checked_at"), "external_identity", ["checked_at"])


def downgrade() -> None:
    """Take the table away; its people can no longer sign in."""
    op.drop_table("external_identity")
