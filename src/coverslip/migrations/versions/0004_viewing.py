"""What a person did and wants: places, coverage, bookmarks, alignments, presets, preferences, display checks."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward; there is no way back but a backup."""
    op.create_table(
        "display_check",
        sa.Column(
            "no", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), sa.Identity(always=False), nullable=False
        ),
        sa.Column("check_id", sa.String(), nullable=False),
        sa.Column("person_id", sa.String(), nullable=False),
        sa.Column("author", sa.String(), nullable=False),
        sa.Column("workstation", sa.String(), nullable=False),
        sa.Column("result", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("audit_key", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.person_id"], name=op.f("fk_display_check_person_id")),
        sa.PrimaryKeyConstraint("no", name=op.f("pk_display_check")),
        sa.UniqueConstraint("check_id", name=op.f("uq_display_check_check_id")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_display_check_person_id_no"), "display_check", ["person_id", "no"], unique=False)
    op.create_table(
        "preferences",
        sa.Column("person_id", sa.String(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.person_id"], name=op.f("fk_preferences_person_id")),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_preferences")),
    )
    op.create_table(
        "alignment",
        sa.Column(
            "no", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), sa.Identity(always=False), nullable=False
        ),
        sa.Column("first_id", sa.String(), nullable=False),
        sa.Column("second_id", sa.String(), nullable=False),
        sa.Column("matrix", sa.Text(), nullable=False),
        sa.Column("pairs", sa.Text(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("audit_key", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["first_id"], ["slide.slide_id"], name=op.f("fk_alignment_first_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["second_id"], ["slide.slide_id"], name=op.f("fk_alignment_second_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("no", name=op.f("pk_alignment")),
        sa.UniqueConstraint("first_id", "second_id", name=op.f("uq_alignment_first_id_second_id")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_alignment_second_id"), "alignment", ["second_id"], unique=False)
    op.create_table(
        "bookmark",
        sa.Column(
            "no", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), sa.Identity(always=False), nullable=False
        ),
        sa.Column("bookmark_id", sa.String(), nullable=False),
        sa.Column("slide_id", sa.String(), nullable=False),
        sa.Column("person_id", sa.String(), nullable=False),
        sa.Column("author", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("view", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("audit_key", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.person_id"], name=op.f("fk_bookmark_person_id")),
        sa.ForeignKeyConstraint(
            ["slide_id"], ["slide.slide_id"], name=op.f("fk_bookmark_slide_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("no", name=op.f("pk_bookmark")),
        sa.UniqueConstraint("bookmark_id", name=op.f("uq_bookmark_bookmark_id")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_bookmark_slide_id"), "bookmark", ["slide_id"], unique=False)
    op.create_table(
        "preset",
        sa.Column(
            "no", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), sa.Identity(always=False), nullable=False
        ),
        sa.Column("preset_id", sa.String(), nullable=False),
        sa.Column("slide_id", sa.String(), nullable=True),
        sa.Column("project_id", sa.String(), nullable=True),
        sa.Column("person_id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("style", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("audit_key", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.person_id"], name=op.f("fk_preset_person_id")),
        sa.ForeignKeyConstraint(
            ["project_id"], ["project.project_id"], name=op.f("fk_preset_project_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["slide_id"], ["slide.slide_id"], name=op.f("fk_preset_slide_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("no", name=op.f("pk_preset")),
        sa.UniqueConstraint("preset_id", name=op.f("uq_preset_preset_id")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_preset_project_id"), "preset", ["project_id"], unique=False)
    op.create_index(op.f("ix_preset_slide_id"), "preset", ["slide_id"], unique=False)
    op.create_table(
        "viewing_coverage",
        sa.Column(
            "no", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), sa.Identity(always=False), nullable=False
        ),
        sa.Column("person_id", sa.String(), nullable=False),
        sa.Column("slide_id", sa.String(), nullable=False),
        sa.Column("cols", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("rows", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("cell_px", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("seen", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.person_id"], name=op.f("fk_viewing_coverage_person_id")),
        sa.ForeignKeyConstraint(
            ["slide_id"], ["slide.slide_id"], name=op.f("fk_viewing_coverage_slide_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("no", name=op.f("pk_viewing_coverage")),
        sa.UniqueConstraint("person_id", "slide_id", name=op.f("uq_viewing_coverage_person_id_slide_id")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_viewing_coverage_slide_id"), "viewing_coverage", ["slide_id"], unique=False)
    op.create_table(
        "viewing_place",
        sa.Column(
            "no", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), sa.Identity(always=False), nullable=False
        ),
        sa.Column("person_id", sa.String(), nullable=False),
        sa.Column("slide_id", sa.String(), nullable=False),
        sa.Column("view", sa.Text(), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.person_id"], name=op.f("fk_viewing_place_person_id")),
        sa.ForeignKeyConstraint(
            ["slide_id"], ["slide.slide_id"], name=op.f("fk_viewing_place_slide_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("no", name=op.f("pk_viewing_place")),
        sa.UniqueConstraint("person_id", "slide_id", name=op.f("uq_viewing_place_person_id_slide_id")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_viewing_place_slide_id"), "viewing_place", ["slide_id"], unique=False)
