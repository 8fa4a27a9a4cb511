"""What the actions on the audit trail mean: their kind for people who search, their codes for DICOM.

An action is ``what.happened``; most say by their first word what they are about. A new one that fits
none of the rows below fails a test.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Kind(StrEnum):
    """What somebody who searches the trail asks for."""

    SIGN_IN = "sign_in"
    VIEW = "view"
    SEARCH = "search"
    EXPORT = "export"
    CHANGE = "change"
    DELETION = "deletion"
    ARRIVAL = "arrival"
    PERMISSION = "permission"
    SETTING = "setting"
    REFUSAL = "refusal"
    AUDIT = "audit"


KINDS: Final[Mapping[Kind, Sequence[str]]] = {
    Kind.SIGN_IN: ("session.",),
    Kind.VIEW: ("slide.viewed",),
    Kind.SEARCH: ("slides.listed", "trash.listed", "attachments.listed", "arrivals.listed"),
    Kind.EXPORT: ("slides.exported", "attachment.downloaded", "export."),
    Kind.DELETION: (
        "slide.deleted", "case.deleted", "project.deleted", "attachment.deleted", "layer.deleted", "board.deleted",
    ),
    Kind.ARRIVAL: ("slide.registered", "slide.hashed", "arrival.", "upload."),
    Kind.PERMISSION: (
        "access.", "person.", "group.", "member.", "token.", "one_time_token.", "share.", "invitation.", "link.",
        "passkey.", "password.", "recovery_codes.", "registration.", "reset.", "second_factor.", "totp.",
    ),
    Kind.SETTING: (
        "settings.", "server.", "project.set_up", "classes.set", "rule.", "root.", "terms.", "policy.", "provider.",
    ),
    Kind.REFUSAL: ("request.",),
    Kind.AUDIT: ("audit.",),
    Kind.CHANGE: (
        "slide.", "case.", "project.", "attachment.", "view.", "bookmark.", "alignment.", "preset.", "display.",
        "slides.", "stain.", "metadata.", "annotations.", "layer.", "board.",
    ),
}  # fmt: skip
"""Actions, or how they begin (with a dot at the end). The first row that fits counts."""

HOURLY: Final = ("slide.viewed", "slides.listed", "trash.listed", "attachments.listed", "arrivals.listed")
"""Their record stands for the whole clock hour in which it was made."""

SEEING: Final = (
    "slide.viewed",
    "slides.listed",
    "slides.exported",
    "attachments.listed",
    "attachment.downloaded",
    "export.requested",
)
"""Whoever did this to a slide or case saw it."""


@dataclass(frozen=True, slots=True)
class Code:
    """A code of DICOM PS3.16 with its meaning."""

    value: str
    meaning: str


_INSTANCES_ACCESSED: Final = Code("110103", "DICOM Instances Accessed")
_SECURITY_ALERT: Final = Code("110113", "Security Alert")

EVENT_IDS: Final[Mapping[Kind, Code]] = {
    Kind.SIGN_IN: Code("110114", "User Authentication"),
    Kind.VIEW: _INSTANCES_ACCESSED,
    Kind.SEARCH: Code("110112", "Query"),
    Kind.EXPORT: Code("110106", "Export"),
    Kind.CHANGE: _INSTANCES_ACCESSED,
    Kind.DELETION: Code("110105", "DICOM Study Deleted"),
    Kind.ARRIVAL: Code("110107", "Import"),
    Kind.PERMISSION: _SECURITY_ALERT,
    Kind.SETTING: _SECURITY_ALERT,
    Kind.REFUSAL: _SECURITY_ALERT,
    Kind.AUDIT: Code("110101", "Audit Log Used"),
}
EVENT_TYPES: Final[Mapping[str, Code]] = {
    "session.start": Code("110122", "Login"),
    "session.end": Code("110123", "Logout"),
    "session.expire": Code("110123", "Logout"),
    "server.started": Code("110120", "Application Start"),
}
KIND_TYPES: Final[Mapping[Kind, Code]] = {
    Kind.PERMISSION: Code("110136", "Security Roles Changed"),
    Kind.SETTING: Code("110131", "Software Configuration"),
    Kind.REFUSAL: Code("110132", "Use of Restricted Function"),
}
ACTION_CODES: Final[Mapping[Kind, str]] = {
    Kind.SIGN_IN: "E",
    Kind.VIEW: "R",
    Kind.SEARCH: "E",
    Kind.EXPORT: "R",
    Kind.CHANGE: "U",
    Kind.DELETION: "D",
    Kind.ARRIVAL: "C",
    Kind.PERMISSION: "U",
    Kind.SETTING: "U",
    Kind.REFUSAL: "E",
    Kind.AUDIT: "R",
}


def kind_of(action: str) -> Kind | None:
    """Return what an action is, None for one that nobody has put into the table."""
    for kind, names in KINDS.items():
        if any(_fits(action, name) for name in names):
            return kind
    return None


def event_id_of(action: str) -> Code:
    """Return the DICOM event of an action."""
    if action == "server.started":
        return Code("110100", "Application Activity")
    return EVENT_IDS[kind_of(action) or Kind.CHANGE]


def _fits(action: str, name: str) -> bool:
    return action.startswith(name) if name.endswith(".") else action == name
