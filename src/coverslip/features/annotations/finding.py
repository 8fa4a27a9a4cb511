"""Finding slides by what is drawn on them."""

import json
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy.orm import Session

from coverslip.features.annotations import store_find, store_layers
from coverslip.features.annotations.authors import author_of
from coverslip.features.annotations.default_classes import DEFAULT_CLASSES
from coverslip.features.identity import Viewer
from coverslip.features.slides import ids_within, project_scope, visible_ids
from coverslip.infra.audit import AuditEvent, value_hash
from coverslip.infra.journal import stamp
from coverslip.infra.runtime import Runtime

_AT_ONCE: Final = 300
_MOST_PAGES: Final = 20


@dataclass(frozen=True, slots=True)
class Search:
    """What is looked for; None means any."""

    class_id: str | None = None
    class_name: str | None = None
    author_id: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    review: str | None = None
    project_id: str | None = None


def find_slides(
    session: Session, viewer: Viewer, search: Search, limit: int, cursor: str | None = None
) -> dict[str, Any]:
    """Return slides with annotations that match, and how many; ``next_cursor`` goes on.

    Raises
    ------
    NotFound
        There is no such project.
    """
    within = None
    if search.project_id is not None:
        project_scope(session, viewer, search.project_id)
        within = ids_within(session, "project", search.project_id)[-1]
    found: list[store_find.Found] = []
    after: str | None = cursor
    more = True
    for _ in range(_MOST_PAGES):
        page = store_find.slides(
            session,
            author_of(viewer).author_id,
            class_ids=_class_ids(session, search),
            by=search.author_id,
            since=search.since,
            until=search.until,
            review=search.review,
            after=after,
            within=within,
            limit=_AT_ONCE,
        )
        seen = visible_ids(session, viewer, [one.slide_id for one in page])
        for one in page:
            if one.slide_id in seen and len(found) < limit:
                found.append(one)
                after = one.slide_id
        more = len(page) == _AT_ONCE or any(one.slide_id in seen and one.slide_id > (after or "") for one in page)
        if len(found) >= limit or not more:
            break
        after = page[-1].slide_id
    items = [{"slide_id": one.slide_id, "count": one.count, "changed_at": stamp(one.changed_at)} for one in found]
    return {"items": items, "next_cursor": after if more else None}


def record_search(runtime: Runtime, viewer: Viewer, search: Search) -> None:
    """Record that slides were looked for by what is drawn on them, as a list of slides: once a session and hour.

    Raises
    ------
    AuditUnavailable
        It cannot be recorded, so nothing may be shown.
    """
    sought = {name: str(value) for name, value in asdict(search).items() if value is not None and name != "project_id"}
    detail: dict[str, Any] = {"by": "annotations"}
    if sought:
        detail["words_hmac"] = value_hash(runtime.hmac_key, json.dumps(sought, sort_keys=True))
    kind, where = ("catalogue", "catalogue") if search.project_id is None else ("project", search.project_id)
    runtime.reserve.hourly(AuditEvent("slides.listed", viewer.person_id, viewer.viewer_id, kind, where, detail=detail))


def _class_ids(session: Session, search: Search) -> list[str] | None:
    """Return the ids that are meant: a name may stand for another id in each project's list."""
    if search.class_name is None:
        return None if search.class_id is None else [search.class_id]
    wanted = search.class_name.strip().casefold()
    named = {one["class_id"] for one in DEFAULT_CLASSES if one["name"].casefold() == wanted}
    for text in store_layers.all_class_lists(session):
        named |= {one["class_id"] for one in json.loads(text) if one["name"].casefold() == wanted}
    return sorted(named if search.class_id is None else named & {search.class_id})
