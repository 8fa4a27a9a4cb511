"""How long the audit trail is kept. What is too old goes from the front of the chain, on record.

No route and no role takes records away; this does, in the job process, by the setting alone.
"""

from datetime import datetime
from typing import Final

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from coverslip.core.time import utc_now
from coverslip.infra.audit import GENESIS, AuditEvent, AuditHead, AuditRow, AuditView, record
from coverslip.infra.audit_check import PRUNED
from coverslip.infra.db import Database, insert_or_ignore

BATCH: Final = 1000


def prune(db: Database, keep_years: int, now: datetime | None = None) -> int:
    """Take away what is older than it must be kept, a thousand records a transaction; return how many."""
    now = now or utc_now()
    before = years_before(now, keep_years)
    taken = 0
    while True:
        with db.transaction() as session:
            some = _prune_some(session, before)
        taken += some
        if some < BATCH:
            return taken


def years_before(moment: datetime, years: int) -> datetime:
    """Return the same day so many years ago; 29 February becomes the 28th."""
    try:
        return moment.replace(year=moment.year - years)
    except ValueError:
        return moment.replace(year=moment.year - years, day=28)


def forget_views(session: Session, before: datetime) -> None:
    """Forget which views of hours long past are on record already; the records themselves stay."""
    session.execute(delete(AuditView).where(AuditView.hour < before).execution_options(synchronize_session=False))


def _prune_some(session: Session, before: datetime) -> int:
    """Take away the first records of the chain, up to the first that must stay."""
    columns = (AuditRow.no, AuditRow.at, AuditRow.hash)
    first = session.execute(select(*columns).order_by(AuditRow.no).limit(BATCH)).all()
    old = []
    for row in first:
        if row.at >= before:
            break
        old.append(row)
    if not old:
        return 0
    no, hash_ = old[-1].no, old[-1].hash
    insert_or_ignore(session, AuditHead, {"head_no": 1, "last_no": 0, "last_hash": GENESIS})
    head = session.get_one(AuditHead, 1, with_for_update=True, populate_existing=True)
    head.kept_no, head.kept_hash = no, hash_
    session.execute(delete(AuditRow).where(AuditRow.no <= no).execution_options(synchronize_session=False))
    detail = {"no": no, "hash": hash_, "count": len(old), "before": before.isoformat()}
    record(session, AuditEvent(PRUNED, object_kind="audit", detail=detail))
    return len(old)
