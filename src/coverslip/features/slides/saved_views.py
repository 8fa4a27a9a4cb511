"""Saved views: filters, order and columns of a list under a name, for oneself or for everybody."""

import json
from typing import Final

from sqlalchemy.orm import Session

from coverslip.core.errors import FieldProblem, Forbidden, InvalidRequest, NotFound
from coverslip.core.ids import new_id
from coverslip.core.time import utc_now
from coverslip.features.access import Action, may
from coverslip.features.identity import Owned, Viewer
from coverslip.features.slides import store, store_views
from coverslip.features.slides.fields import clean
from coverslip.features.slides.models import SavedView
from coverslip.features.slides.schemas_cases import SavedViewIn, SavedViewList, SavedViewOut, SavedViewPatch
from coverslip.features.slides.store_sight import see
from coverslip.infra.audit import AuditEvent, record

LONGEST: Final = 16_384
MOST: Final = 500
OWNED: Final = Owned(
    "saved views",
    store_views.count_views,
    lambda session, giver, taker, by: store_views.give_views(session, giver, taker),
)
"""What of this room goes to somebody else when its owner leaves."""


def list_views(session: Session, viewer: Viewer) -> SavedViewList:
    """Return the viewer's own views and those that others share.

    A view may say a name in its own name or in its words, so those of others are shown only where
    names may be seen: in their project, or without one everywhere.
    """
    rows = store_views.views_for(session, viewer.person_id)
    return SavedViewList(items=[_out(row, viewer) for row in rows if _may_see(session, viewer, row)])


def create_view(session: Session, viewer: Viewer, wanted: SavedViewIn) -> SavedViewOut:
    """Keep a list under a name.

    Raises
    ------
    InvalidRequest
        It is too long, or there are too many.
    """
    _check(wanted.query)
    if sum(row.person_id == viewer.person_id for row in store_views.views_for(session, viewer.person_id)) >= MOST:
        raise InvalidRequest(f"There are {MOST} saved views already; delete one first.")
    row = SavedView(
        view_id=new_id(),
        person_id=viewer.person_id or "",
        author=viewer.name,
        name=clean(wanted.name),
        query=dict(wanted.query),
        columns=list(wanted.columns),
        shared=wanted.shared,
        created_at=utc_now(),
    )
    session.add(row)
    session.flush()
    _record(session, viewer, row, "view.created")
    return _out(row, viewer)


def change_view(session: Session, viewer: Viewer, view_id: str, patch: SavedViewPatch) -> SavedViewOut:
    """Change one's own view.

    Raises
    ------
    NotFound, Forbidden, InvalidRequest
    """
    row = _own(session, viewer, view_id)
    if patch.name is not None:
        row.name = clean(patch.name)
    if patch.query is not None:
        _check(patch.query)
        row.query = dict(patch.query)
    if patch.columns is not None:
        row.columns = list(patch.columns)
    if patch.shared is not None:
        row.shared = patch.shared
    session.flush()
    _record(session, viewer, row, "view.changed")
    return _out(row, viewer)


def delete_view(session: Session, viewer: Viewer, view_id: str) -> None:
    """Delete one's own view.

    Raises
    ------
    NotFound, Forbidden
    """
    row = _own(session, viewer, view_id)
    session.delete(row)
    _record(session, viewer, row, "view.deleted")


def _own(session: Session, viewer: Viewer, view_id: str) -> SavedView:
    row = store_views.view_by_id(session, view_id)
    mine = row is not None and row.person_id == (viewer.person_id or "")
    if row is None or not (mine or (row.shared and _may_see(session, viewer, row))):
        raise NotFound
    if not (mine or viewer.is_admin):
        raise Forbidden("Only its author may change a saved view.")
    return row


def _may_see(session: Session, viewer: Viewer, row: SavedView) -> bool:
    if row.person_id == viewer.person_id:
        return True
    project_id = row.query.get("project_id")
    if not isinstance(project_id, str):
        sight = see(session, viewer)
        return sight.everywhere(Action.SEE_IDENTITY) and not sight.nowhere(Action.SEE_IDENTITY)
    project = store.visible_project(session, viewer, project_id)
    return project is not None and may(session, viewer, Action.SEE_IDENTITY, project.scope_id)


def _check(query: object) -> None:
    if len(json.dumps(query)) > LONGEST:
        raise InvalidRequest("The view is too long.", [FieldProblem("/query", f"is longer than {LONGEST} bytes")])


def _record(session: Session, viewer: Viewer, row: SavedView, action: str) -> None:
    detail = {"shared": row.shared}
    record(session, AuditEvent(action, viewer.person_id, viewer.viewer_id, "view", row.view_id, detail=detail))


def _out(row: SavedView, viewer: Viewer) -> SavedViewOut:
    return SavedViewOut(
        view_id=row.view_id,
        name=row.name,
        query=row.query,
        columns=row.columns,
        shared=row.shared,
        author=row.author,
        mine=row.person_id == (viewer.person_id or ""),
    )
