"""Errors of what people draw and write on slides: one class per stable code, as in ``core.errors``.

An operation among several is refused by itself: its result carries the code and the sentence of one of these.
"""

from coverslip.core.errors import Conflict, Forbidden, InvalidRequest, NotFound


class OpIdReused(Conflict):
    """An operation's id was used for another operation before."""

    code = "op_id_reused"
    default_message = "This operation's id was used for another operation before; give each its own."


class IdTaken(Conflict):
    """There is an object of this id on the slide."""

    code = "id_taken"
    default_message = "There is something with this id on the slide already."


class UndoConflict(Conflict):
    """What an undo touches has changed since."""

    code = "undo_conflict"
    default_message = "This has been changed since; look at its history before you undo it."


class Locked(Conflict):
    """The object or its layer is locked."""

    code = "locked"
    default_message = "This is locked; unlock it first."


class NotYours(Forbidden):
    """Somebody else drew or wrote this."""

    code = "not_yours"
    default_message = "Somebody else made this; changing it needs the right to edit the slide."


class LayerUnknown(NotFound):
    """The layer is absent, on another slide, private to somebody else or deleted."""

    code = "layer_unknown"
    default_message = "There is no such layer on this slide, or you may not see it."


class ParentUnknown(InvalidRequest):
    """The parent is absent, on another slide, or below the object itself."""

    code = "parent_unknown"
    default_message = "The object that this one belongs to is not on the slide, or lies below it."


class ClassUnknown(InvalidRequest):
    """The class is not in the list of the slide's project."""

    code = "class_unknown"
    default_message = "There is no such class in the project's list."


class PatchRefused(InvalidRequest):
    """A key or a value of an operation cannot be used."""

    code = "patch_refused"
    default_message = "The operation holds a key or a value that cannot be used."


class GeometryRefused(InvalidRequest):
    """The geometry has not the form that its kind asks for."""

    code = "geometry_refused"
    default_message = "The geometry is not of a known kind, or lacks what its kind needs."


class GeometryNotFinite(GeometryRefused):
    """A coordinate is no number, infinite or absurdly far away."""

    code = "geometry_not_finite"
    default_message = "A coordinate is not a finite number, or lies further away than any slide reaches."


class GeometryEmpty(GeometryRefused):
    """The geometry has no extent."""

    code = "geometry_empty"
    default_message = "The geometry has no length or area."


class GeometryCrossesItself(GeometryRefused):
    """The outline of an area crosses itself, or a hole lies outside of it."""

    code = "geometry_crosses_itself"
    default_message = "The outline crosses itself, or a hole lies outside of it."


class GeometryOutside(GeometryRefused):
    """Nothing of the geometry lies on the slide."""

    code = "geometry_outside"
    default_message = "The geometry lies wholly outside of the slide."


class TooManyVertices(GeometryRefused):
    """One object, or one request, has too many vertices."""

    code = "too_many_vertices"
    default_message = "The geometry has too many vertices: 100,000 in one object, 1,000,000 in one request."


class ClassListRefused(InvalidRequest):
    """The list of classes cannot be used."""

    code = "class_list_refused"
    default_message = "The list of classes cannot be used as it is."


class RevisionPassed(Conflict):
    """Somebody else changed this meanwhile."""

    code = "revision_passed"
    default_message = "Somebody else has changed this meanwhile; read it again."
