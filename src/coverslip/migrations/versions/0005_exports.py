"""Exports: slides that somebody asked for as a file."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "export",
        sa.Column("no", _NUMBER, sa.Identity(always=False), nullable=False),
        sa.Column("export_id", sa.String(), nullable=False),
        sa.Column("slide_id", sa.String(), nullable=False),
        sa.Column("slide_version", sa.String(), nullable=False),
        sa.Column("scope_id", sa.String(), nullable=False),
        sa.Column("person_id", sa.String(), nullable=False),
        sa.Column("job_id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("request", sa.JSON(), nullable=False),
        sa.Column("file_name", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("tiles_done", _NUMBER, nullable=False),
        sa.Column("tiles_all", _NUMBER, nullable=False),
        sa.Column("estimated_bytes", _NUMBER, nullable=False),
        sa.Column("size_bytes", _NUMBER, nullable=True),
        sa.Column("error_code", sa.String(), nullable=True),
        sa.Column("error_message", sa.String(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("no", name=op.f("pk_export")),
        sa.UniqueConstraint("export_id", name=op.f("uq_export_export_id")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_export_slide_id"), "export", ["slide_id"])
    op.create_index(op.f("ix_export_person_id"), "export", ["person_id"])
    op.create_index(op.f("ix_export_expires_at"), "export", ["expires_at"])


def downgrade() -> None:
    """Drop it."""
    op.drop_table("export")
