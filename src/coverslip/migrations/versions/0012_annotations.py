"""What people draw and write on slides, and the journal of it."""

from datetime import datetime

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_WHEN = sa.DateTime(timezone=True)


def _no() -> sa.Column[int]:
    return sa.Column("no", _NUMBER, sa.Identity(always=False), nullable=False)


def _texts(*names: str, nullable: bool = False) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.String(), nullable=nullable) for name in names]


def _long(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.Text(), nullable=False) for name in names]


def _numbers(*names: str, nullable: bool = False) -> list[sa.Column[int]]:
    return [sa.Column(name, _NUMBER, nullable=nullable) for name in names]


def _flags(*names: str) -> list[sa.Column[bool]]:
    return [sa.Column(name, sa.Boolean(), nullable=False) for name in names]


def _whens(*names: str) -> list[sa.Column[datetime]]:
    return [sa.Column(name, _WHEN, nullable=False) for name in names]


def _key(table: str, *columns: str) -> sa.PrimaryKeyConstraint:
    return sa.PrimaryKeyConstraint(*columns, name=op.f(f"pk_{table}"))


def _unique(table: str, *columns: str) -> sa.UniqueConstraint:
    return sa.UniqueConstraint(*columns, name=op.f(f"uq_{table}_{'_'.join(columns)}"))


def _of_slide(table: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_slide_id")
    return sa.ForeignKeyConstraint(["slide_id"], ["slide.slide_id"], name=name, ondelete="CASCADE")


def _index(table: str, *columns: str) -> None:
    op.create_index(op.f(f"ix_{table}_{'_'.join(columns)}"), table, list(columns))


def upgrade() -> None:
    """Make the tables."""
    _journal()
    _objects()
    op.create_table(
        "annotation_operation",
        _no(),
        *_texts("slide_id", "author_id", "op_id", "hash"),
        *_long("result"),
        _key("annotation_operation", "no"),
        _unique("annotation_operation", "slide_id", "author_id", "op_id"),
        _of_slide("annotation_operation"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "annotation_classes",
        *_texts("project_id"),
        *_numbers("rev"),
        *_long("classes"),
        *_whens("changed_at"),
        *_texts("changed_by"),
        sa.Column("audit_key", sa.LargeBinary(), nullable=False),
        _key("annotation_classes", "project_id"),
        sa.ForeignKeyConstraint(
            ["project_id"],
            ["project.project_id"],
            name=op.f("fk_annotation_classes_project_id"),
            ondelete="CASCADE",
        ),
    )


def _journal() -> None:
    op.create_table(
        "journal_head",
        *_texts("slide_id"),
        *_numbers("seq"),
        _key("journal_head", "slide_id"),
        _of_slide("journal_head"),
    )
    op.create_table(
        "journal",
        _no(),
        *_texts("slide_id"),
        *_numbers("seq"),
        *_texts("op_id", "entity", "target", "kind", "author_id", "author_name"),
        *_whens("at"),
        *_numbers("base_rev", "rev"),
        *_long("patch", "before"),
        *_texts("variant_of", "layer_id", "private_to", nullable=True),
        _key("journal", "no"),
        _unique("journal", "slide_id", "seq"),
        _of_slide("journal"),
        sqlite_autoincrement=True,
    )
    _index("journal", "slide_id", "target")


def _objects() -> None:
    op.create_table(
        "annotation_layer",
        _no(),
        *_texts("layer_id", "slide_id", "name", "owner_id", "owner_name", "kind", "visibility"),
        *_flags("locked"),
        sa.Column("opacity", sa.Float(), nullable=False),
        *_numbers("position"),
        *_whens("created_at"),
        *_numbers("rev"),
        *_flags("deleted"),
        *_numbers("object_count", nullable=True),
        *_long("info"),
        sa.Column("audit_key", sa.LargeBinary(), nullable=False),
        _key("annotation_layer", "no"),
        _unique("annotation_layer", "slide_id", "layer_id"),
        _of_slide("annotation_layer"),
        sqlite_autoincrement=True,
    )
    _index("annotation_layer", "layer_id")
    _index("annotation_layer", "owner_id")
    op.create_table(
        "annotation",
        _no(),
        *_texts("slide_id", "annotation_id", "layer_id", "object_type"),
        *_texts("parent_id", "class_id", nullable=True),
        *_texts("author_id", "review"),
        *_texts("variant_of", "corrects_layer_id", nullable=True),
        *_numbers("corrects_object_no", nullable=True),
        *(sa.Column(name, sa.Float(), nullable=True) for name in ("min_x", "min_y", "max_x", "max_y")),
        *_flags("deleted"),
        *_numbers("rev"),
        *_whens("created_at", "changed_at"),
        *_long("body", "key_revs"),
        _key("annotation", "no"),
        _unique("annotation", "slide_id", "annotation_id"),
        _of_slide("annotation"),
        sqlite_autoincrement=True,
    )
    for first, second in (
        ("slide_id", "layer_id"),
        ("slide_id", "variant_of"),
        ("class_id", "slide_id"),
        ("author_id", "slide_id"),
        ("changed_at", "slide_id"),
    ):
        _index("annotation", first, second)
    op.create_table(
        "annotation_comment",
        _no(),
        *_texts("slide_id", "comment_id", "thread_id"),
        *_texts("annotation_id", "layer_id", nullable=True),
        *_texts("author_id"),
        *_flags("deleted"),
        *_numbers("rev"),
        *_whens("created_at", "changed_at"),
        *_long("body", "key_revs"),
        _key("annotation_comment", "no"),
        _unique("annotation_comment", "slide_id", "comment_id"),
        _of_slide("annotation_comment"),
        sqlite_autoincrement=True,
    )
    _index("annotation_comment", "slide_id", "thread_id")


def downgrade() -> None:
    """Take them away, with all that was drawn."""
    for name in (
        "annotation_classes",
        "annotation_operation",
        "annotation_comment",
        "annotation",
        "annotation_layer",
        "journal",
        "journal_head",
    ):
        op.drop_table(name)
