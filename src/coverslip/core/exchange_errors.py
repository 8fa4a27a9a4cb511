"""Errors of annotation files coming in and going out: one class per stable code, as in ``core.errors``."""

from coverslip.core.errors import Conflict, InvalidRequest, TooLarge


class AnnotationFileRefused(InvalidRequest):
    """A file is not what it says, or not what its format says."""

    code = "annotation_file_refused"
    default_message = "This annotation file cannot be read; nothing was stored."


class AnnotationFormatUnknown(InvalidRequest):
    """No format is recognised, or none of that name is known."""

    code = "annotation_format_unknown"
    default_message = "This is no annotation file of a format that Coverslip knows."


class AnnotationFileTooLarge(TooLarge):
    """A file, or what it unpacks to, is larger than what is read at once."""

    code = "annotation_file_too_large"
    default_message = "This annotation file is larger than what is read at once; split it."


class SlideSizeNeeded(Conflict):
    """Coordinates are fractions of a slide whose size or scale is not known yet."""

    code = "slide_size_needed"
    default_message = "The positions in this file are fractions of the slide, whose size is not known yet."
