"""Bookmarks and presets as one viewer may see them.

Whoever came by a share link that hides names reads no text that somebody of the house wrote: a bookmark
is "Bookmark 2" without its note, a preset is "Preset 1" with what the renderer knows and nothing beside it.
"""

import json
from collections.abc import Sequence
from typing import Any

from coverslip.core.errors import InvalidRequest
from coverslip.features.access import Standing, reads_words
from coverslip.features.identity import Viewer
from coverslip.features.viewing.models import Bookmark, Preset
from coverslip.features.viewing.schemas import BookmarkOut, PresetOut
from coverslip.imaging.style import parse_style, style_document, style_text


def shown_bookmarks(rows: Sequence[Bookmark], viewer: Viewer, what: Standing) -> list[BookmarkOut]:
    """Return a slide's bookmarks, oldest first, as somebody who is this on the slide may see them."""
    shown = [bookmark_out(row, viewer) for row in rows]
    if reads_words(viewer, what):
        return shown
    return [one.model_copy(update={"name": f"Bookmark {no}", "note": ""}) for no, one in enumerate(shown, 1)]


def bookmark_out(row: Bookmark, viewer: Viewer) -> BookmarkOut:
    """Return a bookmark."""
    return BookmarkOut(
        bookmark_id=row.bookmark_id,
        slide_id=row.slide_id,
        name=row.name,
        note=row.note,
        view=json.loads(row.view),
        created_at=row.created_at,
        author=row.author if viewer.kind != "share" else "",  # a link shows slides, no people
        mine=row.person_id == viewer.person_id,
    )


def shown_presets(rows: Sequence[Preset], viewer: Viewer, what: Standing) -> list[PresetOut]:
    """Return presets, oldest first, as somebody who is this where they are asked for may see them."""
    shown = [preset_out(row) for row in rows]
    if reads_words(viewer, what):
        return shown
    kept = [(one, _known_style(one.style)) for one in shown]
    return [
        one.model_copy(update={"name": f"Preset {no}", "style": style})
        for no, (one, style) in enumerate(kept, 1)
        if style is not None
    ]


def preset_out(row: Preset) -> PresetOut:
    """Return a preset."""
    return PresetOut(
        preset_id=row.preset_id,
        name=row.name,
        style=json.loads(row.style),
        slide_id=row.slide_id,
        project_id=row.project_id,
    )


def _known_style(style: dict[str, Any]) -> dict[str, Any] | None:
    """Return a style in the renderer's own words, which hold no text; None for one that it does not know."""
    try:
        return style_document(parse_style(style_text(style)))
    except InvalidRequest:
        return None
