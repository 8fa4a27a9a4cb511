"""Arrival: uploads under way, the log of what arrived, rules by folder."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Go forward; there is no way back but a backup."""
    op.add_column("root", sa.Column("managed", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.create_table(
        "folder_rule",
        sa.Column("no", _BIG, sa.Identity(always=False), nullable=False),
        sa.Column("rule_id", sa.String(), nullable=False),
        sa.Column("folder", sa.LargeBinary(), nullable=False),
        sa.Column("folder_hash", sa.String(), nullable=False),
        sa.Column("project_id", sa.String(), nullable=True),
        sa.Column("pattern", sa.String(), nullable=True),
        sa.Column("stain", sa.String(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["project_id"], ["project.project_id"], name=op.f("fk_folder_rule_project_id")),
        sa.PrimaryKeyConstraint("no", name=op.f("pk_folder_rule")),
        sa.UniqueConstraint("folder_hash", name=op.f("uq_folder_rule_folder_hash")),
        sa.UniqueConstraint("rule_id", name=op.f("uq_folder_rule_rule_id")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_folder_rule_project_id"), "folder_rule", ["project_id"], unique=False)
    op.create_table(
        "arrival",
        sa.Column("no", _BIG, sa.Identity(always=False), nullable=False),
        sa.Column("arrival_id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("person_id", sa.String(), nullable=True),
        sa.Column("group_key", sa.String(), nullable=True),
        sa.Column("source_key", sa.String(), nullable=True),
        sa.Column("project_id", sa.String(), nullable=False),
        sa.Column("project_named", sa.Boolean(), nullable=False),
        sa.Column("case_name", sa.String(), nullable=True),
        sa.Column("fields", sa.JSON(), nullable=False),
        sa.Column("file_count", _BIG, nullable=False),
        sa.Column("size_bytes", _BIG, nullable=False),
        sa.Column("slide_ids", sa.JSON(), nullable=False),
        sa.Column("duplicate_of", sa.String(), nullable=True),
        sa.Column("keep", sa.Boolean(), nullable=False),
        sa.Column("error_code", sa.String(), nullable=True),
        sa.Column("error_message", sa.String(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["project_id"], ["project.project_id"], name=op.f("fk_arrival_project_id")),
        sa.PrimaryKeyConstraint("no", name=op.f("pk_arrival")),
        sa.UniqueConstraint("arrival_id", name=op.f("uq_arrival_arrival_id")),
        sa.UniqueConstraint("person_id", "group_key", name=op.f("uq_arrival_person_id_group_key")),
        sa.UniqueConstraint("source_key", name=op.f("uq_arrival_source_key")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_arrival_project_id"), "arrival", ["project_id"], unique=False)
    op.create_index(op.f("ix_arrival_state_no"), "arrival", ["state", "no"], unique=False)
    op.create_table(
        "upload",
        sa.Column("no", _BIG, sa.Identity(always=False), nullable=False),
        sa.Column("upload_id", sa.String(), nullable=False),
        sa.Column("arrival_id", sa.String(), nullable=False),
        sa.Column("person_id", sa.String(), nullable=False),
        sa.Column("path", sa.String(), nullable=False),
        sa.Column("size_bytes", _BIG, nullable=False),
        sa.Column("sha256", sa.String(), nullable=True),
        sa.Column("sha256_later", sa.Boolean(), nullable=False),
        sa.Column("complete", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["arrival_id"], ["arrival.arrival_id"], name=op.f("fk_upload_arrival_id")),
        sa.PrimaryKeyConstraint("no", name=op.f("pk_upload")),
        sa.UniqueConstraint("arrival_id", "path", name=op.f("uq_upload_arrival_id_path")),
        sa.UniqueConstraint("upload_id", name=op.f("uq_upload_upload_id")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_upload_expires_at"), "upload", ["expires_at"], unique=False)
    op.create_index(op.f("ix_upload_person_id"), "upload", ["person_id"], unique=False)
