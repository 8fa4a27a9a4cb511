"""What a person leaves for everybody who sees the slide: bookmarks, alignments, presets. Each has its record.

A bookmark is its author's, so whoever may comment on the slide may make one; others need the right
to edit the slide to change it. An alignment or a preset is one for all, so setting it needs that right.
"""

import json
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from sqlalchemy.orm import Session

from coverslip.core.errors import FieldProblem, InvalidRequest, NotFound
from coverslip.core.ids import new_id
from coverslip.core.time import utc_now
from coverslip.features.access import Action, check, require, shows_annotations, standing
from coverslip.features.identity import Viewer
from coverslip.features.slides import locate, place_of, project_scope
from coverslip.features.viewing import store
from coverslip.features.viewing.bounded import json_text
from coverslip.features.viewing.models import Alignment, Bookmark, Preset
from coverslip.features.viewing.schemas import (
    AlignmentIn,
    AlignmentOut,
    BookmarkIn,
    BookmarkList,
    BookmarkOut,
    BookmarkPatch,
    PresetIn,
    PresetList,
    PresetOut,
)
from coverslip.features.viewing.showing import bookmark_out, preset_out, shown_bookmarks, shown_presets
from coverslip.infra.audit import AuditEvent, record, value_hash

MOST_BOOKMARKS: Final = 1000
MOST_PRESETS: Final = 200
LARGEST_STYLE: Final = 16 * 1024
_FLATTEST: Final = 1e-9


# --- bookmarks --------------------------------------------------------------------------------


def list_bookmarks(session: Session, viewer: Viewer, slide_id: str, index_folder: Path) -> BookmarkList:
    """Return a slide's bookmarks.

    Raises
    ------
    NotFound
    """
    what = locate(session, viewer, slide_id, index_folder).standing
    if not shows_annotations(session, viewer):
        return BookmarkList(items=[])
    return BookmarkList(items=shown_bookmarks(store.bookmarks_of(session, slide_id), viewer, what))


def texts_on(session: Session, slide_ids: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Yield the texts that whoever sees some slides reads with them."""
    for bookmark in store.bookmarks_on(session, slide_ids):
        yield "bookmark", bookmark.name
        yield "bookmark", bookmark.note
    for preset in store.presets_on(session, slide_ids):
        yield "preset", preset.name


def add_bookmark(session: Session, viewer: Viewer, slide_id: str, body: BookmarkIn, index_folder: Path) -> BookmarkOut:
    """Mark a place.

    Raises
    ------
    NotFound, Forbidden
    InvalidRequest
        The slide has as many bookmarks as it may have.
    """
    check(viewer, Action.COMMENT, locate(session, viewer, slide_id, index_folder).standing)
    if store.count(session, Bookmark, slide_id=slide_id) >= MOST_BOOKMARKS:
        raise InvalidRequest(f"A slide may have {MOST_BOOKMARKS} bookmarks; delete one first.")
    row = Bookmark(
        bookmark_id=new_id(),
        slide_id=slide_id,
        person_id=viewer.person_id,
        author=viewer.name,
        name=store.text_of(body.name),
        note=store.text_of(body.note),
        view=json.dumps(body.view.model_dump()),
        created_at=utc_now(),
        audit_key=os.urandom(32),
    )
    store.add(session, row)
    _record(
        session,
        viewer,
        "bookmark.created",
        ("slide", slide_id),
        row.audit_key,
        _words(row),
        bookmark_id=row.bookmark_id,
    )
    return bookmark_out(row, viewer)


def change_bookmark(
    session: Session, viewer: Viewer, bookmark_id: str, patch: BookmarkPatch, index_folder: Path
) -> BookmarkOut:
    """Rename a bookmark, write its note, move it.

    Raises
    ------
    NotFound, Forbidden
    """
    row = _own_bookmark(session, viewer, bookmark_id, index_folder)
    if patch.name is not None:
        row.name = store.text_of(patch.name)
    if patch.note is not None:
        row.note = store.text_of(patch.note)
    if patch.view is not None:
        row.view = json.dumps(patch.view.model_dump())
    session.flush()
    where = ("slide", row.slide_id)
    _record(session, viewer, "bookmark.changed", where, row.audit_key, _words(row), bookmark_id=bookmark_id)
    return bookmark_out(row, viewer)


def delete_bookmark(session: Session, viewer: Viewer, bookmark_id: str, index_folder: Path) -> None:
    """Take a bookmark away.

    Raises
    ------
    NotFound, Forbidden
    """
    row = _own_bookmark(session, viewer, bookmark_id, index_folder)
    store.remove(session, row)
    _record(session, viewer, "bookmark.deleted", ("slide", row.slide_id), bookmark_id=bookmark_id)


def _own_bookmark(session: Session, viewer: Viewer, bookmark_id: str, index_folder: Path) -> Bookmark:
    row = store.bookmark_by_id(session, bookmark_id)
    if row is None:
        raise NotFound
    ref = locate(session, viewer, row.slide_id, index_folder)
    check(viewer, Action.COMMENT if row.person_id == viewer.person_id else Action.EDIT, ref.standing)
    return row


def _words(row: Bookmark) -> str:
    return f"{row.name}\n{row.note}\n{row.view}"


# --- alignments -------------------------------------------------------------------------------


def get_alignment(
    session: Session, viewer: Viewer, slide_id: str, other_id: str, index_folder: Path
) -> AlignmentOut | None:
    """Return how one slide lies on another, for the swapped pair the inverse; None when nobody aligned them.

    Raises
    ------
    NotFound
        One of them may not be seen.
    """
    _pair(session, viewer, slide_id, other_id, index_folder, Action.VIEW)
    row = store.alignment_of(session, min(slide_id, other_id), max(slide_id, other_id))
    if row is None:
        return None
    found = AlignmentIn(matrix=json.loads(row.matrix), pairs=json.loads(row.pairs))
    return AlignmentOut(**(found if slide_id < other_id else _swapped(found)).model_dump())


def set_alignment(
    session: Session, viewer: Viewer, slide_id: str, other_id: str, body: AlignmentIn, index_folder: Path
) -> AlignmentOut:
    """Keep how one slide lies on another; replaces what was kept for the pair.

    Raises
    ------
    NotFound, Forbidden
    InvalidRequest
        The matrix has no inverse.
    """
    _pair(session, viewer, slide_id, other_id, index_folder, Action.EDIT)
    swapped = _swapped(body)
    stored = body if slide_id < other_id else swapped
    key = {"first_id": min(slide_id, other_id), "second_id": max(slide_id, other_id)}
    audit_key = os.urandom(32)
    matrix = json.dumps(stored.matrix)
    values = {"matrix": matrix, "pairs": json.dumps(stored.pairs), "changed_at": utc_now(), "audit_key": audit_key}
    store.put(session, Alignment, key, values)
    _record(session, viewer, "alignment.set", ("slide", slide_id), audit_key, matrix, other_id=other_id)
    return AlignmentOut(**body.model_dump())


def delete_alignment(session: Session, viewer: Viewer, slide_id: str, other_id: str, index_folder: Path) -> None:
    """Forget how two slides lie on each other.

    Raises
    ------
    NotFound, Forbidden
    """
    _pair(session, viewer, slide_id, other_id, index_folder, Action.EDIT)
    row = store.alignment_of(session, min(slide_id, other_id), max(slide_id, other_id))
    if row is None:
        raise NotFound
    store.remove(session, row)
    _record(session, viewer, "alignment.deleted", ("slide", slide_id), other_id=other_id)


def inverse(matrix: Sequence[float]) -> list[float]:
    """Return the inverse of (a, b, c, d, e, f).

    Raises
    ------
    InvalidRequest
        There is none.
    """
    a, b, c, d, e, f = matrix
    determinant = a * d - b * c
    if abs(determinant) < _FLATTEST:
        detail = "The matrix has no inverse: it lays the whole slide on a line."
        raise InvalidRequest(detail, [FieldProblem("/matrix", detail)])
    return [
        d / determinant,
        -b / determinant,
        -c / determinant,
        a / determinant,
        (c * f - d * e) / determinant,
        (b * e - a * f) / determinant,
    ]


def _swapped(body: AlignmentIn) -> AlignmentIn:
    return AlignmentIn.model_construct(
        matrix=inverse(body.matrix), pairs=[[x2, y2, x1, y1] for x1, y1, x2, y2 in body.pairs]
    )


def _pair(session: Session, viewer: Viewer, slide_id: str, other_id: str, index_folder: Path, action: Action) -> None:
    refs = [locate(session, viewer, one, index_folder) for one in (slide_id, other_id)]
    if slide_id == other_id:
        raise InvalidRequest("A slide lies on itself as it is.")
    if action is not Action.VIEW:
        for ref in refs:
            require(session, viewer, action, ref.scope_id)


# --- presets ----------------------------------------------------------------------------------


def list_presets(session: Session, viewer: Viewer, slide_id: str | None, project_id: str | None) -> PresetList:
    """Return the presets of a project, or those of a slide and of its project.

    Raises
    ------
    NotFound
    InvalidRequest
        Neither or both are named.
    """
    _one_of(slide_id, project_id)
    if slide_id is not None:
        place = place_of(session, viewer, slide_id)
        project_id, what = place.project_id, place.standing
    else:
        what = standing(session, viewer, project_scope(session, viewer, project_id or ""))
    rows = store.presets_of(session, slide_id=slide_id, project_id=project_id)
    return PresetList(items=shown_presets(rows, viewer, what))


def add_preset(session: Session, viewer: Viewer, body: PresetIn, index_folder: Path) -> PresetOut:
    """Keep a style under a name; the same name again replaces it.

    Raises
    ------
    NotFound, Forbidden, InvalidRequest
    """
    _one_of(body.slide_id, body.project_id)
    where = _require_edit(session, viewer, body.slide_id, body.project_id, index_folder)
    style = json_text(body.style, "/style", LARGEST_STYLE)
    name = store.text_of(body.name)
    known = store.presets_of(session, slide_id=body.slide_id, project_id=body.project_id)
    row = next((one for one in known if one.name == name), None)
    if row is None:
        if len(known) >= MOST_PRESETS:
            raise InvalidRequest(f"There may be {MOST_PRESETS} presets here; delete one first.")
        row = Preset(preset_id=new_id(), slide_id=body.slide_id, project_id=body.project_id, name=name)
        row.audit_key = os.urandom(32)
        row.created_at = utc_now()
    row.person_id = viewer.person_id
    row.style = style
    store.add(session, row)
    _record(session, viewer, "preset.set", where, row.audit_key, f"{name}\n{style}", preset_id=row.preset_id)
    return preset_out(row)


def delete_preset(session: Session, viewer: Viewer, preset_id: str, index_folder: Path) -> None:
    """Take a preset away.

    Raises
    ------
    NotFound, Forbidden
    """
    row = store.preset_by_id(session, preset_id)
    if row is None:
        raise NotFound
    where = _require_edit(session, viewer, row.slide_id, row.project_id, index_folder)
    store.remove(session, row)
    _record(session, viewer, "preset.deleted", where, preset_id=preset_id)


def _one_of(slide_id: str | None, project_id: str | None) -> None:
    if (slide_id is None) == (project_id is None):
        raise InvalidRequest("Name either a slide or a project.")


def _require_edit(
    session: Session, viewer: Viewer, slide_id: str | None, project_id: str | None, index_folder: Path
) -> tuple[str, str]:
    if slide_id is not None:
        require(session, viewer, Action.EDIT, locate(session, viewer, slide_id, index_folder).scope_id)
        return "slide", slide_id
    require(session, viewer, Action.EDIT, project_scope(session, viewer, project_id or ""))
    return "project", project_id or ""


def _record(
    session: Session,
    viewer: Viewer,
    action: str,
    what: tuple[str, str],
    audit_key: bytes | None = None,
    value: str | None = None,
    **ids: Any,
) -> None:
    detail = dict(ids)
    if audit_key is not None and value is not None:
        detail["value_hmac"] = value_hash(audit_key, value)
    record(session, AuditEvent(action, viewer.person_id, viewer.viewer_id, *what, detail=detail))
