"""Live: who looks at the same slide, where their hands are, and the slide's journal as it is written.

Edits never come this way; they are POSTed to ``annotations`` and go out here once they are durable.
Presence never touches the database. An entry of the journal says itself who may read it, so this
room knows nothing of annotations.
"""

from coverslip.features.live.routes import router
from coverslip.features.live.talking import check_messages

__all__ = ["check_messages", "router"]
