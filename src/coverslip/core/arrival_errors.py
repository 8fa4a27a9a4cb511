"""Errors of bringing slides in: one class per stable code, as in ``core.errors``.

Each message is one plain sentence that says what to do next where there is something to do.
"""

from coverslip.core.errors import Conflict, CoverslipError, SlideUnreadable


class NameRefused(CoverslipError):
    """The name of an uploaded or packed file cannot be kept."""

    code = "name_refused"
    default_message = "The name of this file cannot be used here; rename it and try again."


class ArchiveRefused(CoverslipError):
    """An archive holds something that is not unpacked here."""

    code = "archive_refused"
    default_message = "This archive cannot be unpacked safely."


class DuplicateSlide(Conflict):
    """The same bytes are in the catalogue already."""

    code = "duplicate_slide"
    default_message = "This slide is here already, byte for byte; it was not registered a second time."


class UploadMoved(Conflict):
    """A chunk does not begin where the upload ends."""

    code = "upload_offset"
    default_message = "The upload goes on at another place; ask for its offset and send from there."


class UploadLocked(CoverslipError):
    """Another request writes to this upload."""

    code = "upload_locked"
    default_message = "Another request is still writing to this upload; try again in a moment."


class ChecksumMismatch(CoverslipError):
    """What arrived is not what was sent."""

    code = "checksum_mismatch"
    default_message = "The bytes that arrived are not those that were sent; send them again."


class UploadTooLarge(CoverslipError):
    """More bytes than were announced, or a chunk that is too large to be checked."""

    code = "upload_too_large"
    default_message = "The upload holds more bytes than were announced."


class TooManyUploads(CoverslipError):
    """One person has too many unfinished uploads."""

    code = "too_many_uploads"
    default_message = "There are too many unfinished uploads; finish or cancel some first."


class TusVersionRefused(CoverslipError):
    """The client speaks another version of the protocol."""

    code = "tus_version_refused"
    default_message = "This server speaks version 1.0.0 of the tus upload protocol."


class UploadExpired(SlideUnreadable):
    """The bytes of a failed or unfinished upload were deleted after a day."""

    code = "upload_expired"
    default_message = "The upload was not finished within a day and was deleted; upload the slide again."
