"""What stands for a name where names may not be seen: numbers of the house, or of the link by which somebody came."""

from collections.abc import Collection
from typing import Final

from sqlalchemy.orm import Session

from coverslip.features.access import shows_names
from coverslip.features.identity import Viewer
from coverslip.features.slides import store_shares
from coverslip.features.slides.store_shares import Kind

_WORDS: Final = {"slide": "Slide", "case": "Case", "project": "Project"}


def numbers_for(session: Session, viewer: Viewer, kind: Kind, numbers: Collection[int]) -> dict[int, int]:
    """Return which number stands for each of some things, by their numbers of the house.

    For whoever came by a share link they count from 1 within the link: "Slide 3" says nothing about
    how many slides the house has, and stays the same slide.
    """
    if viewer.kind != "share":
        return {no: no for no in numbers}
    known = store_shares.ordinals(session, viewer.share_id or "", kind, numbers)
    return {no: known.get(no) or store_shares.next_ordinal(session, viewer, kind, no) for no in set(numbers)}


def stand_in(session: Session, viewer: Viewer, kind: Kind, no: int) -> str:
    """Return what stands for one name."""
    return f"{_WORDS[kind]} {numbers_for(session, viewer, kind, [no])[no]}"


def hides_projects(session: Session, viewer: Viewer) -> bool:
    """Whether names of projects are replaced, too: only for a stranger, whom they may tell a hospital's or study's."""
    return viewer.kind == "share" and not shows_names(session, viewer)
