"""Slides taken away: whole pyramids written in the background, and originals of several slides as one zip.

What is taken away is on record as a download. Pixels of tiles and regions are ``tiles``.
"""

from coverslip.features.exports.jobs import HANDLERS as JOB_HANDLERS
from coverslip.features.exports.jobs import LIMITS as JOB_LIMITS
from coverslip.features.exports.routes import router
from coverslip.features.exports.service import CLEAR_EVERY_S, OWNED, clear_expired
from coverslip.features.identity import register_owned

register_owned(OWNED)

__all__ = ["CLEAR_EVERY_S", "JOB_HANDLERS", "JOB_LIMITS", "clear_expired", "router"]
