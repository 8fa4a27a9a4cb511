"""A large catalogue, as registration leaves it but without audit records and jobs; who may see parts of it."""

import random
import string
from collections.abc import Sequence
from typing import Any

from sqlalchemy import text
from tests.support.people import viewer

from coverslip.core.ids import new_id
from coverslip.features import access, identity, slides
from coverslip.features.slides import stain_kind_of
from coverslip.features.slides.words import (
    case_sort,
    exact_word,
    open_word,
    sort_key,
    stain_sort,
    tags_text,
    words_of,
)
from coverslip.infra.runtime import Runtime

SLIDES_A_CASE = 20
_letters = random.Random(5)
VOCABULARY = ["".join(_letters.choices(string.ascii_lowercase, k=6)) for _ in range(3000)]
STAINS = ("H&E", "PAS", "HER2", "Ki-67", "ER", "PR", "CD3", "CD20", "p53", None)
TAGS = ("teaching", "tumour board", "research", "second opinion", "rare")


def fill(runtime: Runtime, count: int) -> list[str]:
    """Write many slides into an empty catalogue, all of them in cases; return their projects."""
    chance = random.Random(11)
    now = "2026-01-01 00:00:00.000000"
    with runtime.db.transaction() as session:
        identity.ensure_administrator(session)
        top = slides.create_project(session, "Archive")
        ids = [slides.create_project(session, f"Box {number}", top) for number in range(200)]
        rows = session.execute(text("SELECT no, scope_id FROM project WHERE parent_id IS NOT NULL ORDER BY no")).all()
    records, scopes, searches, made = [], [], [], []
    for number in range(1, count + 1):
        name = f"Case {chance.randrange(10**6)} slide {number}"
        format_name = chance.choice(("svs", "ndpi", "dicom", "tiff"))
        [state] = chance.choices(("ready", "unreadable", "missing"), (97, 2, 1))
        if number % SLIDES_A_CASE == 1:
            project_no, project_scope = rows[chance.randrange(len(rows))]
            case = (new_id(), new_id(), f"S{20 + number % 7}-{number // SLIDES_A_CASE}")
            scopes.append({"scope": case[1], "parent": project_scope, "kind": "case"})
            made.append(
                {"id": case[0], "project": project_no, "scope": case[1], "name": case[2], "sort": sort_key(case[2])}
                | {"now": now}
            )
        scope_id, slide_id = new_id(), new_id()
        stain = chance.choice(STAINS)
        kind = stain_kind_of(stain)
        block = f"{chance.choice('ABC')}{chance.randrange(1, 13)}"
        [tag] = chance.choices((None, *TAGS), (80, 8, 6, 4, 2, 0.1))
        rating = chance.choice((None, None, None, 1, 2, 3, 4, 5))
        scopes.append({"scope": scope_id, "parent": case[1], "kind": "slide"})
        records.append(
            {
                "id": slide_id,
                "project": project_no,
                "scope": scope_id,
                "name": name,
                "sort": sort_key(name),
                "file": f"{number}.svs",
                "folder": b"/a",
                "state": state,
                "format": format_name,
                "size": chance.randrange(10**10),
                "version": f"{number:016x}",
                "now": now,
                "case": case[0],
                "case_name": case[2],
                "case_sort": case_sort(case[2], kind, block, stain, sort_key(name)),
                "block": block,
                "stain": stain,
                "kind": kind,
                "stain_sort": stain_sort(stain, kind),
                "tags": tags_text([tag] if tag else []),
                "rating": rating,
            }
        )
        texts = [name, f"{number}.svs", format_name, "Aperio", "AppMag 20", case[2], block, stain or "", tag or ""]
        words = words_of([*texts, " ".join(chance.sample(VOCABULARY, 12))])
        words += [
            exact_word(field, str(value))
            for field, value in (("b", block), ("s", stain), ("k", kind), ("t", tag), ("r", rating))
            if value is not None
        ]
        words += [open_word(word) for word in words_of([format_name, "Aperio", block, stain or "", tag or ""])]
        searches.append({"no": number, "words": " ".join(words)})
    _insert(runtime, "INSERT INTO scope (scope_id, parent_id, kind) VALUES (:scope, :parent, :kind)", scopes)
    _insert(
        runtime,
        "INSERT INTO slide_case (case_id, project_no, scope_id, name, name_sort, fields, created_at, updated_at)"
        " VALUES (:id, :project, :scope, :name, :sort, '{}', :now, :now)",
        made,
    )
    _insert(
        runtime,
        "INSERT INTO slide (slide_id, project_no, scope_id, name, name_sort, file_name, state, format, vendor,"
        " scanned_sort, width, height, mpp_x, mpp_y, objective, channel_count, size_bytes, file_count, folder, files,"
        " fingerprint, version, metadata_words, created_at, updated_at, case_id, case_name, case_sort, block, stain,"
        " stain_kind, stain_sort, tags, rating) VALUES (:id, :project, :scope, :name, :sort,"
        " :file, :state, :format, 'Aperio', 0, 100000, 80000, 0.25, 0.25, 40, 3, :size, 1, :folder, '[\"x\"]',"
        " :id, :version, '', :now, :now, :case, :case_name, :case_sort, :block, :stain, :kind, :stain_sort, :tags,"
        " :rating)",
        records,
    )
    value = ":words" if runtime.db.dialect == "sqlite" else "array_to_tsvector(string_to_array(:words, ' '))"
    _insert(runtime, f"INSERT INTO slide_search (rowid, words) VALUES (:no, {value})", searches)
    return ids


def take_out_of_cases(runtime: Runtime, every: int) -> None:
    """Leave each so-many-th slide in no case."""
    character = "char" if runtime.db.dialect == "sqlite" else "chr"
    without = f"UPDATE slide SET case_id = NULL, case_name = NULL, case_sort = '1' || {character}(31) || name_sort"
    with runtime.db.transaction() as session:
        session.execute(text(f"{without} WHERE no % {every} = 0"))
        session.execute(
            text(
                "UPDATE scope SET parent_id = (SELECT project.scope_id FROM slide"
                " JOIN project ON project.no = slide.project_no WHERE slide.scope_id = scope.scope_id)"
                " WHERE scope_id IN (SELECT scope_id FROM slide WHERE case_id IS NULL)"
            )
        )


def settle(runtime: Runtime) -> None:
    """Do what PostgreSQL does by itself within a minute of so many changes: its planner must know of them."""
    if runtime.db.dialect == "postgresql":
        with runtime.db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM (ANALYZE)"))


def _insert(runtime: Runtime, statement: str, rows: Sequence[dict[str, Any]]) -> None:
    for start in range(0, len(rows), 10_000):
        with runtime.db.transaction() as session:
            session.execute(text(statement), rows[start : start + 10_000])


def give_fifty(runtime: Runtime, projects: Sequence[str]) -> identity.Viewer:
    """Return somebody with three groups and fifty entries, some of whose slides have no names."""
    chance, groups = random.Random(3), [new_id() for _ in range(3)]
    member = viewer(*groups)
    with runtime.db.transaction() as session:
        queries = ("project WHERE parent_id IS NOT NULL", "slide_case", "slide")
        scopes = [list(session.execute(text(f"SELECT scope_id FROM {one} ORDER BY no")).scalars()) for one in queries]
        for number in range(50):
            among = scopes[0] if number < 30 else scopes[1] if number < 40 else scopes[2]
            role = None if number % 10 == 9 else chance.choice(list(access.Role))
            rights = chance.choice([access.ALL_RIGHTS, frozenset[access.Right]()])
            subject = chance.choice([member.person_id, *groups])
            group = subject != member.person_id
            access.grant(session, subject, role, chance.choice(among), rights=rights, group=group)
    assert len(projects) >= 30
    return member


def give_thousands(runtime: Runtime, *, cases: int, slides: int) -> identity.Viewer:
    """Return somebody with fifty groups, entries on half of the projects, and on thousands of single cases and slides.

    Some entries shut out, some give no names.
    """
    chance, groups = random.Random(cases + 7 * slides), [new_id() for _ in range(50)]
    member = viewer(*groups)
    rows: list[dict[str, Any]] = []
    wanted = (("project WHERE parent_id IS NOT NULL", 100), ("slide_case", cases), ("slide", slides))
    with runtime.db.transaction() as session:
        for table, count in wanted:
            scopes = list(session.execute(text(f"SELECT scope_id FROM {table} ORDER BY no")).scalars())
            for scope in chance.sample(scopes, count):
                subject = chance.choice([member.person_id, *groups])
                role = None if chance.random() < 0.1 else chance.choice(list(access.Role))
                rows.append(
                    {"scope": scope, "kind": "person" if subject == member.person_id else "group", "subject": subject}
                    | {"role": "none" if role is None else role.value}
                    | {"rights": "[]" if chance.random() < 0.5 else '["identity"]'}
                )
    _insert(
        runtime,
        "INSERT INTO access_entry (scope_id, subject_kind, subject_id, role, rights, created_at)"
        " VALUES (:scope, :kind, :subject, :role, :rights, '2026-01-01 00:00:00.000000')",
        rows,
    )
    return member
