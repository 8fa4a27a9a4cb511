"""Counting refused requests, so that a flood of them neither floods the audit trail nor escapes it.

The first refusal of an address in a minute is written before its answer; those that follow within
the minute are counted in memory and added when the minute is over. ``fold_denials`` then makes one
record of each minute and address.
"""

import logging
import threading
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from coverslip.core.errors import CoverslipError
from coverslip.core.time import utc_now
from coverslip.infra.audit import count_denials
from coverslip.infra.reserve import AuditReserve

logger = logging.getLogger(__name__)

_ADDRESSES: Final = 10_000


@dataclass(slots=True)
class _Counted:
    minute: datetime
    count: int
    action: str
    principal: str | None
    object_id: str | None


class Denials:
    """The refusals that one process has seen in this minute."""

    def __init__(self, reserve: AuditReserve) -> None:
        self._reserve = reserve
        self._lock = threading.Lock()
        self._seen: dict[str, _Counted] = {}

    def note(
        self,
        address: str,
        action: str,
        principal: str | None = None,
        at: datetime | None = None,
        object_id: str | None = None,
    ) -> None:
        """Count a refusal. Blocks on the database for the first of an address and minute, which the record describes.

        Raises
        ------
        AuditUnavailable
        """
        now = at or utc_now()
        minute = now.replace(second=0, microsecond=0)
        with self._lock:
            seen = self._seen.get(address)
            if seen is not None and seen.minute == minute:
                seen.count += 1
                return
            if len(self._seen) >= _ADDRESSES:  # addresses nobody has: keep the memory, write the rest directly
                seen = None
            else:
                self._seen[address] = _Counted(minute, 0, action, principal, object_id)
        if seen is not None:
            self._write(address, seen)
        self._write(address, _Counted(minute, 1, action, principal, object_id))

    def flush(self, before: datetime | None = None) -> None:
        """Write the counts of minutes that are over (all when None); call it about once a minute."""
        with self._lock:
            over = [address for address, seen in self._seen.items() if before is None or seen.minute < before]
            counted = [(address, self._seen.pop(address)) for address in over]
        for address, seen in counted:
            try:
                self._write(address, seen)
            except CoverslipError:
                logger.exception("%d refusals could not be recorded", seen.count)

    def _write(self, address: str, seen: _Counted) -> None:
        if seen.count == 0:
            return
        self._reserve.write(
            lambda session: count_denials(
                session,
                address,
                seen.count,
                action=seen.action,
                principal=seen.principal,
                at=seen.minute,
                object_id=seen.object_id,
            )
        )
