"""Annotations over HTTP: the snapshot, operations, the journal, history.

Everybody who sees a slide reads what is on it; who may draw or comment is decided by the service, which
knows what an operation touches. Somebody who came by a share link acts as the link says.
"""

from datetime import UTC, datetime
from typing import Annotated, Final

from fastapi import APIRouter, Path, Query, Response
from pydantic import AfterValidator, AwareDatetime

from coverslip.core.annotation_errors import TooManyVertices
from coverslip.core.errors import CsrfRefused, Forbidden, InvalidRequest, NotFound, TooLarge
from coverslip.features.access import Action, policy
from coverslip.features.annotations import finding, reading, service
from coverslip.features.annotations.bodies import BoundedRoute, json_answer
from coverslip.features.annotations.schemas import (
    JournalOut,
    OpsIn,
    OpsOut,
    Review,
    SlidesFound,
    SnapshotOut,
    TimelineOut,
)
from coverslip.features.identity import CurrentViewer, Onlooker, Viewer
from coverslip.infra.audit import ViewKind
from coverslip.infra.journal import MOST_AT_ONCE
from coverslip.infra.runtime import Runtime
from coverslip.infra.web import CurrentRuntime, problems

router: Final = APIRouter(route_class=BoundedRoute)

IdPath = Annotated[str, Path(max_length=64)]
IdQuery = Annotated[str | None, Query(max_length=64, pattern=r"^[ -~]*$")]


def _as_utc(moment: datetime) -> datetime:
    """Return a moment as UTC; the very first and last of the calendar have none."""
    try:
        return moment.astimezone(UTC)
    except OverflowError as error:
        raise ValueError("a moment that can be told in UTC is needed") from error


Moment = Annotated[AwareDatetime, AfterValidator(_as_utc)]
Seq = Annotated[int | None, Query(ge=0, le=2**53)]


@router.get("/annotations/slides", dependencies=[policy(Action.VIEW)], responses=problems(NotFound, InvalidRequest))
def find_annotated_slides(
    viewer: CurrentViewer,
    runtime: CurrentRuntime,
    class_id: IdQuery = None,
    class_name: Annotated[str | None, Query(max_length=200)] = None,
    author_id: IdQuery = None,
    since: Moment | None = None,
    until: Moment | None = None,
    review: Review | None = None,
    project_id: IdQuery = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
    cursor: IdQuery = None,
) -> SlidesFound:
    """Find slides by the class, author, date and review state of what is drawn on them."""
    search = finding.Search(class_id, class_name, author_id, since, until, review, project_id)
    with runtime.db.read() as session:
        found = SlidesFound.model_validate(finding.find_slides(session, viewer, search, limit, cursor))
    finding.record_search(runtime, viewer, search)
    return found


@router.get(
    "/slides/{slide_id}/annotations",
    dependencies=[policy.onlooker],
    response_model=SnapshotOut,
    responses=problems(NotFound, InvalidRequest),
)
def get_annotations(
    slide_id: IdPath,
    viewer: Onlooker,
    runtime: CurrentRuntime,
    layer_id: IdQuery = None,
    class_id: IdQuery = None,
    author_id: IdQuery = None,
    review: Review | None = None,
    deleted: Annotated[bool, Query(description="Those in the trash instead.")] = False,
    at_seq: Annotated[Seq, Query(description="As it was when the journal stood there.")] = None,
    at: Annotated[Moment | None, Query(description="As it was at this moment.")] = None,
) -> Response:
    """Give all that is drawn and written on a slide, now or at any moment before."""
    wanted = reading.Wanted(layer_id, class_id, author_id, review, deleted)
    with runtime.db.read() as session:
        if at_seq is None and at is not None:
            at_seq = reading.seq_at(session, slide_id, at)
        found = reading.snapshot(session, viewer, slide_id, wanted, at_seq=at_seq)
    _seen(runtime, viewer, slide_id)
    return Response(found.text(), media_type="application/json")


@router.post(
    "/slides/{slide_id}/annotations/ops",
    dependencies=[policy.onlooker],
    response_model=OpsOut,
    responses=problems(NotFound, Forbidden, CsrfRefused, InvalidRequest, TooLarge, TooManyVertices),
)
def post_operations(slide_id: IdPath, body: OpsIn, viewer: Onlooker, runtime: CurrentRuntime) -> Response:
    """Do operations: each is decided by itself, what is not refused is on disk before this answers."""
    with runtime.db.transaction() as session:
        done = service.apply(session, viewer, slide_id, body.ops, guest_name=body.guest_name)
    return json_answer(done)


@router.get(
    "/slides/{slide_id}/journal",
    dependencies=[policy.onlooker],
    response_model=JournalOut,
    responses=problems(NotFound, InvalidRequest),
)
def get_journal(
    slide_id: IdPath,
    viewer: Onlooker,
    runtime: CurrentRuntime,
    after: Annotated[int, Query(ge=0, le=2**53)] = 0,
    limit: Annotated[int, Query(ge=1, le=MOST_AT_ONCE)] = MOST_AT_ONCE,
) -> Response:
    """Give what happened on a slide after a number of its journal, in order."""
    with runtime.db.read() as session:
        found = reading.journal_page(session, viewer, slide_id, after, limit)
    _seen(runtime, viewer, slide_id)
    return json_answer(found)


@router.get(
    "/slides/{slide_id}/annotations/timeline",
    dependencies=[policy.onlooker],
    response_model=TimelineOut,
    responses=problems(NotFound),
)
def get_timeline(slide_id: IdPath, viewer: Onlooker, runtime: CurrentRuntime) -> Response:
    """Give when a slide's annotations changed, and by whom."""
    with runtime.db.read() as session:
        found = reading.timeline(session, viewer, slide_id)
    _seen(runtime, viewer, slide_id)
    return json_answer(found)


@router.get(
    "/slides/{slide_id}/annotations/{annotation_id}/history",
    dependencies=[policy.onlooker],
    response_model=JournalOut,
    responses=problems(NotFound),
)
def get_history(slide_id: IdPath, annotation_id: IdPath, viewer: Onlooker, runtime: CurrentRuntime) -> Response:
    """Give all that happened to one annotation, oldest first."""
    with runtime.db.read() as session:
        found = reading.history(session, viewer, slide_id, annotation_id)
    _seen(runtime, viewer, slide_id)
    return json_answer(found)


def _seen(runtime: Runtime, viewer: Viewer, slide_id: str) -> None:
    """Record that somebody looked at a slide's annotations, before they get them."""
    runtime.reserve.view(
        session_id=viewer.viewer_id, slide_id=slide_id, kind=ViewKind.ANNOTATIONS, principal=viewer.person_id
    )
