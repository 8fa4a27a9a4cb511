"""The audit trail as audit messages of DICOM PS3.15 A.5, which other systems collect.

Each record is one ``AuditMessage``. A file of many needs one root, which the standard does not
name: ``AuditMessages``.
"""

import base64
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final
from xml.sax.saxutils import escape, quoteattr

from coverslip.features.operations.actions import (
    ACTION_CODES,
    EVENT_TYPES,
    KIND_TYPES,
    Code,
    Kind,
    event_id_of,
    kind_of,
)

SCHEME: Final = "99COVERSLIP"
"""Our own codes; DICOM reserves designators that begin with 99 for that."""

_OUTCOMES: Final[Mapping[str, str]] = {"done": "0", "denied": "4", "failed": "8"}
_TYPES: Final[Mapping[str, tuple[str, str]]] = {
    "slide": ("2", "3"),
    "case": ("2", "3"),
    "project": ("2", "3"),
    "person": ("1", "11"),
    "group": ("1", "11"),
    "session": ("2", "12"),
    "token": ("2", "12"),
    "share": ("2", "12"),
}
"""Type and role of what it happened to: a report, a user, a credential; anything else is a resource."""
_RESOURCE: Final = ("2", "4")
_FORBIDDEN: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def audit_messages(pages: Iterable[list[dict[str, Any]]]) -> Iterator[bytes]:
    """Yield records as one XML document."""
    yield b'<?xml version="1.0" encoding="UTF-8"?>\n<AuditMessages>\n'
    for page in pages:
        yield "".join(audit_message(one) for one in page).encode()
    yield b"</AuditMessages>\n"


def audit_message(record: Mapping[str, Any]) -> str:
    """Return one record as an ``AuditMessage``."""
    action, kind = record["action"], kind_of(record["action"]) or Kind.CHANGE
    types = [one for one in (EVENT_TYPES.get(action) or KIND_TYPES.get(kind),) if one is not None]
    event = _attributes(
        EventActionCode=ACTION_CODES[kind],
        EventDateTime=record["at"],
        EventOutcomeIndicator=_OUTCOMES.get(record["outcome"], "8"),
    )
    lines = [
        "<AuditMessage>",
        f"<EventIdentification{event}>",
        _coded("EventID", event_id_of(action)),
        *(_coded("EventTypeCode", one) for one in types),
        _own("EventTypeCode", action),
        "</EventIdentification>",
        *_participant(record),
        '<AuditSourceIdentification AuditSourceID="coverslip"/>',
        *_object(record),
        "</AuditMessage>",
    ]
    return "\n".join(lines) + "\n"


def _participant(record: Mapping[str, Any]) -> list[str]:
    credential = record["token_id"] or record["share_id"] or record["session_id"]
    values = {
        "UserID": record["principal"] or ("unknown" if record["address"] else "coverslip"),
        "AlternativeUserID": credential,
        "UserName": record["person"],
        "UserIsRequestor": "true",
        "NetworkAccessPointID": record["address"],
        "NetworkAccessPointTypeCode": "2" if record["address"] else None,
    }
    return [f"<ActiveParticipant{_attributes(**values)}/>"]


def _object(record: Mapping[str, Any]) -> list[str]:
    kind, object_id = record["object_kind"] or "record", record["object_id"] or f"audit:{record['no']}"
    type_code, role = _TYPES.get(kind, _RESOURCE)
    opening = _attributes(
        ParticipantObjectID=object_id, ParticipantObjectTypeCode=type_code, ParticipantObjectTypeCodeRole=role
    )
    details = {"no": str(record["no"]), "hash": record["hash"], "prev_hash": record["prev_hash"]}
    if record["detail"]:
        details["detail"] = json.dumps(record["detail"], sort_keys=True, ensure_ascii=False)
    if record["share_id"]:
        details["share_id"] = record["share_id"]
    return [
        f"<ParticipantObjectIdentification{opening}>",
        _own("ParticipantObjectIDTypeCode", kind),
        f"<ParticipantObjectName>{escape(_clean(f'{kind} {object_id}'))}</ParticipantObjectName>",
        *(f"<ParticipantObjectDetail{_attributes(type=name, value=_base64(text))}/>" for name, text in details.items()),
        "</ParticipantObjectIdentification>",
    ]


def _coded(name: str, code: Code) -> str:
    values = {"csd-code": code.value, "codeSystemName": "DCM", "originalText": code.meaning}
    return f"<{name}{_attributes(**values)}/>"


def _own(name: str, word: str) -> str:
    values = {"csd-code": word, "codeSystemName": SCHEME, "originalText": word}
    return f"<{name}{_attributes(**values)}/>"


def _attributes(**values: str | None) -> str:
    return "".join(f" {name}={quoteattr(_clean(value))}" for name, value in values.items() if value is not None)


def _clean(text: str) -> str:
    """Leave out what XML cannot say at all."""
    return _FORBIDDEN.sub("\ufffd", text)


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()
