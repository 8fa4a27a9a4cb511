"""Roles and rights in place of actions, for groups too; who sees a project; search without names."""

import unicodedata
from collections.abc import Iterable

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_ROLES = {"view": "viewer", "edit": "editor", "manage": "manager"}
_ALL = ["download", "export", "identity"]
_OPEN = "\ue001"
_BATCH = 2000


def upgrade() -> None:
    """Give everybody the role that allows what they could do, with every right, as before. No way back but a backup."""
    op.create_table(
        "access_entry",
        sa.Column("no", _NUMBER, sa.Identity(always=False), nullable=False),
        sa.Column("scope_id", sa.String(), nullable=False),
        sa.Column("subject_kind", sa.String(), nullable=False),
        sa.Column("subject_id", sa.String(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("rights", sa.JSON(), nullable=False),
        sa.Column("given_by", sa.String(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["scope_id"], ["scope.scope_id"], name=op.f("fk_access_entry_scope_id")),
        sa.PrimaryKeyConstraint("no", name=op.f("pk_access_entry")),
        sa.UniqueConstraint(
            "subject_kind", "subject_id", "scope_id", name=op.f("uq_access_entry_subject_kind_subject_id_scope_id")
        ),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_access_entry_scope_id"), "access_entry", ["scope_id"])
    connection = op.get_bind()
    old = sa.table("access_grant", *map(sa.column, ("scope_id", "person_id", "action", "created_at")))
    new = sa.table(
        "access_entry",
        sa.column("scope_id"),
        sa.column("subject_kind"),
        sa.column("subject_id"),
        sa.column("role"),
        sa.column("rights", sa.JSON()),
        sa.column("created_at"),
    )
    rows = [
        {
            "scope_id": row.scope_id,
            "subject_kind": "person",
            "subject_id": row.person_id,
            "role": _ROLES[row.action],
            "rights": _ALL,
            "created_at": row.created_at,
        }
        for row in connection.execute(sa.select(old))
        if row.action in _ROLES
    ]
    if rows:
        connection.execute(sa.insert(new), rows)
    op.drop_table("access_grant")
    op.add_column("scope", sa.Column("visibility", sa.String(), nullable=True))
    where = sa.text("visibility IS NOT NULL")
    op.create_index("ix_scope_visibility", "scope", ["visibility"], sqlite_where=where, postgresql_where=where)
    _add_open_words(connection)


def _add_open_words(connection: sa.Connection) -> None:
    """Add to the word index what a slide is found by where its names may not be seen."""
    columns = "no, format, vendor, scanner, part, block, stain, tags"
    append = "UPDATE slide_search SET words = words || ' ' || :words WHERE rowid = :no"
    if connection.dialect.name == "postgresql":
        append = "UPDATE slide_search SET words = words || array_to_tsvector(CAST(:words AS text[])) WHERE rowid = :no"
    last = 0
    while True:
        query = sa.text(f"SELECT {columns} FROM slide WHERE no > :last ORDER BY no LIMIT {_BATCH}")  # noqa: S608 - ours
        rows = connection.execute(query, {"last": last}).all()
        if not rows:
            return
        found = [(row.no, _open_words(row[1:], row.stain)) for row in rows]
        as_text = connection.dialect.name != "postgresql"
        values = [{"no": no, "words": " ".join(words) if as_text else words} for no, words in found if words]
        if values:
            connection.execute(sa.text(append), values)
        last = rows[-1].no


def _open_words(texts: Iterable[str | None], stain: str | None) -> list[str]:
    found = {word for text in texts for word in _words(text or "")}
    key = "".join(_words(stain or ""))
    return sorted(_OPEN + word[:64] for word in {*found, *([key] if key else [])})


def _words(text: str) -> list[str]:
    plain = unicodedata.normalize("NFKD", text).casefold()
    folded = "".join(char for char in unicodedata.normalize("NFKD", plain) if not unicodedata.combining(char))
    return "".join(char if char.isalnum() else " " for char in folded).split()
