"""What is known of a slide when it arrives besides its pixels: case, fields, and what rules say.

The catalogue itself reads the name of a new slide by its project's pattern; here is what somebody
asked for, and what the rule of a folder says.
"""

import logging
from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy.orm import Session

from coverslip.core.errors import InvalidRequest
from coverslip.features import slides
from coverslip.features.identity import SYSTEM, Viewer
from coverslip.features.imports.arrivals import Target
from coverslip.features.imports.pipeline import Seen
from coverslip.features.slides import Reason

logger = logging.getLogger(__name__)

_TYPED: Final = ("part", "block", "stain", "stain_kind", "label_text")


def check_pattern(pattern: str) -> None:
    """Refuse a naming pattern that cannot be read.

    Raises
    ------
    InvalidRequest
    """
    slides.parse_name(pattern, "name.svs")


def set_wanted(session: Session, slide_id: str, project_id: str, wanted: Target, *, by: Viewer = SYSTEM) -> None:
    """Give a slide the case and fields that somebody asked for.

    Raises
    ------
    InvalidRequest
        A value does not keep the project's schema.
    """
    values = _values(wanted.fields)
    if wanted.case is not None:
        values["case_id"] = slides.ensure_case(session, project_id, wanted.case, by=by)
    if values:
        slides.set_fields(session, slide_id, values, by=by, only_empty=False)


def from_folder(
    session: Session, slide_id: str, project_id: str, seen: Seen, wanted: Target, pattern: str | None, stain: str | None
) -> Reason | None:
    """Give a slide of a served folder what its folder's rule says, then what somebody asked for it.

    A value that the project's schema refuses costs the value, never the slide; the reason is returned.
    """
    try:
        read = (pattern and slides.parse_name(pattern, seen.unit.path)) or {}
        values = _values({key: text for key, text in read.items() if key not in ("case", "label")})
        if "label" in read:
            values["label_text"] = read["label"]
        if read.get("case"):
            values["case_id"] = slides.ensure_case(session, project_id, read["case"])
        if stain is not None and "stain" not in values:
            values["stain"] = stain
        if values:
            slides.set_fields(session, slide_id, values, by=SYSTEM, only_empty=True)
        set_wanted(session, slide_id, project_id, wanted)
    except InvalidRequest as error:
        logger.info("what was known of a new slide was not kept: %s", error.code)
        return Reason(code=error.code, message=error.message)
    return None


def _values(given: Mapping[str, Any]) -> dict[str, Any]:
    values: dict[str, Any] = {key: str(value) for key, value in given.items() if key in _TYPED and value is not None}
    free = {key: value for key, value in given.items() if key not in _TYPED}
    return {**values, "fields": free} if free else values
