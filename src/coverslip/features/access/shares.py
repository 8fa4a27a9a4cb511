"""Making, changing, listing and ending share links: what managers of the shared thing do."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy.orm import Session

from coverslip.core.errors import Conflict, FieldProblem, InvalidRequest, NotFound
from coverslip.core.ids import new_id
from coverslip.core.share_errors import ShareEnded
from coverslip.core.time import utc_now
from coverslip.features import identity
from coverslip.features.access import naming, service, share_ending, share_sight, store, store_shares
from coverslip.features.access.catalogue import Object, catalogue
from coverslip.features.access.models import Share
from coverslip.features.access.rules import Action
from coverslip.features.access.schemas_shares import (
    ShareIn,
    ShareList,
    ShareMaker,
    ShareOut,
    SharePatch,
    ShareRequestOut,
    ShareStart,
)
from coverslip.features.access.store_shares import State
from coverslip.features.identity import Caller, SignedIn, Viewer, credential_hash, hash_password
from coverslip.infra.audit import AuditEvent, record
from coverslip.settings import Settings

USUAL_LIFE: Final = timedelta(days=7)
LONGEST_LIFE: Final = timedelta(days=365)
_TOKEN_BYTES: Final = 16
_REQUESTS_SHOWN: Final = 500
_GONE: Final = "Somebody who is gone"


@dataclass(frozen=True, slots=True)
class Made:
    """A fresh link and its token, which is kept nowhere."""

    share: Share
    token: str


def hashed_password(password: str | None) -> str | None:
    """Return the hash of a link's password; it takes a tenth of a second, so call it outside of a transaction."""
    return None if password is None else hash_password(password)


def create_share(
    session: Session, viewer: Viewer, wanted: ShareIn, password_hash: str | None, now: datetime | None = None
) -> Made:
    """Make a link to something that the viewer manages, with the password whose hash is given.

    Raises
    ------
    NotFound, Forbidden
        They do not see it; do not manage it; may not see the names that the link would show.
    InvalidRequest
        It would end too late, or has ended already.
    """
    now = now or utc_now()
    thing = catalogue().find(session, viewer, wanted.kind, wanted.object_id)
    service.require(session, viewer, Action.MANAGE, thing.scope_id)
    if wanted.identity:
        service.require(session, viewer, Action.SEE_IDENTITY, thing.scope_id)
    token = secrets.token_urlsafe(_TOKEN_BYTES)
    row = Share(
        share_id=new_id(),
        token_hash=credential_hash(token),
        kind=wanted.kind,
        object_id=wanted.object_id,
        scope_id=thing.scope_id,
        made_by=viewer.person_id,
        recipient=wanted.recipient,
        note=wanted.note,
        may=wanted.may,
        annotations=wanted.annotations,
        identity=wanted.identity,
        watermark=wanted.watermark,
        origins=list(dict.fromkeys(wanted.origins)),
        start=(wanted.start or ShareStart()).model_dump(),
        password_hash=password_hash,
        maximum_opens=wanted.maximum_opens,
        opens=0,
        created_at=now,
        expires_at=now + USUAL_LIFE if wanted.expires_at is None else checked_end(wanted.expires_at, now),
        done_message="",
    )
    session.add(row)
    session.flush()
    number(session, row)
    _record(session, viewer, "share.created", row, **_audited(row))
    return Made(row, token)


def change_share(
    session: Session,
    viewer: Viewer,
    share_id: str,
    patch: SharePatch,
    password_hash: str | None,
    now: datetime | None = None,
) -> ShareOut:
    """Change a link; one that ran out lives again where its end is moved. A password comes as its hash.

    Raises
    ------
    NotFound, Forbidden, InvalidRequest
    Conflict
        It was revoked, or its object is in the trash.
    """
    now = now or utc_now()
    row = managed(session, viewer, share_id)
    if row.ended_at is not None and row.ended_why != "expired":
        raise Conflict("This link was ended; make a new one.")
    values = {name: getattr(patch, name) for name in patch.model_fields_set}
    if values.get("identity"):
        service.require(session, viewer, Action.SEE_IDENTITY, row.scope_id)
    for name in ("recipient", "note", "may", "annotations", "identity", "watermark", "origins"):
        if values.get(name) is not None:
            setattr(row, name, values[name])
    if "maximum_opens" in values:
        row.maximum_opens = values["maximum_opens"]
    if "password" in values:
        row.password_hash = password_hash
        store_shares.forget_guesses(session, share_id)
    if values.get("expires_at") is not None:
        row.expires_at = checked_end(values["expires_at"], now)
        row.ended_at = row.ended_why = row.ended_by = None
        identity.limit_share_sessions(session, share_id, row.expires_at)
    session.flush()
    identity.drop_share_sight(session, share_id)
    _record(session, viewer, "share.changed", row, changed=sorted(values), **_audited(row))
    return shown(session, viewer, [row], now)[0]


def revoke_share(session: Session, viewer: Viewer, share_id: str, now: datetime | None = None) -> None:
    """End a link and every session that it opened, everywhere within five seconds; it stays listed.

    Raises
    ------
    NotFound, Forbidden
    """
    row = managed(session, viewer, share_id)
    share_ending.end(session, row, "revoked", viewer, now or utc_now())


def preview_share(
    session: Session, viewer: Viewer, share_id: str, caller: Caller, settings: Settings
) -> tuple[Share, SignedIn]:
    """Let somebody who manages a link look through it as its recipient will; it counts as no open.

    Raises
    ------
    NotFound, Forbidden
    ShareEnded
    """
    row = managed(session, viewer, share_id)
    if row.ended_at is not None or utc_now() >= row.expires_at:
        raise ShareEnded
    number(session, row)
    found = identity.start_share_session(session, share_id, row.expires_at, caller, settings, preview_by=viewer)
    _record(session, viewer, "share.previewed", row)
    return row, found


def get_share(session: Session, viewer: Viewer, share_id: str) -> ShareOut:
    """Return a link to something that the viewer manages.

    Raises
    ------
    NotFound, Forbidden
    """
    return shown(session, viewer, [managed(session, viewer, share_id)], utc_now())[0]


def list_shares(
    session: Session, viewer: Viewer, object_id: str | None, state: State, after: str | None, limit: int
) -> ShareList:
    """Return the links to what the viewer manages, the newest first; for an administrator those of the whole house.

    Raises
    ------
    InvalidRequest
        There is no link to go on after.
    """
    after_no = None
    if after is not None:
        last = store_shares.by_id(session, after)
        if last is None:
            raise InvalidRequest("There is no such place in the list.", [FieldProblem("/query/after", "is unknown")])
        after_no = last.no
    now = utc_now()
    # Of a thing that is gone for good its scope is gone as well: only administrators still see its links.
    seen = store.everything() if viewer.is_admin else service.visible(session, viewer, Share.scope_id, Action.MANAGE)
    rows = store_shares.page(session, seen, object_id, state, now, after_no, limit + 1)
    more = len(rows) > limit
    rows = rows[:limit]
    return ShareList(items=shown(session, viewer, rows, now), next=rows[-1].share_id if more else None)


def managed(session: Session, viewer: Viewer, share_id: str) -> Share:
    """Return a link to something that the viewer manages.

    Raises
    ------
    NotFound, Forbidden
    """
    row = store_shares.by_id(session, share_id)
    if row is None:
        raise NotFound
    if not viewer.is_admin:
        service.require(session, viewer, Action.MANAGE, row.scope_id)
    return row


def number(session: Session, row: Share) -> None:
    """Give everything that a link shows its number there, so that "Slide 3" stays the same slide."""
    catalogue().number(session, share_sight.recipient_of(row), row.start.get("slide_ids_order") or [])


def checked_end(wanted: datetime, now: datetime) -> datetime:
    """Return when a link shall end.

    Raises
    ------
    InvalidRequest
    """
    if wanted.tzinfo is None:
        raise InvalidRequest("The end of a link needs a time zone.", [FieldProblem("/expires_at", "needs a time zone")])
    if not now < wanted <= now + LONGEST_LIFE:
        why = "A link ends in the future, within a year."
        raise InvalidRequest(why, [FieldProblem("/expires_at", "is not within a year from now")])
    return wanted


def shown(session: Session, viewer: Viewer, rows: Sequence[Share], now: datetime) -> list[ShareOut]:
    """Return links as those see them who manage what they show."""
    ids = [row.share_id for row in rows]
    people = naming.people_named(session, {one for row in rows for one in (row.made_by, row.ended_by) if one})
    objects: list[Object] = [(row.kind, row.object_id) for row in rows]
    names = catalogue().names(session, viewer, set(objects)) if rows else {}
    seen = identity.share_last_seen(session, ids)
    requests = store_shares.requests_of(session, ids, _REQUESTS_SHOWN)

    def person(person_id: str) -> ShareMaker:
        known = people.get(person_id)
        return ShareMaker(person_id=person_id, name=_GONE if known is None else known.name)

    found = []
    for row, what in zip(rows, objects, strict=True):
        end = share_ending.end_of(row, now)
        at, why = (None, None) if end is None else end
        last = seen.get(row.share_id, (None, None))
        found.append(
            ShareOut(
                share_id=row.share_id,
                kind=what[0],
                object_id=row.object_id,
                object_name=names.get(what),
                made_by=person(row.made_by),
                recipient=row.recipient,
                note=row.note,
                may=row.may,
                annotations=row.annotations,
                identity=row.identity,
                watermark=row.watermark,
                origins=row.origins,
                has_password=row.password_hash is not None,
                expires_at=row.expires_at,
                ended_at=at,
                ended_by=None if row.ended_by is None else person(row.ended_by),
                ended_why=why,
                maximum_opens=row.maximum_opens,
                opens=row.opens,
                last_seen_at=last[0],
                last_seen_from=last[1],
                done_at=row.done_at,
                done_message=row.done_message,
                created_at=row.created_at,
                requests=[
                    ShareRequestOut(requested_at=one.requested_at, message=one.message)
                    for one in requests.get(row.share_id, ())
                ],
            )
        )
    return found


def _audited(row: Share) -> dict[str, Any]:
    """Return what the audit trail keeps of a link: no text that somebody wrote."""
    return {
        "kind": row.kind,
        "object_id": row.object_id,
        "may": row.may,
        "annotations": row.annotations,
        "identity": row.identity,
        "watermark": row.watermark,
        "password": row.password_hash is not None,
        "maximum_opens": row.maximum_opens,
        "expires_at": row.expires_at.isoformat(),
        "origins": len(row.origins),
    }


def _record(session: Session, viewer: Viewer, action: str, row: Share, **detail: Any) -> None:
    record(session, AuditEvent(action, viewer.person_id, viewer.viewer_id, "share", row.share_id, detail=detail))
