"""Errors of result layers and overlays: one class per stable code, as in ``core.errors``."""

from coverslip.core.errors import Conflict, CoverslipError, InvalidRequest


class ObjectsRefused(InvalidRequest):
    """The objects of a layer cannot be kept as they are."""

    code = "objects_refused"
    default_message = "The objects of this layer cannot be kept as they are."


class LayerUnreadable(CoverslipError):
    """The file of a result layer is damaged or gone."""

    code = "layer_unreadable"
    default_message = "The objects of this layer cannot be read; restore the layer from a backup or upload it again."


class NoSuchColumn(InvalidRequest):
    """A layer has no measurement of this name."""

    code = "no_such_column"
    default_message = "The layer has no measurement of this name."


class LayerChanged(Conflict):
    """The address names an earlier state of a layer."""

    code = "layer_changed"
    default_message = "The layer has changed meanwhile; reload it."


class OverlayRefused(InvalidRequest):
    """A picture cannot be laid over a slide."""

    code = "overlay_refused"
    default_message = "This picture cannot be laid over the slide."
