"""Alembic's entry: knows all tables, runs on the connection that it is given."""

from typing import Any, Literal

from alembic import context
from sqlalchemy.types import TypeEngine

from coverslip.features.access import models as _access
from coverslip.features.annotations import models as _annotations
from coverslip.features.boards import models as _boards
from coverslip.features.exports import models as _exports
from coverslip.features.identity import models as _identity
from coverslip.features.imports import models as _imports
from coverslip.features.notices import models as _notices
from coverslip.features.slides import models as _slides
from coverslip.features.viewing import models as _viewing
from coverslip.infra import audit as _audit
from coverslip.infra import jobs as _jobs
from coverslip.infra import journal as _journal
from coverslip.infra.db import Base, UtcDateTime

# Importing declares them.
_TABLES_OF = (
    _access,
    _annotations,
    _boards,
    _exports,
    _identity,
    _imports,
    _notices,
    _slides,
    _viewing,
    _audit,
    _jobs,
    _journal,
)


def _is_ours(thing: Any, name: str | None, kind: str, reflected: bool, compare_to: Any) -> bool:
    """Leave alone what is in the database but not in the models: word indexes and their shadow tables."""
    return not (reflected and compare_to is None and kind == "table")


def _render(kind: str, thing: Any, autogen: Any) -> str | Literal[False]:
    """Write a column's plain type into a revision: a revision must not change when a class does."""
    if kind == "type" and isinstance(thing, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    return False


def _compare_type(
    ctx: Any, inspected: Any, declared: Any, inspected_type: TypeEngine[Any], declared_type: TypeEngine[Any]
) -> bool | None:
    """SQLite keeps no lengths and zones: there, only PostgreSQL's answer counts."""
    return False if ctx.dialect.name == "sqlite" else None


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    include_object=_is_ours,
    render_item=_render,
    compare_type=_compare_type,
    transaction_per_migration=False,
)
context.run_migrations()
