"""What a person did and wants: where they left a slide, what they have seen, bookmarks, alignments, presets.

It never says what a slide is; that is ``slides``. Each person's own is shown to nobody else.
"""

from coverslip.features.viewing.routes import router

__all__ = ["router"]
