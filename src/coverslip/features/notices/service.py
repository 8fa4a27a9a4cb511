"""Telling people what concerns them: kept for them, said at once to their open pages, mailed where they want it."""

from collections.abc import Callable, Collection, Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Final

from sqlalchemy.orm import Session

from coverslip.core.errors import NotFound
from coverslip.core.ids import new_id
from coverslip.core.time import utc_now
from coverslip.features import access
from coverslip.features.identity import Viewer, people_by_ids
from coverslip.features.notices import store
from coverslip.features.notices.models import Notice
from coverslip.features.notices.schemas import NoticeChoices, NoticeKind, NoticeList, NoticeOut
from coverslip.features.slides import locate
from coverslip.infra.db import Database, hint
from coverslip.infra.jobs import enqueue
from coverslip.infra.mail import can_mail
from coverslip.infra.runtime import Runtime
from coverslip.settings import Settings

HINT: Final = "notice"
JOB_MAIL: Final = "notice.mail"
USUAL_MAIL: Final = (NoticeKind.MENTION, NoticeKind.REVIEW_ASKED, NoticeKind.SHARE_DONE)
MOST_LISTED: Final = 100
REMIND_EVERY_S: Final = 600.0
REMIND_BEFORE: Final = timedelta(days=2)
MAIL_AFTER: Final = timedelta(minutes=2)
"""Who sits before the page has read it by then, and needs no mail."""
KEPT: Final = timedelta(days=180)


def tell(
    session: Session,
    person_ids: Collection[str],
    kind: NoticeKind | str,
    *,
    by: Viewer | None = None,
    by_name: str = "",
    scope_id: str | None = None,
    slide_id: str | None = None,
    annotation_id: str | None = None,
    comment_id: str | None = None,
    share_id: str | None = None,
    word: str = "",
    once: str | None = None,
) -> list[str]:
    """Tell some people something, in the transaction of its cause; return the ids of the notices.

    Whoever caused it is not told; nor are ids that are no active person's.

    Parameters
    ----------
    by : Viewer or None
        Who caused it.
    by_name : str
        How they are called, where that is not the viewer's name.
    scope_id : str or None
        Of what it is about: whoever may not see it is shown no notice either.
    word : str
        Of a decided review what was decided.
    once : str or None
        A key under which each person is told once only.
    """
    kind, now = NoticeKind(kind), utc_now()
    caused_by = None if by is None or by.kind == "share" else by.person_id
    wanted = [one for one in dict.fromkeys(person_ids) if one != caused_by]
    known = people_by_ids(session, wanted) if wanted else {}
    chosen = store.choices(session, wanted) if wanted else {}
    told: dict[str, str] = {}
    for person_id in wanted:
        if person_id not in known:
            continue
        notice_id = new_id()
        row = {
            "notice_id": notice_id,
            "person_id": person_id,
            "kind": kind.value,
            "by_id": caused_by,
            "by_name": by_name or ("" if by is None else by.name),
            "scope_id": scope_id,
            "slide_id": slide_id,
            "annotation_id": annotation_id,
            "comment_id": comment_id,
            "share_id": share_id,
            "word": word,
            "once_key": None if once is None else f"{kind.value} {person_id} {once}",
            "created_at": now,
            "read_at": None,
        }
        if store.add(session, row):
            told[person_id] = notice_id
            if kind.value in chosen.get(person_id, USUAL_MAIL):
                enqueue(session, JOB_MAIL, {"notice_id": notice_id}, run_after=now + MAIL_AFTER)
    if told:
        hint(session, HINT, told=told)
    return list(told.values())


def list_notices(
    session: Session, viewer: Viewer, index_folder: Path, *, unread: bool, before: int | None, limit: int
) -> NoticeList:
    """Return a person's notices, newest first."""
    rows = store.mine(session, viewer, unread=unread, before=before, limit=limit + 1)
    page = rows[:limit]
    return NoticeList(
        items=list(_shown(session, viewer, page, index_folder)),
        unread=store.count_unread(session, viewer),
        next_before=page[-1].no if len(rows) > limit else None,
    )


def for_page(session: Session, viewer: Viewer, notice_ids: Collection[str], index_folder: Path) -> list[NoticeOut]:
    """Return those of some notices that a person's open page may show."""
    return list(_shown(session, viewer, store.some(session, viewer, notice_ids), index_folder))


def mark_read(session: Session, viewer: Viewer, notice_ids: Collection[str] | None) -> None:
    """Mark notices as read; all of the person's where none is named. Others' are left as they are."""
    store.read(session, viewer.person_id, notice_ids, utc_now())


def choices(session: Session, viewer: Viewer, settings: Settings) -> NoticeChoices:
    """Return of what a person wants mail, too."""
    mail = store.choices(session, [viewer.person_id]).get(viewer.person_id, list(USUAL_MAIL))
    return NoticeChoices(mail=[NoticeKind(one) for one in mail], can_mail=can_mail(settings))


def choose(session: Session, viewer: Viewer, mail: Collection[NoticeKind], settings: Settings) -> NoticeChoices:
    """Keep of what a person wants mail, too."""
    store.choose(session, viewer.person_id, [one.value for one in NoticeKind if one in mail])
    return choices(session, viewer, settings)


def tell_done(session: Session, share: access.ShareEvent) -> None:
    """Tell the sender of a link that its recipient has finished."""
    tell(
        session,
        [share.made_by],
        NoticeKind.SHARE_DONE,
        by_name=share.recipient or "Somebody",
        scope_id=share.scope_id,
        slide_id=share.slide_id,
        share_id=share.share_id,
    )


def remind(db: Database) -> None:
    """Tell senders of links that end soon, once for each end; and forget what is old."""
    now = utc_now()
    with db.read() as session:
        ending = access.shares_ending(session, now, now + REMIND_BEFORE)
    if ending:
        with db.transaction() as session:
            for share in ending:
                tell(
                    session,
                    [share.made_by],
                    NoticeKind.SHARE_ENDING,
                    by_name=share.recipient,
                    scope_id=share.scope_id,
                    slide_id=share.slide_id,
                    share_id=share.share_id,
                    once=f"{share.share_id} {share.expires_at:%Y%m%d%H%M}",
                )
    with db.transaction() as session:
        store.forget_old(session, now - KEPT)


def chores(runtime: Runtime) -> list[tuple[float, Callable[[], None]]]:
    """Return what the job process does again and again, each with its seconds."""
    return [(REMIND_EVERY_S, lambda: remind(runtime.db))]


def _shown(session: Session, viewer: Viewer, rows: Collection[Notice], index_folder: Path) -> Iterator[NoticeOut]:
    names: dict[str, str | None] = {}
    for row in rows:
        if row.slide_id is not None and row.slide_id not in names:
            names[row.slide_id] = None
            with suppress(NotFound):
                names[row.slide_id] = locate(session, viewer, row.slide_id, index_folder).name
        yield NoticeOut(
            notice_id=row.notice_id,
            kind=NoticeKind(row.kind),
            at=row.created_at,
            by_name=row.by_name,
            word=row.word,
            slide_id=row.slide_id,
            slide_name=None if row.slide_id is None else names[row.slide_id],
            annotation_id=row.annotation_id,
            comment_id=row.comment_id,
            share_id=row.share_id,
            read_at=row.read_at,
        )


def unread_row(session: Session, notice_id: str) -> Notice | None:
    """Return a notice that waits, None for one that was read or is gone."""
    row = store.by_id(session, notice_id)
    return None if row is None or row.read_at is not None else row
