"""One slide of a server: its facts, pixels, layers and annotations."""

import io
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, Final

import numpy as np

from coverslip.client.exchange import Exchange
from coverslip.core.client_errors import ServerRefused
from coverslip.core.errors import InvalidRequest
from coverslip.core.ids import new_id

BATCH: Final = 500
_OWN: Final = (
    "annotation_id",
    "layer_id",
    "layer",
    "object_type",
    "class",
    "name",
    "review",
    "author_name",
    "changed_at",
    "rev",
    "geometry",
)


class Slide:
    """A slide. Made by :meth:`Client.slide` and :meth:`Client.slides`."""

    def __init__(self, client: Exchange, slide_id: str, facts: dict[str, Any] | None = None) -> None:
        self._client = client
        self._facts = facts
        self.slide_id = slide_id

    def __repr__(self) -> str:
        return f"Slide({self.slide_id!r})"

    @property
    def info(self) -> dict[str, Any]:
        """What the server says of the slide: size, scale, levels, channels."""
        return dict(self._client.get(f"/slides/{self.slide_id}"))

    @property
    def name(self) -> str:
        """The slide's name."""
        if self._facts is None:
            self._facts = self.info
        return str(self._facts["name"])

    def read_region(
        self,
        x: float,
        y: float,
        width: int,
        height: int,
        *,
        mpp: float | None = None,
        objective: float | None = None,
        level: int | None = None,
        plane: int = 0,
        time: int = 0,
    ) -> Any:
        """Read a rectangle at any scale, as ``coverslip.open_slide(...).read_region`` does.

        Returns
        -------
        ndarray, shape (height, width, channels)
        """
        scale = {"mpp": mpp, "objective": objective, "level": level}
        query = {"x": x, "y": y, "width": width, "height": height, "plane": plane, "time": time, "format": "npy"}
        response = self._client.request("GET", f"/slides/{self.slide_id}/region", {**query, **scale})
        return np.load(io.BytesIO(response.content), allow_pickle=False)

    # --- layers -----------------------------------------------------------------------------------

    def layers(self) -> list[dict[str, Any]]:
        """Return the slide's layers that the token may see."""
        return list(self._client.get(f"/slides/{self.slide_id}/layers")["items"])

    def classes(self) -> list[dict[str, Any]]:
        """Return the classes that hold for the slide."""
        return list(self._client.get(f"/slides/{self.slide_id}/classes")["classes"])

    def _layer_id(self, layer: str) -> str | None:
        found = [one["layer_id"] for one in self.layers() if layer in (one["layer_id"], one["name"])]
        if len(found) > 1:
            raise InvalidRequest(f"{len(found)} layers are named {layer}; give the id of one.")
        return found[0] if found else None

    # --- annotations ------------------------------------------------------------------------------

    def annotations(self, class_: str | None = None, layer: str | None = None) -> Any:
        """Return drawn objects as a GeoDataFrame, in level-0 pixels.

        Parameters
        ----------
        class_ : str or None
            Name or id of a class.
        layer : str or None
            Name or id of a drawn layer, or of a result layer.

        Returns
        -------
        geopandas.GeoDataFrame
            Measurements and properties are columns of their own names.
        """
        import geopandas
        from shapely.geometry.base import BaseGeometry

        from coverslip.client.shapes import to_shapely

        query: dict[str, Any] = {}
        if layer is not None:
            layer_id = self._layer_id(layer)
            if layer_id is None:
                raise ServerRefused(f"There is no layer {layer} on this slide.", server_code="not_found", status=404)
            if any(one["layer_id"] == layer_id and one["kind"] == "result" for one in self.layers()):
                return self._results(layer_id, class_)
            query["layer_id"] = layer_id
        names = {one["class_id"]: one["name"] for one in self.classes()}
        if class_ is not None:
            query["class_id"] = self._class_id(class_)
        found = self._client.get(f"/slides/{self.slide_id}/annotations", **query)
        layers = {one["layer_id"]: one["name"] for one in found["layers"]}
        rows: list[dict[str, Any]] = []
        shapes: list[BaseGeometry] = []
        for one in found["annotations"]:
            own = {name: one.get(name) for name in _OWN if name in one and name != "geometry"}
            own |= {"class": names.get(one["class_id"], one["class_id"]), "layer": layers.get(one["layer_id"])}
            rows.append({**one["properties"], **one["measurements"], **own})
            shapes.append(to_shapely(one["geometry"]))
        return geopandas.GeoDataFrame(rows, geometry=shapes)

    def _results(self, layer_id: str, class_: str | None) -> Any:
        import geopandas

        path = f"/slides/{self.slide_id}/layers/{layer_id}/result/export"
        response = self._client.request("GET", path, {"format": "geoparquet"})
        frame = geopandas.read_parquet(io.BytesIO(response.content))
        return frame if class_ is None else frame[frame["class"] == class_].reset_index(drop=True)

    def add(self, frame: Any, layer: str = "Annotations") -> list[str]:
        """Draw the rows of a GeoDataFrame; return the ids of the new annotations.

        Columns ``class``, ``name`` and ``object_type`` are what they say, other numbers become measurements,
        other texts properties.

        Parameters
        ----------
        frame : geopandas.GeoDataFrame
            In level-0 pixels.
        layer : str
            Name or id of a drawn layer; made when there is none of that name.

        Raises
        ------
        ServerRefused
            The first row that was refused; those before it are drawn.
        """
        layer_id = self._layer_id(layer) or self._make_layer(layer)
        classes = self._class_ids(frame)
        ids = [new_id() for _ in range(len(frame))]
        ops = (
            _op(identity, "create", 0, {"layer_id": layer_id, **_patch(row, classes)})
            for identity, row in zip(ids, _rows(frame), strict=True)
        )
        self._send(ops)
        return ids

    def save(self, frame: Any) -> int:
        """Write changed rows of :meth:`annotations` back; return how many there were.

        What somebody else changed since is merged key by key; an outline that both changed is kept twice.
        """
        classes = self._class_ids(frame)
        now = self._now()
        ops = []
        for row in _rows(frame):
            known = now.get(row["annotation_id"])
            if known is None:
                continue
            patch = {key: value for key, value in _patch(row, classes).items() if _differs(known, key, value)}
            if patch:
                ops.append(_op(row["annotation_id"], "change", int(row["rev"]), patch))
        self._send(iter(ops))
        return len(ops)

    def remove(self, annotation_ids: Sequence[str]) -> None:
        """Put annotations into the trash."""
        now = self._now()
        self._send(_op(one, "delete", now[one]["rev"] if one in now else 0, {}) for one in annotation_ids)

    def _now(self) -> dict[str, dict[str, Any]]:
        found = self._client.get(f"/slides/{self.slide_id}/annotations")["annotations"]
        return {one["annotation_id"]: one for one in found}

    def _send(self, ops: Iterator[dict[str, Any]]) -> None:
        while batch := list(islice(ops, BATCH)):
            answer = self._client.post(f"/slides/{self.slide_id}/annotations/ops", {"ops": batch})
            for one in answer["results"]:
                if one["outcome"] == "refused":
                    raise ServerRefused(one["detail"], server_code=one["code"], status=422)

    def _make_layer(self, name: str) -> str:
        made = self._client.post(f"/slides/{self.slide_id}/layers", {"layer_id": new_id(), "name": name})
        return str(made["layer_id"])

    def _class_id(self, name: str) -> str:
        for one in self.classes():
            if name in (one["name"], one["class_id"]):
                return str(one["class_id"])
        raise InvalidRequest(f"The slide's project has no class {name}.")

    def _class_ids(self, frame: Any) -> dict[str, str]:
        wanted = {str(one) for one in frame["class"].dropna()} if "class" in frame else set()
        return {one: self._class_id(one) for one in wanted}

    # --- files and bulk ---------------------------------------------------------------------------

    def upload_layer(self, name: str, objects: Any, columns: Mapping[str, Any] | None = None, **query: Any) -> str:
        """Put any number of objects onto the slide as a result layer; return the layer's id.

        Parameters
        ----------
        name : str
        objects : geopandas.GeoDataFrame, path of a GeoParquet file, or array of shapely geometries
            Polygons, or points. A column ``class`` names classes, other columns are measurements.
        columns : mapping or None
            Beside an array of geometries: arrays of the same length.
        """
        path = f"/slides/{self.slide_id}/layers/import"
        query = {"kind": "result", "name": name, **query}
        if isinstance(objects, str | Path):
            with Path(objects).open("rb") as file:
                made = self._client.request("POST", path, query, content=file).json()
            return str(made["layer_id"])
        import geopandas

        frame = (
            objects if hasattr(objects, "to_parquet") else geopandas.GeoDataFrame(dict(columns or {}), geometry=objects)
        )
        with tempfile.TemporaryFile() as file:
            frame.to_parquet(file, index=False)
            file.seek(0)
            made = self._client.request("POST", path, query, content=file).json()
        return str(made["layer_id"])

    def import_file(self, path: str | Path, **query: Any) -> dict[str, Any]:
        """Import an annotation file of any format; ``format``, ``frame``, ``dry_run`` and ``layer_name`` as the API."""
        where = f"/slides/{self.slide_id}/annotations/import"
        with Path(path).open("rb") as file:
            said = {"file_name": Path(path).name, **query}
            return dict(self._client.request("POST", where, said, content=file).json())

    def export_file(self, path: str | Path, **query: Any) -> None:
        """Write what is drawn on the slide as a file; ``format``, ``frame`` and ``layer_id`` as the API."""
        response = self._client.request("GET", f"/slides/{self.slide_id}/annotations/export", query)
        Path(path).write_bytes(response.content)


def _rows(frame: Any) -> Iterator[dict[str, Any]]:
    names = list(frame.columns)
    for values in frame.itertuples(index=False, name=None):
        row = dict(zip(names, values, strict=True))
        row["geometry"] = row.pop(frame.geometry.name)
        yield row


def _patch(row: Mapping[str, Any], classes: Mapping[str, str]) -> dict[str, Any]:
    from coverslip.client.shapes import from_shapely

    patch: dict[str, Any] = {"geometry": from_shapely(row["geometry"])}
    for key, value in row.items():
        # Nothing but NaN differs from itself, whichever number type or time the column has.
        if value is None or value != value:  # noqa: PLR0124
            continue
        if key == "class":
            patch["class_id"] = classes[str(value)]
        elif key in ("name", "object_type", "review"):
            patch[key] = str(value)
        elif key in _OWN:
            continue
        elif isinstance(value, bool | np.bool_):
            patch[f"properties.{key}"] = bool(value)
        elif isinstance(value, int | float | np.number):
            patch[f"measurements.{key}"] = float(value)
        else:
            patch[f"properties.{key}"] = value if isinstance(value, str | list | dict) else str(value)
    return patch


def _differs(known: Mapping[str, Any], key: str, value: Any) -> bool:
    if key == "geometry":
        from coverslip.client.shapes import to_shapely

        before, after = to_shapely(known["geometry"]), to_shapely(value)
        return not before.equals_exact(after, 1 / 512)
    group, dot, name = key.partition(".")
    return bool((known[group].get(name) if dot else known[key]) != value)


def _op(target: str, kind: str, base_rev: int, patch: dict[str, Any]) -> dict[str, Any]:
    return {
        "op_id": new_id(),
        "entity": "annotation",
        "target": target,
        "kind": kind,
        "base_rev": base_rev,
        "patch": patch,
    }
