"""``serve FOLDER --share``: a link to the folder's project that lives as long as the server, a day at most.

Which link that is stands in a file of the data folder, so that a server that was killed leaves none
behind: the next one ends it first.
"""

from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Final

from sqlalchemy.orm import Session

from coverslip.core.errors import SettingRefused, StartRefused
from coverslip.core.time import utc_now
from coverslip.features import access, identity
from coverslip.features.imports import store
from coverslip.infra.launch import Asked
from coverslip.infra.runtime import Runtime

FILE: Final = "served-share"
LIFE: Final = timedelta(hours=24)
SHORTEST: Final = 8
_RECIPIENT: Final = "People on the local network"


def share_folder(session: Session, runtime: Runtime, asked: Asked, root_ids: list[str]) -> str | None:
    """Make the link that the command line asks for and return the path of its page; None where it asks for none.

    Raises
    ------
    StartRefused
        There is not exactly one folder, or it lies in one that is served as a whole.
    SettingRefused
        The password is too short.
    """
    _end(session, runtime.settings.data / FILE)
    if not asked.share:
        if asked.password is not None:
            raise SettingRefused("--password cannot be used: it goes with --share.")
        return None
    if asked.password is not None and len(asked.password) < SHORTEST:
        raise SettingRefused(f"--password cannot be used: it needs {SHORTEST} characters.")
    root = store.root_by_id(session, root_ids[0]) if len(root_ids) == 1 else None
    if root is None:
        raise StartRefused("Name the one folder that --share is to show: coverslip serve FOLDER --share.")
    if store.path_text(root) != asked.folders[0]:
        raise StartRefused(
            "The folder lies inside one that is served already, which would be shared as a whole; "
            "share it with a data folder of its own: --data DIR."
        )
    identity.ensure_administrator(session)
    wanted = access.ShareIn(
        kind="project",
        object_id=root.project_id,
        recipient=_RECIPIENT,
        expires_at=utc_now() + LIFE,
        password=asked.password,
    )
    password_hash = None if asked.password is None else identity.hash_password(asked.password)
    made = access.create_share(session, identity.local_administrator(session), wanted, password_hash)
    (runtime.settings.data / FILE).write_text(made.share.share_id, encoding="ascii")
    return f"/share/{made.token}"


def end_shared_folder(runtime: Runtime) -> None:
    """End the link when the server ends."""
    with runtime.db.transaction() as session:
        _end(session, runtime.settings.data / FILE)


def _end(session: Session, file: Path) -> None:
    with suppress(FileNotFoundError):
        access.end_share(session, file.read_text(encoding="ascii"))
        file.unlink()
