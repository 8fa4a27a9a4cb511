"""Tumour boards: what is shown to a round of people, stop by stop, and the hand-out of it.

A board holds views of slides, never pixels or names; each is looked up with the rights of who looks.
"""

from coverslip.features.boards.routes import router
from coverslip.features.boards.service import OWNED
from coverslip.features.identity import register_owned

register_owned(OWNED)

__all__ = ["router"]
