"""SQL of the word index: which slides have some words. Words are letters and digits only."""

import json
from collections.abc import Sequence
from typing import Final

from sqlalchemy import ColumnElement, TextClause, TextualSelect, func, literal_column, select, text
from sqlalchemy.orm import Session

from coverslip.features.slides.models import SlideRecord, SlideTally
from coverslip.features.slides.words import open_word, words_of

Filter = ColumnElement[bool] | TextClause

MANY_HITS: Final = 5_000
"""Beyond this many hits SQLite walks the sort order and tests each row, instead of sorting the hits."""


def query_words(q: str | None) -> tuple[str, ...]:
    """Return the folded words of a search."""
    return tuple(words_of([q])) if q else ()


def few_hits(session: Session, words: Sequence[str], groups: Sequence[Sequence[str]]) -> tuple[int, ...] | None:
    """Return the numbers of the slides that have these words, None when they are many (SQLite only)."""
    statement = text("SELECT rowid FROM slide_search WHERE slide_search MATCH :words LIMIT :most")
    hits = session.execute(statement, {"words": _fts_query(words, groups), "most": MANY_HITS + 1}).scalars().all()
    return None if len(hits) > MANY_HITS else tuple(hits)


def open_words(words: Sequence[str]) -> tuple[str, ...]:
    """Return the words as they find slides without their names."""
    return tuple(open_word(word) for word in words)


def matches_everything(session: Session, words: Sequence[str]) -> bool:
    """Whether every slide has these words, so that a search for them filters nothing (SQLite only)."""
    if session.get_bind().dialect.name == "postgresql":
        return False
    hits = text("SELECT count(*) FROM slide_search WHERE slide_search MATCH :words")
    found = session.execute(hits, {"words": _fts_query(words, ())}).scalar_one()
    live = session.scalars(select(func.coalesce(func.sum(SlideTally.count), 0))).one()
    trashed = session.scalars(select(func.count()).where(SlideRecord.trash_root.is_not(None))).one()
    return bool(found == live + trashed)  # the word index holds what lies in the trash, too


def matching_numbers(
    session: Session, words: Sequence[str], groups: Sequence[Sequence[str]] = (), name: str = "words"
) -> TextualSelect:
    """Return the query for the numbers of slides in which each word begins a word, and of each group one is there."""
    if session.get_bind().dialect.name == "postgresql":
        statement = f"SELECT rowid FROM slide_search WHERE words @@ CAST(:{name} AS tsquery)"  # noqa: S608 - ours
        parts = [f"'{word}':*" for word in words] + [" | ".join(f"'{one}'" for one in group) for group in groups]
        query = " & ".join(f"({part})" for part in parts)
    else:
        statement = f"SELECT rowid FROM slide_search WHERE slide_search MATCH :{name}"  # noqa: S608 - ours
        query = _fts_query(words, groups)
    return text(statement).bindparams(**{name: query}).columns(literal_column("rowid"))


def found_by(
    session: Session, words: Sequence[str], groups: Sequence[Sequence[str]], hits: Sequence[int] | None, name: str
) -> Filter:
    """Return the filter for slides that have these words, which are letters and digits only."""
    if session.get_bind().dialect.name == "postgresql":
        return SlideRecord.no.in_(matching_numbers(session, words, groups, name))
    if hits is not None:
        numbers = json.dumps(list(hits))
        return text(f"slide.no IN (SELECT value FROM json_each(:{name}))").bindparams(**{name: numbers})  # noqa: S608 - ours
    # The plus sign keeps SQLite from looking up each hit and sorting them all: it walks the order instead.
    many = f"+slide.no IN (SELECT rowid FROM slide_search WHERE slide_search MATCH :{name})"  # noqa: S608 - ours
    return text(many).bindparams(**{name: _fts_query(words, groups)})


def _fts_query(words: Sequence[str], groups: Sequence[Sequence[str]]) -> str:
    parts = [f'"{word}"*' for word in words] + [" OR ".join(f'"{one}"' for one in group) for group in groups]
    return " AND ".join(f"({part})" for part in parts)
