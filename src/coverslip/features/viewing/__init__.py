"""What a person did and wants: where they left a slide, what they have seen, bookmarks, alignments, presets.

It never says what a slide is; that is ``slides``. Each person's own is shown to nobody else.
"""

from coverslip.features.access import register_texts
from coverslip.features.identity import register_owned
from coverslip.features.viewing.marks import texts_on
from coverslip.features.viewing.owned import OWNED
from coverslip.features.viewing.routes import router

register_owned(*OWNED)
register_texts(texts_on)

__all__ = ["router"]
