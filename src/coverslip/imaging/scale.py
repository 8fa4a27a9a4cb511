"""From what people ask for (µm per pixel, objective, level) to level-0 pixels per pixel."""

from coverslip.core.errors import FieldProblem, InvalidRequest
from coverslip.imaging.pyramid import Scale, level_scales
from coverslip.ports.format import SlideInfo

SNAP_TO_NATIVE = 0.10
UM_PX_AT_1X = 10.0
"""1x shows 10 µm per pixel, so that 20x shows 0.5 and 40x 0.25."""


def native_objective(info: SlideInfo) -> float | None:
    """Return the magnification at which one level-0 pixel is one pixel of the answer.

    The nominal one where the pixel size agrees with it within 10 %, else 10 divided by the pixel size.
    """
    if info.mpp_x is None:
        return info.objective
    derived = UM_PX_AT_1X / info.mpp_x
    if info.objective is not None and abs(derived / info.objective - 1) <= SNAP_TO_NATIVE:
        return info.objective
    return derived


def scale_for(
    info: SlideInfo,
    *,
    mpp: float | None = None,
    objective: float | None = None,
    downsample: float | None = None,
    level: int | None = None,
) -> Scale:
    """Return the scale that is asked for; level 0 when nothing is.

    Parameters
    ----------
    info : SlideInfo
    mpp : float or None
        Micrometres per pixel of the answer.
    objective : float or None
        20 means 0.5 µm per pixel; snaps to level 0 within 10 % of the scan's own.
    downsample : float or None
        Level-0 pixels per pixel of the answer.
    level : int or None
        A stored level, 0 the finest.

    Raises
    ------
    InvalidRequest
        More than one is given, a value is out of range, or the file does not state its scale.
    """
    asked = {"mpp": mpp, "objective": objective, "downsample": downsample, "level": level}
    given = [name for name, value in asked.items() if value is not None]
    if len(given) > 1:
        raise _refused(given[1], f"Give {given[0]} or {given[1]}, not both.")
    for name in given:
        value = asked[name]
        if name != "level" and not (value is not None and 0 < value < 1e9):
            raise _refused(name, "Write a number above 0.")
    if level is not None:
        if not 0 <= level < len(info.levels):
            raise _refused("level", f"Write a level from 0 to {len(info.levels) - 1}.")
        return level_scales(info)[level]
    if mpp is not None:
        if info.mpp_x is None or info.mpp_y is None:
            raise _refused("mpp", "This slide does not state its pixel size.")
        return Scale(mpp / info.mpp_x, mpp / info.mpp_y)
    if objective is not None:
        native = native_objective(info)
        if native is None:
            raise _refused("objective", "This slide states neither its objective nor its pixel size.")
        ratio = native / objective
        ratio = 1.0 if abs(ratio - 1) <= SNAP_TO_NATIVE else ratio
        return Scale(ratio, ratio)
    return Scale(downsample or 1.0, downsample or 1.0)


def _refused(name: str, detail: str) -> InvalidRequest:
    return InvalidRequest(detail, [FieldProblem(f"/{name}", detail)])
