"""Cases, stains, metadata, trash, attachments and saved views."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_BYTES = sa.String().with_variant(sa.String(collation="C"), "postgresql")
_LIVE = sa.text("trash_root IS NULL")

_BEFORE = {
    "sqlite": (
        "DROP TRIGGER slide_tally_insert",
        "DROP TRIGGER slide_tally_delete",
        "DROP TRIGGER slide_tally_update",
    ),
    "postgresql": ("DROP TRIGGER slide_tally_rows ON slide", "DROP FUNCTION slide_tally_count()"),
}
_BEYOND_TABLES = {
    "sqlite": (
        """
            CREATE TRIGGER slide_tally_insert AFTER INSERT ON slide
            BEGIN INSERT INTO slide_tally (project_no, state, format, stain, tags, count)
            SELECT new.project_no, new.state, new.format, new.stain_sort, new.tags, 1 WHERE new.trash_root IS NULL
            ON CONFLICT (project_no, state, format, stain, tags) DO UPDATE SET count = count + 1;
            END""",
        """
            CREATE TRIGGER slide_tally_delete AFTER DELETE ON slide
            BEGIN UPDATE slide_tally SET count = count - 1
            WHERE project_no = old.project_no AND state = old.state AND format = old.format
            AND stain = old.stain_sort AND tags = old.tags AND old.trash_root IS NULL;
            DELETE FROM slide_tally
            WHERE project_no = old.project_no AND state = old.state AND format = old.format
            AND stain = old.stain_sort AND tags = old.tags AND count = 0;
            END""",
        """
            CREATE TRIGGER slide_tally_update AFTER UPDATE OF project_no, state, format, stain_sort, tags, trash_root
            ON slide
            BEGIN UPDATE slide_tally SET count = count - 1
            WHERE project_no = old.project_no AND state = old.state AND format = old.format
            AND stain = old.stain_sort AND tags = old.tags AND old.trash_root IS NULL;
            DELETE FROM slide_tally
            WHERE project_no = old.project_no AND state = old.state AND format = old.format
            AND stain = old.stain_sort AND tags = old.tags AND count = 0;
            INSERT INTO slide_tally (project_no, state, format, stain, tags, count)
            SELECT new.project_no, new.state, new.format, new.stain_sort, new.tags, 1 WHERE new.trash_root IS NULL
            ON CONFLICT (project_no, state, format, stain, tags) DO UPDATE SET count = count + 1;
            END""",
    ),
    "postgresql": (
        """CREATE FUNCTION slide_tally_count() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          IF TG_OP <> 'INSERT' AND OLD.trash_root IS NULL THEN
            UPDATE slide_tally SET count = count - 1
            WHERE project_no = OLD.project_no AND state = OLD.state AND format = OLD.format
            AND stain = OLD.stain_sort AND tags = OLD.tags;
            DELETE FROM slide_tally
            WHERE project_no = OLD.project_no AND state = OLD.state AND format = OLD.format
            AND stain = OLD.stain_sort AND tags = OLD.tags AND count = 0;
          END IF;
          IF TG_OP <> 'DELETE' AND NEW.trash_root IS NULL THEN
            INSERT INTO slide_tally (project_no, state, format, stain, tags, count)
            VALUES (NEW.project_no, NEW.state, NEW.format, NEW.stain_sort, NEW.tags, 1)
            ON CONFLICT (project_no, state, format, stain, tags) DO UPDATE SET count = slide_tally.count + 1;
          END IF;
          RETURN NULL;
        END $$""",
        """
            CREATE TRIGGER slide_tally_rows
            AFTER INSERT OR DELETE OR UPDATE OF project_no, state, format, stain_sort, tags, trash_root ON slide
            FOR EACH ROW EXECUTE FUNCTION slide_tally_count()""",
    ),
}
_INDEXES = {
    "ix_slide_by_name": ["name_sort", "no", "project_no", "state", "format"],
    "ix_slide_by_created": ["created_at", "no", "project_no", "state", "format"],
    "ix_slide_by_scanned": ["scanned_sort", "no", "project_no", "state", "format"],
    "ix_slide_by_size": ["size_bytes", "no", "project_no", "state", "format"],
    "ix_slide_by_format": ["format", "no", "project_no", "state", "stain_sort", "tags"],
    "ix_slide_by_state": ["state", "no", "project_no", "format"],
}
_NEW_INDEXES = {
    "ix_slide_by_case": ["case_sort", "no", "project_no", "state", "format"],
    "ix_slide_by_stain": ["stain_sort", "no", "project_no", "state", "format"],
    "ix_slide_of_project": ["project_no", "no"],
}


def upgrade() -> None:
    """Go forward; there is no way back but a backup."""
    dialect = op.get_bind().dialect.name
    for statement in _BEFORE[dialect]:
        op.execute(statement)
    op.drop_table("slide_tally")
    _add_trash("project")
    _create_tables()
    _add_slide_columns(dialect)
    for name, columns in _INDEXES.items():
        op.drop_index(name, table_name="slide")
        _live_index(name, "slide", columns)
    for name, columns in _NEW_INDEXES.items():
        _live_index(name, "slide", columns)
    op.create_index("ix_slide_of_case", "slide", ["case_id", "case_sort"], unique=False)
    op.create_index(op.f("ix_slide_copy_of"), "slide", ["copy_of"], unique=False)
    op.execute(
        "INSERT INTO slide_tally (project_no, state, format, stain, tags, count) "
        "SELECT project_no, state, format, stain_sort, tags, count(*) FROM slide "
        "GROUP BY project_no, state, format, stain_sort, tags"
    )
    for statement in _BEYOND_TABLES[dialect]:
        op.execute(statement)


def _add_trash(table: str) -> None:
    op.add_column(table, sa.Column("trash_root", sa.String(), nullable=True))
    op.add_column(table, sa.Column("trashed_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column(table, sa.Column("trashed_by", sa.String(), nullable=True))
    _trashed_index(table)


def _live_index(name: str, table: str, columns: list[str], *, unique: bool = False) -> None:
    op.create_index(name, table, columns, unique=unique, sqlite_where=_LIVE, postgresql_where=_LIVE)


def _trashed_index(table: str) -> None:
    name, where = f"ix_{table}_trash_root", sa.text("trash_root IS NOT NULL")
    op.create_index(name, table, ["trash_root"], unique=False, sqlite_where=where, postgresql_where=where)


def _add_slide_columns(dialect: str) -> None:
    _add_trash("slide")
    # SQLite adds a column with a foreign key in one statement only; the other way copies the whole table.
    name = "fk_slide_case_id"
    if dialect == "sqlite":
        op.execute(f"ALTER TABLE slide ADD COLUMN case_id VARCHAR CONSTRAINT {name} REFERENCES slide_case (case_id)")
    else:
        op.add_column("slide", sa.Column("case_id", sa.String(), nullable=True))
        op.create_foreign_key(name, "slide", "slide_case", ["case_id"], ["case_id"])
    for column in (
        sa.Column("case_name", sa.String(), nullable=True),
        sa.Column("case_sort", _BYTES, server_default="", nullable=False),
        sa.Column("part", sa.String(), nullable=True),
        sa.Column("block", sa.String(), nullable=True),
        sa.Column("stain", sa.String(), nullable=True),
        sa.Column("stain_kind", sa.String(), nullable=True),
        sa.Column("stain_sort", _BYTES, server_default="", nullable=False),
        sa.Column("label_text", sa.String(), nullable=True),
        sa.Column("tags", _BYTES, server_default="", nullable=False),
        sa.Column("rating", _BIG, nullable=True),
        sa.Column("fields", sa.JSON(), server_default="{}", nullable=False),
        sa.Column("entered", sa.JSON(), server_default="[]", nullable=False),
        sa.Column("copy_of", sa.String(), nullable=True),
        sa.Column("moved_at", sa.DateTime(timezone=True), nullable=True),
    ):
        op.add_column("slide", column)
    # As words.case_sort and words.stain_sort make them for a slide of no case and no stain.
    op.execute(
        "UPDATE slide SET stain_sort = '9', case_sort = '1' || char(31) || '1' || char(31) || char(31)"
        " || char(31) || substr(name_sort, 1, 120)"
        if dialect == "sqlite"
        else "UPDATE slide SET stain_sort = '9', case_sort = '1' || chr(31) || '1' || chr(31) || chr(31)"
        " || chr(31) || substr(name_sort, 1, 120)"
    )


def _create_tables() -> None:
    op.create_table(
        "slide_tally",
        sa.Column("project_no", _BIG, autoincrement=False, nullable=False),
        sa.Column("state", _BYTES, nullable=False),
        sa.Column("format", _BYTES, nullable=False),
        sa.Column("stain", _BYTES, nullable=False),
        sa.Column("tags", _BYTES, nullable=False),
        sa.Column("count", _BIG, nullable=False),
        sa.PrimaryKeyConstraint("project_no", "state", "format", "stain", "tags", name=op.f("pk_slide_tally")),
    )
    op.create_table(
        "slide_case",
        sa.Column("no", _BIG, sa.Identity(always=False), nullable=False),
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("project_no", _BIG, nullable=False),
        sa.Column("scope_id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("name_sort", _BYTES, nullable=False),
        sa.Column("tags", _BYTES, server_default="", nullable=False),
        sa.Column("fields", sa.JSON(), nullable=False),
        sa.Column("audit_key", sa.LargeBinary(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("trash_root", sa.String(), nullable=True),
        sa.Column("trashed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("trashed_by", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["project_no"], ["project.no"], name=op.f("fk_slide_case_project_no")),
        sa.ForeignKeyConstraint(["scope_id"], ["scope.scope_id"], name=op.f("fk_slide_case_scope_id")),
        sa.PrimaryKeyConstraint("no", name=op.f("pk_slide_case")),
        sa.UniqueConstraint("case_id", name=op.f("uq_slide_case_case_id")),
        sa.UniqueConstraint("scope_id", name=op.f("uq_slide_case_scope_id")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_slide_case_project_no"), "slide_case", ["project_no"], unique=False)
    _trashed_index("slide_case")
    _live_index("uq_slide_case_live", "slide_case", ["project_no", "name"], unique=True)
    _live_index("ix_slide_case_by_name", "slide_case", ["name_sort", "no", "project_no"])
    _live_index("ix_slide_case_by_created", "slide_case", ["created_at", "no", "project_no"])
    op.create_table(
        "project_settings",
        sa.Column("project_no", _BIG, autoincrement=False, nullable=False),
        sa.Column("metadata_schema", sa.JSON(), nullable=False),
        sa.Column("pattern", sa.String(), nullable=True),
        sa.Column("default_stain", sa.String(), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["project_no"], ["project.no"], name=op.f("fk_project_settings_project_no")),
        sa.PrimaryKeyConstraint("project_no", name=op.f("pk_project_settings")),
    )
    op.create_table(
        "attachment",
        sa.Column("no", _BIG, sa.Identity(always=False), nullable=False),
        sa.Column("attachment_id", sa.String(), nullable=False),
        sa.Column("slide_id", sa.String(), nullable=True),
        sa.Column("case_id", sa.String(), nullable=True),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("media_type", sa.String(), nullable=False),
        sa.Column("size_bytes", _BIG, nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["slide_id"], ["slide.slide_id"], name=op.f("fk_attachment_slide_id")),
        sa.ForeignKeyConstraint(["case_id"], ["slide_case.case_id"], name=op.f("fk_attachment_case_id")),
        sa.PrimaryKeyConstraint("no", name=op.f("pk_attachment")),
        sa.UniqueConstraint("attachment_id", name=op.f("uq_attachment_attachment_id")),
        sqlite_autoincrement=True,
    )
    for column in ("slide_id", "case_id", "sha256"):
        op.create_index(op.f(f"ix_attachment_{column}"), "attachment", [column], unique=False)
    op.create_table(
        "saved_view",
        sa.Column("no", _BIG, sa.Identity(always=False), nullable=False),
        sa.Column("view_id", sa.String(), nullable=False),
        sa.Column("person_id", sa.String(), nullable=False),
        sa.Column("author", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("query", sa.JSON(), nullable=False),
        sa.Column("columns", sa.JSON(), nullable=False),
        sa.Column("shared", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("no", name=op.f("pk_saved_view")),
        sa.UniqueConstraint("view_id", name=op.f("uq_saved_view_view_id")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_saved_view_person_id"), "saved_view", ["person_id"], unique=False)
