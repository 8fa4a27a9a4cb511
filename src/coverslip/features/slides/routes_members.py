"""Members over HTTP: the same routes for projects, cases and slides."""

from typing import Annotated, Final

from fastapi import APIRouter, Path, Query

from coverslip.core.errors import CsrfRefused, Forbidden, InvalidRequest, NotFound
from coverslip.features.access import Action, SubjectKind, policy
from coverslip.features.identity import CurrentViewer
from coverslip.features.slides import members
from coverslip.features.slides.schemas_members import (
    Candidates,
    EffectiveMembers,
    Explanation,
    MemberIn,
    MemberList,
    Onlookers,
    PlaceKind,
    VisibilityIn,
)
from coverslip.infra.web import CurrentRuntime, problems

router: Final = APIRouter(tags=["members"])

ObjectId = Annotated[str, Path(max_length=64)]
SubjectId = Annotated[str, Path(max_length=64)]
_KINDS: Final[tuple[PlaceKind, ...]] = ("project", "case", "slide")
_READS: Final = problems(NotFound, Forbidden, InvalidRequest)
_CHANGES: Final = problems(NotFound, Forbidden, CsrfRefused, InvalidRequest)


@router.get("/slides/{slide_id}/people", dependencies=[policy(Action.COMMENT)], responses=_READS)
def find_onlookers(
    slide_id: ObjectId,
    viewer: CurrentViewer,
    runtime: CurrentRuntime,
    q: Annotated[str, Query(min_length=1, max_length=100, description="Parts of a name, all of which it has.")],
) -> Onlookers:
    """Find people who see a slide, for who may comment there; nobody who came by a share link."""
    with runtime.db.read() as session:
        return members.find_onlookers(session, viewer, slide_id, q)


def _members_of(kind: PlaceKind) -> APIRouter:
    """Return the routes of the members of one kind of object."""
    routes = APIRouter(prefix=f"/{kind}s/{{object_id}}/members")
    manage = policy(Action.MANAGE)

    @routes.get("", name=f"list_{kind}_members", dependencies=[manage], responses=_READS)
    def list_members(object_id: ObjectId, viewer: CurrentViewer, runtime: CurrentRuntime) -> MemberList:
        """List everybody who was given something here or further up; managers only."""
        with runtime.db.read() as session:
            return members.list_members(session, viewer, kind, object_id, public_allowed=runtime.settings.allow_public)

    @routes.get("/candidates", name=f"find_{kind}_candidates", dependencies=[manage], responses=_READS)
    def find_candidates(
        object_id: ObjectId,
        viewer: CurrentViewer,
        runtime: CurrentRuntime,
        q: Annotated[str, Query(min_length=1, max_length=100, description="Parts of a name, all of which it has.")],
    ) -> Candidates:
        """Find people and groups that may be made members."""
        with runtime.db.read() as session:
            return members.find_candidates(session, viewer, kind, object_id, q)

    @routes.get("/effective", name=f"list_{kind}_effective_members", dependencies=[manage], responses=_READS)
    def list_effective(
        object_id: ObjectId,
        viewer: CurrentViewer,
        runtime: CurrentRuntime,
        limit: Annotated[int, Query(ge=1, le=500)] = 100,
        cursor: Annotated[str | None, Query(max_length=2000)] = None,
    ) -> EffectiveMembers:
        """List what each person who gets in by an entry or a group is here, by name."""
        with runtime.db.read() as session:
            return members.list_effective(session, viewer, kind, object_id, limit, cursor)

    @routes.get("/explain", name=f"explain_{kind}_access", dependencies=[manage], responses=_READS)
    def explain(
        object_id: ObjectId,
        viewer: CurrentViewer,
        runtime: CurrentRuntime,
        person_id: Annotated[str, Query(max_length=64)],
    ) -> Explanation:
        """Say in words why a person may see this, or may not."""
        with runtime.db.read() as session:
            return members.explain(session, viewer, kind, object_id, person_id)

    @routes.put("/{subject_kind}/{subject_id}", name=f"put_{kind}_member", dependencies=[manage], responses=_CHANGES)
    def put_member(
        object_id: ObjectId,
        subject_kind: SubjectKind,
        subject_id: SubjectId,
        body: MemberIn,
        viewer: CurrentViewer,
        runtime: CurrentRuntime,
    ) -> MemberList:
        """Make a person or a group something here and below, or shut them out; it holds within five seconds."""
        public_allowed = runtime.settings.allow_public
        with runtime.db.transaction() as session:
            subject = (subject_kind, subject_id)
            return members.put_member(session, viewer, kind, object_id, subject, body, public_allowed=public_allowed)

    @routes.delete(
        "/{subject_kind}/{subject_id}", name=f"remove_{kind}_member", dependencies=[manage], responses=_CHANGES
    )
    def remove_member(
        object_id: ObjectId,
        subject_kind: SubjectKind,
        subject_id: SubjectId,
        viewer: CurrentViewer,
        runtime: CurrentRuntime,
    ) -> MemberList:
        """Take what somebody was given here away; what is said further up holds again."""
        public_allowed = runtime.settings.allow_public
        with runtime.db.transaction() as session:
            subject = (subject_kind, subject_id)
            return members.remove_member(session, viewer, kind, object_id, subject, public_allowed=public_allowed)

    return routes


for _kind in _KINDS:
    router.include_router(_members_of(_kind))


@router.put("/projects/{project_id}/visibility", dependencies=[policy(Action.MANAGE)], responses=_CHANGES)
def put_project_visibility(
    project_id: ObjectId, body: VisibilityIn, viewer: CurrentViewer, runtime: CurrentRuntime
) -> MemberList:
    """Say who sees a project without being a member: nobody, everybody who is signed in, or everybody."""
    allowed = runtime.settings.allow_public
    with runtime.db.transaction() as session:
        members.put_visibility(session, viewer, project_id, body, public_allowed=allowed)
        return members.list_members(session, viewer, "project", project_id, public_allowed=allowed)
