"""What share links ask of the rooms above: the catalogue knows projects, cases and slides, others know more texts.

They come to this room, because it lies below them: ``register_catalogue(Catalogue(...))``,
``register_texts(texts)``.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from coverslip.features.identity import Viewer

Object = tuple[str, str]
"""A kind (``slide``, ``case``, ``project``) and an id."""
Text = tuple[str, str]
"""What a text is (``slide name``, ``tag`` ...), and the text."""
TextsOf = Callable[[Session, Sequence[str]], Iterable[Text]]


@dataclass(frozen=True, slots=True)
class Thing:
    """A project, case or slide that may be shared."""

    scope_id: str
    name: str


@dataclass(frozen=True, slots=True)
class Catalogue:
    """What the catalogue answers.

    Attributes
    ----------
    find : callable
        ``find(session, viewer, kind, object_id)``: the thing, if the viewer may see it; raises ``NotFound``.
    names : callable
        ``names(session, viewer, objects)``: the names of those that are there, as the viewer may see them.
    trashed : callable
        ``trashed(session, objects)``: which of them lie in the trash or are gone.
    count : callable
        ``count(session, viewer)``: how many slides a viewer sees in all.
    slides_of : callable
        ``slides_of(session, viewer, kind, object_id, limit)``: the ids of slides in a thing that a viewer sees.
    number : callable
        ``number(session, viewer, order)``: give everything that a viewer who came by a link sees its
        number there, the slides of ``order`` first; what has one keeps it.
    texts : callable
        ``texts(session, slide_ids)``: the tags and names of slides and their cases.
    """

    find: Callable[[Session, Viewer, str, str], Thing]
    names: Callable[[Session, Viewer, Collection[Object]], Mapping[Object, str]]
    trashed: Callable[[Session, Collection[Object]], set[Object]]
    count: Callable[[Session, Viewer], int]
    slides_of: Callable[[Session, Viewer, str, str, int], list[str]]
    number: Callable[[Session, Viewer, Sequence[str]], None]
    texts: TextsOf


_catalogue: list[Catalogue] = []
_texts: list[TextsOf] = []


def register_catalogue(catalogue: Catalogue) -> None:
    """Let the catalogue answer."""
    _catalogue[:] = [catalogue]


def register_texts(texts: TextsOf) -> None:
    """Let a room name texts on slides that a recipient would read."""
    if texts not in _texts:
        _texts.append(texts)


def catalogue() -> Catalogue:
    """Return the catalogue."""
    return _catalogue[0]


def more_texts(session: Session, slide_ids: Sequence[str]) -> Iterable[Text]:
    """Yield what other rooms show with some slides."""
    for texts in _texts:
        yield from texts(session, slide_ids)
