"""OME-Zarr 0.5 (Zarr 3) as one zip file whose root is the image group; chunks are zstd, never lossy."""

import json
import zipfile
from typing import Any, BinaryIO, Final

from coverslip.imaging.writers.plan import OutLevel, Plan
from coverslip.imaging.writers.source import TileSource, batches
from coverslip.imaging.writers.tiles import ZSTD_LEVEL

_TIME: Final = (1980, 1, 1, 0, 0, 0)
_AXES: Final = ("t", "c", "z", "y", "x")


def write_ome_zarr(target: BinaryIO, plan: Plan, source: TileSource) -> None:
    """Write an export; the metadata comes first, so that a reader of the stream knows what follows.

    Parameters
    ----------
    target : binary file
        Empty; can seek.
    plan : Plan
        Of :func:`coverslip.imaging.writers.plan.for_zarr`.
    source : TileSource
    """
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED, allowZip64=True) as archive:
        _add(archive, "zarr.json", _json({"zarr_format": 3, "node_type": "group", "attributes": {"ome": _ome(plan)}}))
        for number, level in enumerate(plan.levels):
            _add(archive, f"{number}/zarr.json", _json(_array(plan, level)))
        for number in range(len(plan.levels)):
            for plane in plan.about.planes:
                for batch in batches(plan, number, plane):
                    for (_, t, z, c, col, row), data in zip(batch, source.made(plan, "zarr", batch), strict=True):
                        _add(archive, f"{number}/c/{t}/{c}/{z}/{row}/{col}", data)
                    source.progress(len(batch))


def _add(archive: zipfile.ZipFile, name: str, data: bytes) -> None:
    archive.writestr(zipfile.ZipInfo(name, _TIME), data)


def _json(document: dict[str, Any]) -> bytes:
    return json.dumps(document, indent=1).encode()


def _shape(plan: Plan, level: OutLevel) -> list[int]:
    about = plan.about
    return [about.t_count, len(about.channels), about.z_count, level.height, level.width]


def _array(plan: Plan, level: OutLevel) -> dict[str, Any]:
    zero: Any = False if plan.about.dtype == "bool" else 0
    return {
        "zarr_format": 3,
        "node_type": "array",
        "shape": _shape(plan, level),
        "data_type": plan.about.dtype,
        "chunk_grid": {
            "name": "regular",
            "configuration": {"chunk_shape": [1, plan.about.samples, 1, level.tile_height, level.tile_width]},
        },
        "chunk_key_encoding": {"name": "default", "configuration": {"separator": "/"}},
        "fill_value": zero,
        "codecs": [
            {"name": "bytes", "configuration": {"endian": "little"}},
            {"name": "zstd", "configuration": {"level": ZSTD_LEVEL, "checksum": False}},
        ],
        "dimension_names": list(_AXES),
        "attributes": {},
    }


def _ome(plan: Plan) -> dict[str, Any]:
    about = plan.about
    space = {"type": "space", "unit": "micrometer"} if about.mpp_x else {"type": "space"}
    axes = [
        {"name": "t", "type": "time"},
        {"name": "c", "type": "channel"},
        {"name": "z", **space},
        {"name": "y", **space},
        {"name": "x", **space},
    ]
    image: dict[str, Any] = {"axes": axes, "datasets": [_dataset(plan, number) for number in range(len(plan.levels))]}
    if about.name is not None:
        image["name"] = about.name
    top = 1 if about.dtype.startswith("float") else 255 if about.dtype in ("uint8", "int8", "bool") else 65_535
    channels = [
        {
            "label": channel.name,
            "color": channel.colour.lstrip("#").upper(),
            "active": True,
            "window": {"min": 0, "max": top, "start": 0, "end": top},
        }
        for channel in about.channels
    ]
    return {"version": "0.5", "multiscales": [image], "omero": {"channels": channels}}


def _dataset(plan: Plan, number: int) -> dict[str, Any]:
    about, level, first = plan.about, plan.levels[number], plan.levels[0]
    down = (about.mpp_y or 1.0) * level.downsample_y / first.downsample_y
    across = (about.mpp_x or 1.0) * level.downsample_x / first.downsample_x
    scale = [1.0, 1.0, about.z_spacing_um or 1.0, down, across]
    return {"path": str(number), "coordinateTransformations": [{"type": "scale", "scale": scale}]}
