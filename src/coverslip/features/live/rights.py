"""What somebody at a socket may do on the slide, read anew at least every five seconds."""

from dataclasses import dataclass
from typing import Final

from sqlalchemy.orm import Session

from coverslip.core.errors import CoverslipError
from coverslip.features.access import Action, Standing, check, shows_annotations
from coverslip.features.identity import ANONYMOUS, Presented, Viewer, authenticate_hashed, credential_hash
from coverslip.features.slides import locate
from coverslip.infra.audit import ViewKind
from coverslip.infra.runtime import Runtime

_SHOWN: Final = (Action.VIEW, Action.COMMENT, Action.ANNOTATE, Action.EDIT, Action.MANAGE)


@dataclass(frozen=True, slots=True)
class Credential:
    """With what somebody came: the hashes of secrets, never the secrets; nothing for the public."""

    cookie_hash: str | None = None
    bearer_hash: str | None = None
    share_hash: str | None = None

    @property
    def anything(self) -> bool:
        """Whether there is any."""
        return bool(self.cookie_hash or self.bearer_hash or self.share_hash)


@dataclass(frozen=True, slots=True)
class Sight:
    """What somebody sees and may do.

    Attributes
    ----------
    viewer : Viewer
    actions : frozenset of Action
    annotations : bool
        Whether they see what others left on slides.
    """

    viewer: Viewer
    actions: frozenset[Action]
    annotations: bool

    @property
    def guest(self) -> bool:
        """Whether nobody's account stands behind them."""
        return self.viewer.kind in ("share", "anonymous")

    def named(self) -> list[str]:
        """Return the actions in their order."""
        return [one.value for one in _SHOWN if one in self.actions]


def hashed(shown: Presented) -> Credential:
    """Return a credential without its secret."""

    def known(secret: str | None) -> str | None:
        return credential_hash(secret) if secret else None

    return Credential(known(shown.cookie), known(shown.bearer), known(shown.share))


def look(session: Session, runtime: Runtime, credential: Credential, slide_id: str) -> Sight:
    """Return what somebody may do on a slide now.

    Raises
    ------
    Unauthenticated, DutiesOpen
        Their session, token or link has ended.
    NotFound
        They may not see the slide.
    """
    if credential.anything:
        viewer = authenticate_hashed(
            session,
            cookie_hash=credential.cookie_hash,
            bearer_hash=credential.bearer_hash,
            share_hash=credential.share_hash,
        )
    else:
        viewer = ANONYMOUS
    standing = locate(session, viewer, slide_id, runtime.settings.index_folder).standing
    actions = frozenset(one for one in _SHOWN if _allowed(viewer, one, standing))
    return Sight(viewer, actions, shows_annotations(session, viewer))


def on_record(runtime: Runtime, sight: Sight, slide_id: str) -> None:
    """Put on record that somebody sees what others leave on a slide, once a clock hour.

    Raises
    ------
    AuditUnavailable
    """
    if sight.annotations:
        viewer = sight.viewer
        runtime.reserve.view(
            session_id=viewer.viewer_id, slide_id=slide_id, kind=ViewKind.ANNOTATIONS, principal=viewer.person_id
        )


def _allowed(viewer: Viewer, action: Action, standing: Standing) -> bool:
    try:
        check(viewer, action, standing)
    except CoverslipError:
        return False
    return True
