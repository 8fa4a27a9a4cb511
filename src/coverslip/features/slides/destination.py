"""Where new slides may go: a project by its id or name, if the viewer may put something into it."""

from sqlalchemy.orm import Session

from coverslip.core.errors import InvalidRequest, NotFound
from coverslip.features.access import Action, may, require
from coverslip.features.identity import Viewer
from coverslip.features.slides import store
from coverslip.features.slides.registration import create_project
from coverslip.features.slides.words import printable

LONGEST_NAME = 200


def writable_project(session: Session, viewer: Viewer, project: str) -> str:
    """Return the id of the project that somebody means, by its id or by the name of a top project.

    An administrator who names one that does not exist makes it; a token of theirs only where it was
    made to administer, because a new project at the top is theirs alone to make.

    Raises
    ------
    NotFound
        No such project, it lies in the trash, or the viewer may not see it.
    Forbidden
        The viewer may look at it but not put anything into it.
    InvalidRequest
        The name is empty or too long.
    """
    wanted = printable(project).strip()
    if not 1 <= len(wanted) <= LONGEST_NAME:
        raise InvalidRequest(f"The name of a project has 1 to {LONGEST_NAME} characters.")
    plain = project.isascii() and project.isprintable()
    found = (store.project_by_id(session, project) if plain else None) or store.top_project_named(session, wanted)
    trashed = found is not None and found.trash_root is not None
    if found is not None and not trashed and may(session, viewer, Action.VIEW, found.scope_id):
        require(session, viewer, Action.EDIT, found.scope_id)
        return found.project_id
    if trashed or not (viewer.is_admin and viewer.may_use("admin")):
        raise NotFound("There is no such project, or you may not see it.")
    return create_project(session, wanted, by=viewer)


def project_exists(session: Session, project_id: str) -> bool:
    """Whether there is such a project, whoever may see it."""
    return project_id.isascii() and project_id.isprintable() and store.project_by_id(session, project_id) is not None


def project_of(session: Session, slide_id: str) -> str:
    """Return the project that a slide lies in.

    Raises
    ------
    NotFound
    """
    found = store.project_id_of(session, slide_id)
    if found is None:
        raise NotFound
    return found
