"""The catalogue: projects and slides, their metadata, search. It never opens a slide.

Readers ask with a viewer (:func:`locate`, the routes). Writers (imports, jobs) use the
registration functions inside their own transaction. Pixels are ``tiles``, bytes are ``imports``.
"""

from coverslip.features.access import register_catalogue
from coverslip.features.identity import register_owned
from coverslip.features.slides.cases import ensure_case, get_case
from coverslip.features.slides.csv_table import written as csv_text
from coverslip.features.slides.destination import project_exists, project_of, writable_project
from coverslip.features.slides.fields import set_fields
from coverslip.features.slides.jobs import HANDLERS as JOB_HANDLERS
from coverslip.features.slides.jobs import LIMITS as JOB_LIMITS
from coverslip.features.slides.jobs import thumbnail_key
from coverslip.features.slides.lookups import ids_within, named_things, names_of
from coverslip.features.slides.naming import parse_name
from coverslip.features.slides.projects import project_pattern
from coverslip.features.slides.purging import (
    Trashed,
    empty_projects,
    purge_cases,
    purge_project,
    purge_slides,
    trash_roots,
    trashed_slides,
)
from coverslip.features.slides.references import (
    SlidePlace,
    index_of,
    place_of,
    project_scope,
    projects_above,
    readable,
    sees_a_project,
    slides_below,
    visible_ids,
)
from coverslip.features.slides.registration import (
    JOB_COARSE,
    JOB_CONTENT_HASH,
    JOB_THUMBNAIL,
    Description,
    KnownSlide,
    SlideEntry,
    create_project,
    known_slides,
    mark_offline,
    put_slide,
    set_content_hash,
    set_state,
    slides_like,
    top_project,
    used_index_names,
)
from coverslip.features.slides.routes import router
from coverslip.features.slides.saved_views import OWNED
from coverslip.features.slides.schemas import Reason, SlideState
from coverslip.features.slides.service import ListQuery, SlideRef, get_slide, list_projects, list_slides, locate
from coverslip.features.slides.shared import CATALOGUE
from coverslip.features.slides.stains import stain_kind_of
from coverslip.features.slides.store import newest_ready
from coverslip.features.slides.words import printable, storable

register_owned(OWNED)
register_catalogue(CATALOGUE)

__all__ = [
    "JOB_COARSE",
    "JOB_CONTENT_HASH",
    "JOB_HANDLERS",
    "JOB_LIMITS",
    "JOB_THUMBNAIL",
    "Description",
    "KnownSlide",
    "ListQuery",
    "Reason",
    "SlideEntry",
    "SlidePlace",
    "SlideRef",
    "SlideState",
    "Trashed",
    "create_project",
    "csv_text",
    "empty_projects",
    "ensure_case",
    "get_case",
    "get_slide",
    "ids_within",
    "index_of",
    "known_slides",
    "list_projects",
    "list_slides",
    "locate",
    "mark_offline",
    "named_things",
    "names_of",
    "newest_ready",
    "parse_name",
    "place_of",
    "printable",
    "project_exists",
    "project_of",
    "project_pattern",
    "project_scope",
    "projects_above",
    "purge_cases",
    "purge_project",
    "purge_slides",
    "put_slide",
    "readable",
    "router",
    "sees_a_project",
    "set_content_hash",
    "set_fields",
    "set_state",
    "slides_below",
    "slides_like",
    "stain_kind_of",
    "storable",
    "thumbnail_key",
    "top_project",
    "trash_roots",
    "trashed_slides",
    "used_index_names",
    "visible_ids",
    "writable_project",
]
