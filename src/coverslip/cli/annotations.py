"""What ``coverslip annotations import``, ``export`` and ``tiles`` do."""

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from coverslip.core.errors import CoverslipError, FolderMissing, InvalidRequest, NotFound

if TYPE_CHECKING:
    from coverslip.features.annotations import ImportOut
    from coverslip.features.identity import Viewer
    from coverslip.infra.runtime import Runtime

_SHOWN = 200


def bring(options: argparse.Namespace) -> int:
    """Import files; one that cannot be read is told and stops none of the others."""
    from coverslip.app import command_runtime
    from coverslip.features.annotations import Asked, import_file

    files = list(_files([Path(one).absolute() for one in options.paths]))
    failed = objects = 0
    with command_runtime(_settings(options)) as runtime:
        viewer = _viewer(runtime)
        known = _slides(runtime, viewer, options)
        for path in files:
            asked = Asked(
                path.name,
                options.format,
                options.frame or "",
                options.dry_run,
                visibility="private" if options.private else "project",
            )
            try:
                slide_id = known[0][0] if options.slide else _matched(known, path)
                found = import_file(runtime, viewer, slide_id, path, asked)
            except CoverslipError as error:
                failed += 1
                print(f"{path}: {error.message} [{error.code}]", file=sys.stderr)
                continue
            objects += sum(one.count for one in found.goes)
            print(f"{path}: {_told(found)}")
    ending = "would be imported. Nothing was changed." if options.dry_run else "imported."
    print(f"{objects} objects of {len(files) - failed} files {ending}" + (f" {failed} files failed." if failed else ""))
    return 1 if failed else 0


def give(options: argparse.Namespace) -> int:
    """Write a file for every slide that anything is drawn on."""
    from coverslip.app import command_runtime
    from coverslip.features.annotations import export_slide

    target = Path(options.target).absolute()
    target.mkdir(parents=True, exist_ok=True)
    written = 0
    with command_runtime(_settings(options)) as runtime:
        viewer = _viewer(runtime)
        for slide_id, _, _ in _slides(runtime, viewer, options):
            with runtime.db.read() as session:
                found = export_slide(session, runtime, viewer, slide_id, options.format, frame=options.frame)
            if not found.items:
                continue
            path = _free(target / found.file_name.replace("/", "-"))
            with path.open("wb") as file:
                file.writelines(found.pieces())
            written += 1
            lost = "; ".join(f"{one['count']} {one['what']}" for one in found.report.plain()["lost"])
            print(f"{path}: {found.report.objects} objects" + (f" (not carried: {lost})" if lost else ""))
    print(f"{written} files written.")
    return 0


def tiles(options: argparse.Namespace) -> int:
    """Cut training tiles."""
    from coverslip.app import command_runtime
    from coverslip.features.annotations import TileWish, cut_tiles

    wish = TileWish(
        mpp=options.mpp,
        size=options.size,
        overlap=options.overlap,
        masks=options.masks,
        classes=_classes(options.classes or ()),
        only_named=options.only_named,
        least_cover=options.cover,
        split=_shares(options.split),
        seed=options.seed,
    )
    wish.check()
    with command_runtime(_settings(options)) as runtime:
        viewer = _viewer(runtime)
        slide_ids = [slide_id for slide_id, _, _ in _slides(runtime, viewer, options)]
        count = cut_tiles(runtime, viewer, slide_ids, Path(options.target).absolute(), wish, print)
    print(f"{count} tiles written.")
    return 0


def _settings(options: argparse.Namespace) -> Any:
    from coverslip.settings import read_settings

    return read_settings(data=options.data)


def _viewer(runtime: "Runtime") -> "Viewer":
    from coverslip.features import identity

    with runtime.db.transaction() as session:
        identity.ensure_administrator(session)
        return identity.local_administrator(session)


def _slides(runtime: "Runtime", viewer: "Viewer", options: argparse.Namespace) -> list[tuple[str, str, str]]:
    """Return id, name and file name of the slides that are meant."""
    from coverslip.features import slides

    wanted = [options.slide] if isinstance(options.slide, str) else (options.slide or [])
    with runtime.db.read() as session:
        project_id = None
        if options.project:
            found = [one for kind, one in slides.named_things(session, options.project) if kind == "project"]
            if not found:
                raise NotFound(f"There is no project {options.project}.")
            project_id = found[0]
        if wanted:
            ids = []
            for name in wanted:
                named = [one for kind, one in slides.named_things(session, name) if kind == "slide"]
                if len(named) != 1:
                    how = "no slide" if not named else f"{len(named)} slides"
                    raise NotFound(f"There is {how} named {name}; give its id.")
                ids += named
            refs = [slides.locate(session, viewer, one, runtime.settings.index_folder) for one in ids]
            return [(ref.slide_id, ref.name, Path(ref.files[0]).name if ref.files else "") for ref in refs]
        listed: list[tuple[str, str, str]] = []
        cursor: str | None = None
        while True:
            query = slides.ListQuery(project_id=project_id)
            page = slides.list_slides(session, viewer, query, _SHOWN, cursor)
            listed += [(one.slide_id, one.name, one.name) for one in page.items]
            cursor = page.next_cursor
            if cursor is None:
                return listed


def _matched(known: Sequence[tuple[str, str, str]], path: Path) -> str:
    """Return the slide that a file is named after: ``a.svs.geojson``, ``a.geojson`` and ``a.xml`` are about ``a.svs``."""
    file_name = path.name.lower()
    stem = file_name.partition(".")[0]
    for match in (
        [
            one
            for one in known
            if file_name.startswith(f"{one[1].lower()}.") or file_name.startswith(f"{one[2].lower()}.")
        ],
        [one for one in known if stem in (one[1].lower().partition(".")[0], one[2].lower().partition(".")[0])],
    ):
        if len(match) == 1:
            return match[0][0]
        if match:
            raise NotFound(f"{len(match)} slides are named as this file; say which with --slide.")
    raise NotFound("No slide is named as this file; say which with --slide.")


def _files(paths: Sequence[Path]) -> Iterator[Path]:
    from coverslip.features.annotations import SUFFIXES

    for path in paths:
        if path.is_dir():
            yield from sorted(one for one in path.rglob("*") if one.name.lower().endswith(SUFFIXES) and one.is_file())
        elif path.is_file():
            yield path
        else:
            raise FolderMissing(f"There is no {path}.")


def _free(path: Path) -> Path:
    """Return a path that is free: two slides of a name do not write over each other."""
    number, found = 1, path
    while found.exists():
        number += 1
        found = path.with_name(f"{path.name.partition('.')[0]} {number}{path.suffix}")
    return found


def _told(found: "ImportOut") -> str:
    kinds = {"drawn": "drawn", "polygon": "in a result layer", "point": "in a result layer of points"}
    goes = ", ".join(f"{one.count} {kinds[one.kind]}" for one in found.goes)
    lost = "; ".join(f"{one.count} {one.what}" for one in found.lost)
    return f"{found.title}, {goes or 'nothing'}" + (f" (not carried: {lost})" if lost else "")


def _classes(said: Sequence[str]) -> dict[str, int]:
    values: dict[str, int] = {}
    for one in said:
        name, mark, number = one.rpartition("=")
        if not mark or not name or not number.isdecimal():
            raise InvalidRequest(f"Write --class NAME=NUMBER, not {one!r}.")
        values[name] = int(number)
    return values


def _shares(text: str) -> tuple[float, ...]:
    try:
        return tuple(float(one) for one in text.split(","))
    except ValueError as error:
        raise InvalidRequest("Write the split as three numbers, such as 0.7,0.15,0.15.") from error
