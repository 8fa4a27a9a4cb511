"""What one person was given, read once: every entry of theirs and of their groups, and every visibility.

Lists turn claims into SQL (``service.visible``, and the catalogue by its own tree); one object's
standing follows from the claims and the scopes above it. Claims of a session are read once, because
a request asks about many objects; a change of an entry forgets them.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy.orm import Session

from coverslip.features.access import share_sight, store
from coverslip.features.access.rules import (
    FULL,
    NOTHING,
    VISITOR,
    Action,
    Right,
    Standing,
    Visibility,
    opens,
    role_of,
    sees_everything,
    sees_nothing,
    together,
    token_allows,
)
from coverslip.features.identity import Viewer

_KEPT: Final = "access.claims"


@dataclass(frozen=True, slots=True)
class Claims:
    """What a viewer was given.

    Attributes
    ----------
    viewer : Viewer
    everything : bool
        An administrator: no entry matters.
    entries : mapping of scope id to Standing
        What the entries of each scope come to for this viewer; ``NOTHING`` shuts out.
    kinds : mapping of scope id to str
        The kinds of these scopes.
    opened : mapping of scope id to bool
        Scopes with a visibility of their own, and whether it lets this viewer in.
    found : dict of scope id to Standing
        What was worked out from them in this session: a request asks about the same object several times.
    """

    viewer: Viewer
    everything: bool = False
    entries: Mapping[str, Standing] = field(default_factory=dict)
    kinds: Mapping[str, str] = field(default_factory=dict)
    opened: Mapping[str, bool] = field(default_factory=dict)
    found: dict[str, Standing] = field(default_factory=dict)

    def permits(self, action: Action) -> bool:
        """Whether the viewer's credential is good for an action at all."""
        return token_allows(self.viewer, action)

    def standing(self, chain: Sequence[str]) -> Standing:
        """Return what the viewer is on the first scope of a chain that leads upwards."""
        if not chain:
            return NOTHING
        if self.everything:
            return FULL
        for scope_id in chain:
            found = self.entries.get(scope_id)
            if found is not None:
                return found
        for scope_id in chain:
            if scope_id in self.opened:
                return VISITOR if self.opened[scope_id] else NOTHING
        return NOTHING


def claims_of(session: Session, viewer: Viewer) -> Claims:
    """Return what a viewer was given, read once in a session."""
    kept: dict[Viewer, Claims] = session.info.setdefault(_KEPT, {})
    found = kept.get(viewer)
    if found is None:
        found = kept[viewer] = _read(session, viewer)
    return found


def forget_claims(session: Session) -> None:
    """Read claims anew from now on: an entry changed in this session."""
    session.info.pop(_KEPT, None)


def standing_of_entry(role: str, rights: Collection[str]) -> Standing:
    """Return what an entry gives."""
    found = role_of(role)
    return NOTHING if found is None else Standing(found, frozenset(Right(one) for one in rights))


def _read(session: Session, viewer: Viewer) -> Claims:
    if viewer.kind == "share":
        return _through_share(session, viewer)
    if sees_everything(viewer):
        return Claims(viewer, everything=True)
    if sees_nothing(viewer):
        return Claims(viewer)
    own: dict[str, Standing] = {}
    of_groups: dict[str, list[Standing]] = {}
    kinds: dict[str, str] = {}
    known: dict[tuple[str, ...], Standing] = {}
    person_id = None if viewer.kind == "anonymous" else viewer.person_id
    for scope_id, kind, theirs, role, rights in store.given_to(session, person_id, viewer.group_ids):
        kinds[scope_id] = kind
        given = known.get((role, *rights))
        if given is None:
            given = known[role, *rights] = standing_of_entry(role, rights)
        if theirs:
            own[scope_id] = given
        else:
            of_groups.setdefault(scope_id, []).append(given)
    entries = {
        scope_id: found
        for scope_id in kinds
        if (found := together(own.get(scope_id), of_groups.get(scope_id, ()))) is not None
    }
    opened = {scope_id: opens(Visibility(text), viewer) for scope_id, text in store.visibilities(session).items()}
    return Claims(viewer, entries=entries, kinds=kinds, opened=opened)


def _through_share(session: Session, viewer: Viewer) -> Claims:
    """Read what a share link gives: nothing but its own object, whatever is visible to everybody besides."""
    row = share_sight.live(session, viewer)
    maker = None if row is None else share_sight.maker_of(session, row.made_by)
    if row is None or maker is None:
        return Claims(viewer)
    theirs = claims_of(session, maker)
    at_top = theirs.standing(store.chain(store.parents(session, [row.scope_id]), row.scope_id))
    entries = share_sight.limited(session, row, at_top, theirs.entries)
    kinds = {**{one: theirs.kinds[one] for one in entries if one in theirs.kinds}, row.scope_id: row.kind}
    return Claims(viewer, entries=entries, kinds=kinds)
