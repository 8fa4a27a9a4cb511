"""The data folder: made private, checked for what SQLite cannot live on, and locked by one server."""

import errno
import fcntl
import os
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Final

from coverslip.core.errors import AlreadyRunning, CoverslipError, DataFolderRefused, DiskFull
from coverslip.infra.mounts import file_system_of

LOCK_NAME: Final = "serve.lock"
_NETWORK: Final = frozenset(
    {
        "9p", "afs", "beegfs", "ceph", "cifs", "davfs", "fuse.ceph", "fuse.cephfs", "fuse.curlftpfs", "fuse.davfs",
        "fuse.davfs2", "fuse.gcsfuse", "fuse.glusterfs", "fuse.goofys", "fuse.mount-s3", "fuse.rclone", "fuse.s3fs",
        "fuse.sshfs", "glusterfs", "lustre", "ncpfs", "nfs", "nfs4", "smb2", "smb3", "smbfs",
    }
)  # fmt: skip


def make_data_folder(data: Path, *, sqlite: bool) -> None:
    """Make the data folder (mode 0700) and see that it can be used.

    Parameters
    ----------
    data : pathlib.Path
    sqlite : bool
        Whether the database will lie in it: SQLite's locks do not hold on a network file system.

    Raises
    ------
    DataFolderRefused
        It cannot be made or written, or lies on a network file system. Nothing was left behind.
    """
    check_data_folder(data, sqlite=sqlite)
    try:
        data.mkdir(mode=0o700, parents=True, exist_ok=True)
        (data / "run").mkdir(mode=0o700, exist_ok=True)
        for name in ("index", "cache"):
            (data / name).mkdir(mode=0o700, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=data, prefix=".write-test"):
            pass
    except FileExistsError as error:
        raise DataFolderRefused(f"The data folder {data} cannot be used: it is a file.") from error
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise DiskFull from error
        raise DataFolderRefused(f"The data folder {data} cannot be written: {_reason(error)}.") from error


def check_data_folder(data: Path, *, sqlite: bool) -> None:
    """Say why a data folder cannot be used, as far as that is seen without touching it.

    Raises
    ------
    DataFolderRefused
    """
    if sqlite:
        _refuse_network(data)
    nearest = Path(_nearest(data))
    if not nearest.is_dir():
        raise DataFolderRefused(f"The data folder {data} cannot be used: {nearest} is no folder.")
    if not os.access(nearest, os.W_OK | os.X_OK):
        raise DataFolderRefused(f"The data folder {data} cannot be written: no permission.")


def lock_data_folder(data: Path) -> int:
    """Take the lock that one ``serve`` holds on a data folder, for as long as the descriptor is open.

    Returns
    -------
    int
        The descriptor.

    Raises
    ------
    AlreadyRunning
    """
    descriptor = os.open(data / "run" / LOCK_NAME, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        os.close(descriptor)
        raise AlreadyRunning(f"Coverslip is already running on the data folder {data}.") from error
    return descriptor


def plain(error: CoverslipError | OSError) -> CoverslipError:
    """Return what an error of the operating system means for whoever starts Coverslip."""
    if isinstance(error, CoverslipError):
        return error
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return DiskFull()
    return DataFolderRefused(f"The data folder cannot be used: {_reason(error)}.")


def _refuse_network(data: Path) -> None:
    kind = file_system_of(_nearest(data))
    if kind in _NETWORK:
        raise DataFolderRefused(
            f"The data folder {data} lies on a network file system ({kind}), where SQLite is not safe; "
            "choose a local folder or use PostgreSQL."
        )


def _nearest(path: Path) -> str:
    """Return the real path of the nearest folder above that exists."""
    real = Path(os.path.realpath(path))
    with suppress(OSError):
        while not real.exists() and real != real.parent:
            real = real.parent
    return str(real)


def _reason(error: OSError) -> str:
    return (error.strerror or type(error).__name__).lower()
