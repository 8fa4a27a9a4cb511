"""Classes that files name: found in the project's list by name, added to it by who may change it."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from sqlalchemy.orm import Session

from coverslip.core.errors import NotFound
from coverslip.core.ids import new_id
from coverslip.features.access import Action, may
from coverslip.features.annotations.classes import classes_of_slide, put_classes
from coverslip.features.annotations.schemas_classes import MOST_CLASSES, ClassEntry, ClassesIn
from coverslip.features.identity import Viewer
from coverslip.features.slides import place_of, project_scope

COLOURS: Final = ("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#f0e442", "#7f7f7f")
"""Okabe and Ito's palette, for classes that come without a colour."""


@dataclass(frozen=True, slots=True)
class ClassNames:
    """The classes of a file.

    Attributes
    ----------
    ids : mapping
        Which class of the list each name is.
    new : mapping
        Names that the list lacks, with their colours.
    slide_id : str
    """

    slide_id: str
    ids: Mapping[str, str]
    new: Mapping[str, str | None] = field(default_factory=dict)

    def added(self, session: Session, viewer: Viewer) -> "ClassNames":
        """Add the new classes to the list of the slide's project, if the viewer may change it; else leave them."""
        if not self.new:
            return self
        project_id = place_of(session, viewer, self.slide_id).project_id
        if not _manages(session, viewer, project_id):
            return self
        known = classes_of_slide(session, viewer, self.slide_id)
        room = MOST_CLASSES - len(known.classes)
        taken = {one.class_id for one in known.classes}
        fresh: dict[str, str] = {}
        entries = list(known.classes)
        for number, (name, colour) in enumerate(list(self.new.items())[:room]):
            class_id = _slug(name, taken)
            taken.add(class_id)
            shown = colour or COLOURS[number % len(COLOURS)]
            entries.append(ClassEntry(class_id=class_id, name=name[:200], colour=shown))
            fresh[name] = class_id
        own = known.project_id == project_id
        put_classes(session, viewer, project_id, ClassesIn(classes=entries, rev=known.rev if own else 0))
        return replace(self, ids={**self.ids, **fresh})


def name_classes(session: Session, viewer: Viewer, slide_id: str, found: Sequence[Mapping[str, Any]]) -> ClassNames:
    """Return which classes of a slide's list a file means; names compare without case and outer blanks."""
    listed = classes_of_slide(session, viewer, slide_id).classes
    by_name: dict[str, str] = {}
    for one in listed:
        by_name.setdefault(_key(one.name), one.class_id)
        by_name.setdefault(_key(one.class_id), one.class_id)
    ids = {one["name"]: by_name[_key(one["name"])] for one in found if _key(one["name"]) in by_name}
    return ClassNames(slide_id, ids, {one["name"]: one["colour"] for one in found if one["name"] not in ids})


def _manages(session: Session, viewer: Viewer, project_id: str) -> bool:
    try:
        return may(session, viewer, Action.MANAGE, project_scope(session, viewer, project_id))
    except NotFound:  # who was let onto the slide only
        return False


def _key(name: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())


def _slug(name: str, taken: set[str]) -> str:
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:40] or "class"
    return slug if slug not in taken else f"{slug}-{new_id()[-8:]}"
