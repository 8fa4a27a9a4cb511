"""Tumour boards: kept in a project, shown to whoever sees it, and of each stop only what one may see.

A stop belongs to its slides: who may not see one of them is told that there is a stop, and nothing
else of it. So nobody can look behind a slide's permissions by way of a board, and whoever changes a
board keeps the stops that are not for them as they are.
"""

import json
import os
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from sqlalchemy.orm import Session

from coverslip.core.errors import Conflict, FieldProblem, Forbidden, InvalidRequest, NotFound
from coverslip.core.ids import new_id
from coverslip.core.time import utc_now
from coverslip.features.access import Action, may, require
from coverslip.features.boards import store
from coverslip.features.boards.models import Board
from coverslip.features.boards.schemas import (
    LARGEST_LOOK,
    MOST_STOPS,
    BoardIn,
    BoardList,
    BoardOrder,
    BoardOut,
    BoardPatch,
    BoardShort,
    Pane,
    StopIn,
    StopOut,
)
from coverslip.features.identity import Owned, Viewer, names_by_ids
from coverslip.features.slides import get_case, locate, printable, project_scope, visible_ids
from coverslip.infra.audit import AuditEvent, record, value_hash

MOST_LISTED: Final = 200
LARGEST_STOPS: Final = 2 * 2**20
OWNED: Final = Owned(
    "tumour boards", store.count_of, lambda session, giver, taker, by: store.give(session, giver, taker)
)
"""What of this room goes to somebody else when its owner leaves."""

Stop = dict[str, Any]


def list_boards(session: Session, viewer: Viewer, project_id: str | None) -> BoardList:
    """Return the boards of the projects that somebody may see, or of one of them.

    Raises
    ------
    NotFound
        There is no such project for them.
    """
    if project_id is not None:
        project_scope(session, viewer, project_id)
    rows = _in_place(session, viewer, store.listed(session, viewer, project_id, MOST_LISTED))
    names = names_by_ids(session, {row.owner_id for row in rows})
    return BoardList(items=[BoardShort(**_short(session, viewer, row, names)) for row in rows])


def get_board(session: Session, viewer: Viewer, board_id: str, index_folder: Path) -> BoardOut:
    """Return a board; stops that are not for the viewer are marked and empty.

    Raises
    ------
    NotFound
    """
    return _out(session, viewer, _seen(session, viewer, board_id), index_folder)


def create_board(session: Session, viewer: Viewer, wanted: BoardIn, index_folder: Path) -> BoardOut:
    """Make a board in a project.

    Raises
    ------
    NotFound, Forbidden
        The project, or a slide of a stop.
    InvalidRequest
    """
    scope_id = project_scope(session, viewer, wanted.project_id)
    require(session, viewer, Action.ANNOTATE, scope_id)
    now = utc_now()
    row = Board(
        board_id=new_id(),
        project_id=wanted.project_id,
        scope_id=scope_id,
        owner_id=viewer.person_id,
        title=_line(wanted.title),
        stops=_text(_checked(session, viewer, wanted.stops, [], index_folder)),
        rev=1,
        created_at=now,
        changed_at=now,
        audit_key=os.urandom(32),
    )
    store.add(session, row)
    _record(session, viewer, "board.created", row)
    return _out(session, viewer, row, index_folder)


def change_board(session: Session, viewer: Viewer, board_id: str, patch: BoardPatch, index_folder: Path) -> BoardOut:
    """Change a board's title or its stops.

    Raises
    ------
    NotFound, Forbidden, InvalidRequest
    Conflict
        Somebody changed it meanwhile.
    """
    row = _to_change(session, viewer, board_id, patch.rev)
    if patch.title is not None:
        row.title = _line(patch.title)
    if patch.stops is not None:
        row.stops = _text(_checked(session, viewer, patch.stops, stops_of(row), index_folder))
    return _changed(session, viewer, row, index_folder)


def order_board(session: Session, viewer: Viewer, board_id: str, order: BoardOrder, index_folder: Path) -> BoardOut:
    """Put a board's stops into another order, also those that are not for whoever orders them.

    Raises
    ------
    NotFound, Forbidden, Conflict
    InvalidRequest
        The order does not name each stop once.
    """
    row = _to_change(session, viewer, board_id, order.rev)
    known = {stop["stop_id"]: stop for stop in stops_of(row)}
    if sorted(order.stop_ids) != sorted(known):
        raise _refused("/stop_ids", "Name each stop of the board once.")
    row.stops = _text([known[stop_id] for stop_id in order.stop_ids])
    return _changed(session, viewer, row, index_folder)


def delete_board(session: Session, viewer: Viewer, board_id: str) -> None:
    """Delete a board; nothing that it showed changes.

    Raises
    ------
    NotFound, Forbidden
    """
    row = _to_change(session, viewer, board_id, None)
    _record(session, viewer, "board.deleted", row)
    store.remove(session, row)


def stops_of(row: Board) -> list[Stop]:
    """Return the stops of a board as they are kept."""
    found: list[Stop] = json.loads(row.stops)
    return found


# --- what of it somebody sees -------------------------------------------------------------------


def _seen(session: Session, viewer: Viewer, board_id: str, *, lock: bool = False) -> Board:
    row = store.seen(session, viewer, board_id, lock=lock)
    if row is None:
        raise NotFound
    project_scope(session, viewer, row.project_id)  # a project in the trash shows no boards
    return row


def _in_place(session: Session, viewer: Viewer, rows: Sequence[Board]) -> list[Board]:
    """Return those boards whose project does not lie in the trash."""
    there: dict[str, bool] = {}
    for row in rows:
        if row.project_id not in there:
            there[row.project_id] = False
            with suppress(NotFound):
                project_scope(session, viewer, row.project_id)
                there[row.project_id] = True
    return [row for row in rows if there[row.project_id]]


def _out(session: Session, viewer: Viewer, row: Board, index_folder: Path) -> BoardOut:
    stops = stops_of(row)
    slide_ids = sorted({pane["slide_id"] for stop in stops for pane in stop["panes"]})
    visible: set[str] = set()
    for at in range(0, len(slide_ids), 200):
        visible |= visible_ids(session, viewer, slide_ids[at : at + 200])
    short = _short(session, viewer, row, names_by_ids(session, {row.owner_id}))
    shown = [_stop_out(session, viewer, stop, visible, index_folder) for stop in stops]
    return BoardOut(**short, stops=shown)


def _stop_out(session: Session, viewer: Viewer, stop: Stop, visible: set[str], index_folder: Path) -> StopOut:
    if not all(pane["slide_id"] in visible for pane in stop["panes"]):
        return StopOut(stop_id=stop["stop_id"], hidden=True)
    case_name = None
    if stop["case_id"] is not None:
        with suppress(NotFound):
            case_name = get_case(session, viewer, stop["case_id"]).name
    return StopOut(
        stop_id=stop["stop_id"],
        case_id=None if case_name is None else stop["case_id"],
        case_name=case_name,
        slide_names=[locate(session, viewer, pane["slide_id"], index_folder).name for pane in stop["panes"]],
        panes=[Pane.model_validate(pane) for pane in stop["panes"]],
        layers=stop["layers"],
        note=stop["note"],
        hide_identity=stop["hide_identity"],
    )


def _short(session: Session, viewer: Viewer, row: Board, names: dict[str, str]) -> dict[str, Any]:
    return {
        "board_id": row.board_id,
        "project_id": row.project_id,
        "title": row.title,
        "owner_id": row.owner_id,
        "owner_name": names.get(row.owner_id, "Somebody"),
        "stop_count": len(stops_of(row)),
        "rev": row.rev,
        "changed_at": row.changed_at,
        "may_change": may(session, viewer, _needed(viewer, row), row.scope_id),
    }


# --- changing -----------------------------------------------------------------------------------


def _needed(viewer: Viewer, row: Board) -> Action:
    return Action.ANNOTATE if row.owner_id == viewer.person_id else Action.EDIT


def _to_change(session: Session, viewer: Viewer, board_id: str, rev: int | None) -> Board:
    row = _seen(session, viewer, board_id, lock=True)
    action = _needed(viewer, row)
    if action is Action.EDIT and not may(session, viewer, action, row.scope_id):
        raise Forbidden("This board is somebody else's; to change it you need the right to edit the project.")
    require(session, viewer, action, row.scope_id)
    if rev is not None and rev != row.rev:
        raise Conflict
    return row


def _changed(session: Session, viewer: Viewer, row: Board, index_folder: Path) -> BoardOut:
    row.rev += 1
    row.changed_at = utc_now()
    session.flush()
    _record(session, viewer, "board.changed", row)
    return _out(session, viewer, row, index_folder)


def _checked(
    session: Session, viewer: Viewer, wanted: Sequence[StopIn], before: Iterable[Stop], index_folder: Path
) -> list[Stop]:
    """Return stops as they are kept: new ones with ids, those that are only named as they were.

    Raises
    ------
    NotFound
        A slide or a case that whoever asks may not see.
    InvalidRequest
    """
    known = {stop["stop_id"]: stop for stop in before}
    found: list[Stop] = []
    told: set[str] = set()
    for number, one in enumerate(wanted):
        pointer = f"/stops/{number}"
        if one.stop_id is not None and (one.stop_id not in known or one.stop_id in told):
            raise _refused(f"{pointer}/stop_id", "There is no such stop, or it stands there twice.")
        stop_id = one.stop_id or new_id()
        told.add(stop_id)
        if one.panes is None:
            if one.stop_id is None:
                raise _refused(f"{pointer}/panes", "A new stop shows at least one slide.")
            found.append(known[one.stop_id])
            continue
        if one.stop_id is not None:
            _check_slides(session, viewer, [pane["slide_id"] for pane in known[one.stop_id]["panes"]], index_folder)
        _check_slides(session, viewer, [pane.slide_id for pane in one.panes], index_folder)
        if one.case_id is not None:
            get_case(session, viewer, one.case_id)
        for place, pane in enumerate(one.panes):
            if pane.look is not None and len(_json(pane.look, f"{pointer}/panes/{place}/look")) > LARGEST_LOOK:
                raise _refused(f"{pointer}/panes/{place}/look", f"This may have at most {LARGEST_LOOK} bytes.")
        kept = one.model_dump(exclude={"stop_id"})
        note = "\n".join(printable(line) for line in one.note.replace("\r\n", "\n").split("\n"))
        found.append({"stop_id": stop_id, **kept, "note": note})
    if len(found) > MOST_STOPS:
        raise _refused("/stops", f"A board has at most {MOST_STOPS} stops.")
    return found


def _check_slides(session: Session, viewer: Viewer, slide_ids: Iterable[str], index_folder: Path) -> None:
    for slide_id in slide_ids:
        locate(session, viewer, slide_id, index_folder)


def _text(stops: list[Stop]) -> str:
    text = _json(stops, "/stops")
    if len(text) > LARGEST_STOPS:
        raise _refused("/stops", "The stops of the board are too large; leave some out.")
    return text


def _json(value: object, pointer: str) -> str:
    try:
        text = json.dumps(value, ensure_ascii=True, allow_nan=False, separators=(",", ":"))
        json.dumps(value, ensure_ascii=False).encode()  # half a character could be stored but not answered
    except (ValueError, RecursionError) as error:
        raise _refused(pointer, "Write finite numbers and whole characters only.") from error
    return text


def _line(title: str) -> str:
    shown = " ".join(printable(title).split())
    if not shown:
        raise _refused("/title", "A board needs a title.")
    return shown


def _refused(pointer: str, detail: str) -> InvalidRequest:
    return InvalidRequest(detail, [FieldProblem(pointer, detail)])


def _record(session: Session, viewer: Viewer, action: str, row: Board) -> None:
    detail = {"board_id": row.board_id, "rev": row.rev, "value_hmac": value_hash(row.audit_key, row.title + row.stops)}
    what = ("project", row.project_id)
    record(session, AuditEvent(action, viewer.person_id, viewer.viewer_id, *what, detail=detail))
