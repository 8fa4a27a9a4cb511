"""Notices: somebody was mentioned, answered, asked for a review; a guest has finished, a link ends.

Rooms above call :func:`tell` in the transaction of the cause. A notice holds ids only; what it is about
is read where it lies, by whoever still may.
"""

from coverslip.features.access import when_share_is_done
from coverslip.features.notices.jobs import HANDLERS as JOB_HANDLERS
from coverslip.features.notices.routes import router
from coverslip.features.notices.schemas import NoticeKind, NoticeOut
from coverslip.features.notices.service import HINT, chores, for_page, remind, tell, tell_done

when_share_is_done("notices", tell_done)

__all__ = ["HINT", "JOB_HANDLERS", "NoticeKind", "NoticeOut", "chores", "for_page", "remind", "router", "tell"]
