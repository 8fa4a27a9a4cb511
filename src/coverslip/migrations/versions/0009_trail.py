"""The audit trail says from where, by which token or share; the chain may begin after what retention took away."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_GENESIS = "0" * 64


def upgrade() -> None:
    """Add the columns; rows that lie there keep the hashes that they have."""
    for name in ("address", "token_id", "share_id"):
        op.add_column("audit", sa.Column(name, sa.String(), nullable=True))
    op.create_index(op.f("ix_audit_action"), "audit", ["action"])
    op.create_index(op.f("ix_audit_share_id"), "audit", ["share_id"])
    op.add_column("audit_head", sa.Column("kept_no", _NUMBER, nullable=False, server_default="0"))
    op.add_column("audit_head", sa.Column("kept_hash", sa.String(), nullable=False, server_default=_GENESIS))
    op.add_column("audit_denial", sa.Column("object_id", sa.String(), nullable=True))


def downgrade() -> None:
    """Take the columns away."""
    op.drop_column("audit_denial", "object_id")
    op.drop_column("audit_head", "kept_hash")
    op.drop_column("audit_head", "kept_no")
    op.drop_index(op.f("ix_audit_share_id"), "audit")
    op.drop_index(op.f("ix_audit_action"), "audit")
    for name in ("share_id", "token_id", "address"):
        op.drop_column("audit", name)
