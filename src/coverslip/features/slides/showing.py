"""Rows of the catalogue as one viewer may see them."""

from collections.abc import Sequence
from pathlib import Path

from sqlalchemy.orm import Session

from coverslip.features.access import NOTHING, Standing, reads_words
from coverslip.features.identity import Viewer
from coverslip.features.slides import store
from coverslip.features.slides.detail import NOTHING_INSTEAD, Instead, detail_out, named, standing_out, summary_out
from coverslip.features.slides.identity_fields import OpenKeys
from coverslip.features.slides.models import Project, SlideRecord
from coverslip.features.slides.schemas import ProjectOut, SlideDetail, SlideSummary
from coverslip.features.slides.standins import hides_projects, numbers_for
from coverslip.features.slides.store_sight import see, visibilities


def shown_slides(session: Session, viewer: Viewer, rows: Sequence[tuple[SlideRecord, Project]]) -> list[SlideSummary]:
    """Return slides of a list."""
    sight = see(session, viewer)
    found = [(row, project, sight.of_slide(row, project)) for row, project in rows]
    instead = _instead(session, viewer, found)
    return [summary_out(row, project, what, instead.get(row.no, NOTHING_INSTEAD)) for row, project, what in found]


def shown_slide(
    session: Session, viewer: Viewer, row: SlideRecord, project: Project, what: Standing, index_folder: Path
) -> SlideDetail:
    """Return everything about a slide."""
    instead = _instead(session, viewer, [(row, project, what)]).get(row.no, NOTHING_INSTEAD)
    return detail_out(row, project, what, instead, index_folder=index_folder)


def shown_projects(session: Session, viewer: Viewer, rows: Sequence[tuple[Project, int, int]]) -> list[ProjectOut]:
    """Return projects, each with how many slides it holds itself and with all below it."""
    sight, visibility_of = see(session, viewer), visibilities(session)
    name_of, known = _project_names(session, viewer, [row[0] for row in rows]), {row[0].project_id for row in rows}
    return [
        ProjectOut(
            **standing_out(sight.of_project(project.path)),
            visibility=visibility_of(project.path)[0],
            project_id=project.project_id,
            parent_id=project.parent_id if viewer.kind != "share" or project.parent_id in known else None,
            name=name_of[project.no],
            slide_count=own,
            total_slide_count=below,
            offline_since=project.offline_since,
        )
        for project, own, below in rows
    ]


def _project_names(session: Session, viewer: Viewer, projects: Sequence[Project]) -> dict[int, str]:
    if not hides_projects(session, viewer):
        return {project.no: project.name for project in projects}
    numbers = numbers_for(session, viewer, "project", [project.no for project in projects])
    return {no: f"Project {ordinal}" for no, ordinal in numbers.items()}


def _instead(
    session: Session, viewer: Viewer, rows: Sequence[tuple[SlideRecord, Project, Standing]]
) -> dict[int, Instead]:
    """Return what is shown of the slides whose names may not be seen, by number."""
    nameless = [(row, project) for row, project, what in rows if not named(what)]
    cases = store.case_numbers(session, {row.case_id for row, _ in nameless if row.case_id})
    of_cases = numbers_for(session, viewer, "case", cases.values())
    of_slides = numbers_for(session, viewer, "slide", [row.no for row, _ in nameless])
    keys = OpenKeys(session, "slide")

    def case_no(row: SlideRecord) -> int | None:
        return of_cases[cases[row.case_id]] if row.case_id in cases else None

    wordless = not reads_words(viewer, NOTHING)
    return {
        row.no: Instead(case_no(row), keys.kept(row.fields, project), of_slides[row.no], wordless)
        for row, project in nameless
    }
