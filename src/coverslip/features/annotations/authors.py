"""Under whose name somebody draws: a person's own, or that of the link by which they came."""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from coverslip.core.errors import Forbidden
from coverslip.features.access import Action, check, refusal, shows_annotations
from coverslip.features.annotations.checking import text_value
from coverslip.features.identity import Viewer
from coverslip.features.slides import SlidePlace, place_of

LONGEST_GUEST: int = 60


@dataclass(frozen=True, slots=True)
class Author:
    """Somebody as the journal knows them."""

    author_id: str
    name: str


@dataclass(frozen=True, slots=True)
class Desk:
    """A slide and who sits before it: what every function of this room begins with."""

    place: SlidePlace
    viewer: Viewer
    author: Author

    @property
    def slide_id(self) -> str:
        """The slide's id."""
        return self.place.slide_id

    @property
    def author_id(self) -> str:
        """Under whose id things are made and private ones read."""
        return self.author.author_id

    def may(self, action: Action) -> bool:
        """Whether who sits here may do this on the slide."""
        try:
            self.check(action)
        except Forbidden:
            return False
        return True

    def check(self, action: Action) -> None:
        """Refuse what who sits here may not do.

        Raises
        ------
        Forbidden, ScopeRefused
        """
        check(self.viewer, action, self.place.standing)


def author_of(viewer: Viewer, guest_name: str | None = None) -> Author:
    """Return under whose name a viewer draws; a guest may say how they are called.

    Raises
    ------
    PatchRefused
        Nobody is called like that.
    """
    if viewer.kind != "share":
        return Author(viewer.person_id, viewer.name)
    said = "" if guest_name is None else text_value(guest_name, LONGEST_GUEST, "name").replace("\n", " ").strip()
    return Author(viewer.share_id or viewer.person_id, f"{said or 'Guest'} (guest)")


def sit_down(session: Session, viewer: Viewer, slide_id: str, guest_name: str | None = None) -> Desk:
    """Return a viewer's place before a slide.

    Raises
    ------
    NotFound
        They may not see it.
    Forbidden
        They came by a link that shows no annotations.
    """
    desk = Desk(place_of(session, viewer, slide_id), viewer, author_of(viewer, guest_name))
    if not shows_annotations(session, viewer):
        raise Forbidden(refusal(Action.ANNOTATE))
    return desk
