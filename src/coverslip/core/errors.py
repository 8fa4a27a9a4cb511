"""Every error that Coverslip can say: one class per stable code, and no HTTP.

The code of a class is never renamed, because people script against it. ``infra.web`` holds the
one table that gives each class an HTTP status; the command line prints the message and the code.
The message is one plain sentence that a pathologist could follow, without paths of the server.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class FieldProblem:
    """What is wrong with one field of a request; ``pointer`` is a JSON Pointer (RFC 6901)."""

    pointer: str
    detail: str


class CoverslipError(Exception):
    """Root of all errors that a user may see."""

    code: ClassVar[str] = "internal_error"
    default_message: ClassVar[str] = "Something went wrong inside Coverslip; the request id helps to find it."

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message or self.default_message)

    @property
    def message(self) -> str:
        """The sentence to show."""
        return str(self.args[0])


# --- requests -------------------------------------------------------------------------------


class NotFound(CoverslipError):
    """Absent and foreign objects look the same."""

    code = "not_found"
    default_message = "There is nothing here, or you may not see it."


class InvalidRequest(CoverslipError):
    """A parameter or a body field cannot be used."""

    code = "invalid_request"
    default_message = "The request cannot be used as it is."

    def __init__(self, message: str | None = None, problems: Sequence[FieldProblem] = ()) -> None:
        super().__init__(message)
        self.problems = tuple(problems)


class Unauthenticated(CoverslipError):
    """Nobody is signed in."""

    code = "unauthenticated"
    default_message = "Sign in first."


class SignInRefused(CoverslipError):
    """The one-time link or the credentials are not valid (any more)."""

    code = "sign_in_refused"
    default_message = "This sign-in link was used already or has expired; start Coverslip again to get a fresh one."


class TooManyAttempts(CoverslipError):
    """Too many refused sign-ins came from one address."""

    code = "too_many_attempts"
    default_message = "Too many failed sign-ins came from this address; wait five minutes."


class Forbidden(CoverslipError):
    """The viewer may see the object but not do this."""

    code = "forbidden"
    default_message = "You may look at this but not change it."


class CsrfRefused(CoverslipError):
    """A browser request came without its CSRF token."""

    code = "csrf_refused"
    default_message = "The page is out of date; reload it and try again."


class Conflict(CoverslipError):
    """The object changed meanwhile or exists already."""

    code = "conflict"
    default_message = "Somebody changed this meanwhile; reload and try again."


class SlideChanged(CoverslipError):
    """The file behind the slide is not the one that was registered, or the version is stale."""

    code = "slide_changed"
    default_message = "The slide's file has changed since it was opened; reload the slide."


class SlideMissing(CoverslipError):
    """The file behind the slide has gone."""

    code = "slide_missing"
    default_message = "The slide's file is no longer where it was."


class SlideNotReady(CoverslipError):
    """The slide is still being registered or written."""

    code = "slide_not_ready"
    default_message = "The slide is still being registered; try again in a moment."


class TileUnreadable(CoverslipError):
    """One tile cannot be decoded; the rest of the slide may be sound."""

    code = "tile_unreadable"
    default_message = "This part of the slide cannot be read; the file may be damaged here."


class SlideSuspect(CoverslipError):
    """Stored bytes do not match their checksum."""

    code = "slide_suspect"
    default_message = "The slide's file does not match its checksum and may be damaged."


class RangeRefused(CoverslipError):
    """The byte range asked for does not exist."""

    code = "range_not_satisfiable"
    default_message = "The byte range lies outside the file."


class TooLarge(CoverslipError):
    """The answer would be larger than one answer may be."""

    code = "too_large"
    default_message = "The region asked for is too large for one answer; ask for fewer pixels."


# --- machines -------------------------------------------------------------------------------


class Busy(CoverslipError):
    """All decoders are busy and their queue is full."""

    code = "busy"
    default_message = "The server is busy; try again in a moment."


class StorageTimeout(CoverslipError):
    """Storage did not answer in time."""

    code = "storage_timeout"
    default_message = "The storage that holds this slide does not answer."


class StorageOffline(CoverslipError):
    """A whole root is unreachable."""

    code = "storage_offline"
    default_message = "The folder that holds this slide is offline."


class GrantsUnavailable(CoverslipError):
    """Permission could not be confirmed in time; never stale, never open."""

    code = "grants_unavailable"
    default_message = "Permissions cannot be checked right now; try again in a moment."


class AuditUnavailable(CoverslipError):
    """The audit trail cannot be written, so nothing may be shown."""

    code = "audit_unavailable"
    default_message = "The audit trail cannot be written, so patient data cannot be shown."


class DiskFull(CoverslipError):
    """The data folder has no space left."""

    code = "disk_full"
    default_message = "The disk that holds Coverslip's data is full."


class DatabaseUnavailable(CoverslipError):
    """The database does not answer."""

    code = "database_unavailable"
    default_message = "The database does not answer."


# --- files that cannot become slides ----------------------------------------------------------


class SlideUnreadable(CoverslipError):
    """Root of every reason for which a file is no usable slide."""

    code = "slide_unreadable"
    default_message = "The file cannot be read as a slide."


class UnsupportedFormat(SlideUnreadable):
    """No format recognises the file."""

    code = "unsupported_format"
    default_message = "No reader recognises this file as a slide."


class EmptyFile(SlideUnreadable):
    """The file has no bytes."""

    code = "empty_file"
    default_message = "The file is empty."


class NotAFile(SlideUnreadable):
    """A directory without a slide, a FIFO, a socket, a device."""

    code = "not_a_file"
    default_message = "This is not a regular file and not a slide folder."


class FileNotFound(SlideUnreadable):
    """The path does not exist."""

    code = "file_not_found"
    default_message = "There is no such file."


class PermissionRefused(SlideUnreadable):
    """The operating system does not let Coverslip read the file."""

    code = "permission_refused"
    default_message = "Coverslip has no permission to read this file."


class CorruptFile(SlideUnreadable):
    """The structure of the file contradicts itself."""

    code = "corrupt_file"
    default_message = "The file is damaged: its structure contradicts itself."


class TruncatedFile(SlideUnreadable):
    """The file ends before its contents do."""

    code = "truncated_file"
    default_message = "The file is incomplete: it ends before its contents do."


class MissingCompanion(SlideUnreadable):
    """A file or folder that belongs to the slide is absent."""

    code = "missing_companion"
    default_message = "A file or folder that belongs to this slide is missing."


class MissingAttribute(SlideUnreadable):
    """A required attribute is absent (DICOM)."""

    code = "missing_attribute"
    default_message = "The file lacks an attribute that its standard requires."


class DimensionsRefused(SlideUnreadable):
    """The file declares more pixels than any slide has."""

    code = "dimensions_refused"
    default_message = "The file declares an image larger than any slide."


class TileRefused(SlideUnreadable):
    """The file declares a tile or strip that is too large to decode safely."""

    code = "tile_refused"
    default_message = "The file declares a tile that is too large to decode safely."


class UnsupportedCompression(SlideUnreadable):
    """The pixels are compressed in a way that no decoder here knows."""

    code = "unsupported_compression"
    default_message = "The slide's pixels are compressed in a way that Coverslip cannot decode."


class BombRefused(SlideUnreadable):
    """A compressed header would unpack to far more than its size."""

    code = "bomb_refused"
    default_message = "The file would unpack to far more data than a slide header may hold."


class DecoderDied(SlideUnreadable):
    """The decoder process ended while reading the file."""

    code = "decoder_died"
    default_message = "The decoder gave up on this file; the server is not affected."


class DecoderTimeout(SlideUnreadable):
    """The decoder took longer than it may."""

    code = "decoder_timeout"
    default_message = "Reading this file took longer than allowed."


class DecoderMemory(SlideUnreadable):
    """The decoder needed more memory than it may have."""

    code = "decoder_memory"
    default_message = "Reading this file needed more memory than allowed."


# --- starting up ------------------------------------------------------------------------------


class StartRefused(CoverslipError):
    """Root of every reason for which a command does not start."""

    code = "start_refused"
    default_message = "Coverslip cannot start."


class PortTaken(StartRefused):
    """Somebody else listens there."""

    code = "port_taken"
    default_message = "The port is in use by another program."


class FolderMissing(StartRefused):
    """A folder on the command line does not exist."""

    code = "folder_missing"
    default_message = "The folder does not exist."


class DataFolderRefused(StartRefused):
    """The data folder cannot be written, or lies where SQLite is not safe."""

    code = "data_folder_refused"
    default_message = "The data folder cannot be used."


class AlreadyRunning(StartRefused):
    """One data folder, one ``serve``."""

    code = "already_running"
    default_message = "Coverslip is already running on this data folder."


class SettingRefused(StartRefused):
    """A setting has a value that cannot be used."""

    code = "setting_refused"
    default_message = "A setting has a value that cannot be used."


class SchemaNewer(StartRefused):
    """The database was written by a newer Coverslip."""

    code = "schema_newer"
    default_message = (
        "The database was written by a newer version of Coverslip; install that version or restore a backup."
    )


def rebuilt(code: str, message: str, problems: Sequence[tuple[str, str]] = ()) -> CoverslipError:
    """Make an error again from what crossed between processes or lies in a row.

    Parameters
    ----------
    code : str
        Of any class here; an unknown one gives a plain :class:`CoverslipError`.
    message : str
    problems : sequence of (pointer, detail)
        For :class:`InvalidRequest`.
    """
    pending: list[type[CoverslipError]] = [CoverslipError]
    while pending:
        cls = pending.pop(0)  # breadth first: a room's own class of the same code comes after ours
        if cls.code == code and issubclass(cls, InvalidRequest):
            return cls(message, [FieldProblem(pointer, detail) for pointer, detail in problems])
        if cls.code == code:
            return cls(message)
        pending.extend(cls.__subclasses__())
    return CoverslipError(message)
