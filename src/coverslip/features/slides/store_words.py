"""SQL of the word index: what each slide is found by."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from coverslip.features.slides.models import SlideRecord
from coverslip.features.slides.stains import stain_key
from coverslip.features.slides.words import exact_word, open_word, tags_of, words_of

_NOTHING: Mapping[str, Any] = {}
_PUT: Final = {
    "sqlite": "INSERT OR REPLACE INTO slide_search (rowid, words)"
    " SELECT json_extract(value, '$[0]'), json_extract(value, '$[1]') FROM json_each(:rows)",
    "postgresql": "INSERT INTO slide_search (rowid, words)"
    " SELECT CAST(one ->> 0 AS bigint), array_to_tsvector(ARRAY(SELECT json_array_elements_text(one -> 1)))"
    " FROM json_array_elements(CAST(:rows AS json)) AS one"
    " ON CONFLICT (rowid) DO UPDATE SET words = excluded.words",
}


def index_words(row: SlideRecord, changed: Mapping[str, Any] = _NOTHING) -> list[str]:
    """Return the words by which a slide is found, as if ``changed`` were its columns already.

    Behind the words of its texts stand those of its exact values, which filters ask for, and again
    those that tell no name, which are all that a search finds for who may not see names.
    """

    def now(column: str) -> Any:
        return changed[column] if column in changed else getattr(row, column)

    tags, stain = tags_of(now("tags")), now("stain")
    nameless = [row.format, row.vendor or "", row.scanner or "", *tags, stain_key(stain) if stain else ""]
    nameless += [now(column) or "" for column in ("part", "block", "stain")]
    texts = [*nameless, now("name"), row.file_name, row.metadata_words]
    texts += [now(column) or "" for column in ("case_name", "label_text")]
    for key, value in now("fields").items():
        texts += [key, "" if value is None else str(value)]
    exact = [exact_word("t", tag) for tag in tags]
    for field, column in (("b", "block"), ("s", "stain"), ("k", "stain_kind"), ("r", "rating")):
        if now(column) is not None:
            exact.append(exact_word(field, str(now(column))))
    return [*words_of(texts), *exact, *map(open_word, words_of(nameless))]


def write_words(session: Session, row: SlideRecord) -> None:
    """Replace the words by which a slide is found."""
    put_words(session, {row.no: index_words(row)})


def put_words(session: Session, words: Mapping[int, Sequence[str]]) -> None:
    """Replace the words of some slides, by number."""
    if not words:
        return
    # One statement for all of them: a thousand slides' words are written while every other writer waits.
    connection = session.connection()
    if connection.dialect.name == "postgresql":
        rows: list[Any] = [[no, list(found)] for no, found in words.items()]
    else:
        rows = [[no, " ".join(found)] for no, found in words.items()]
    connection.execute(text(_PUT[connection.dialect.name]), {"rows": json.dumps(rows)})
