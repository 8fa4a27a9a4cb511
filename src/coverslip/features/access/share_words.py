"""Texts that a recipient would read and that look as if they named somebody: a warning, never a verdict. Pure.

It would rather warn once too often: whoever shares reads the text again and decides.
"""

import re
from collections.abc import Iterable
from itertools import pairwise
from typing import Final

NAME: Final = "looks like a person's name"
ACCESSION: Final = "looks like a case or accession number"
DATE: Final = "looks like a date of birth"
NUMBER: Final = "looks like a patient number"
MAIL: Final = "is a mail address"
TITLE: Final = "speaks of a person"

_MAIL: Final = re.compile(r"[\w.+-]+@[\w-]+\.[\w.]+")
_ACCESSION: Final = re.compile(
    r"\b(?:[A-Z]{1,4}[-_ ]?\d{2,4}[-/_. ]\d{2,7}|\d{2,4}[-/_ ]?[A-Z]{1,3}[-/_ ]\d{2,7}|[A-Z]{1,3}\d{5,10}"
    r"|(?:19|20)?\d{2}[-/_]\d{4,7})\b",
    re.IGNORECASE,
)
_DATE: Final = re.compile(
    r"\b(?:(?:19|20)\d{2}[-/.](?:0?[1-9]|1[0-2])[-/.](?:0?[1-9]|[12]\d|3[01])"
    r"|(?:0?[1-9]|[12]\d|3[01])[-/.](?:0?[1-9]|1[0-2])[-/.](?:19|20)?\d{2})\b"
)
_NUMBER: Final = re.compile(r"(?<![\w.])\d{6,12}(?![\w.])")
_TITLE: Final = re.compile(r"\b(?:Mr|Mrs|Ms|Miss|Herr|Frau|Mme|Mlle|Sr|Sra|Signora?|[Pp]atient(?:in)?):?\.?\s+(\w+)")
_WORD: Final = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_COMMA: Final = re.compile(r"\b([^\W\d_]{2,})\s*,\s*([^\W\d_]{2,})\b")

_NO_NAMES: Final = frozenset(
    re.findall(
        r"\S+",
        """
    a ab adeno adenocarcinoma after agar also an and annotations area areas artefact as at atypia b barrett
    basal before benign biopsy block bone bowel brain breast brightfield c carcinoma case cases cd cell cells
    cervix chromogen clear clinical colon comment compare congo consultation control core cytokeratin cytology d
    dako dapi dear deep der die das diagnosis dr duct ductal dysplasia e edge endometrium eosin et expert fine
    first follow for frozen gastric giemsa gleason good grade gram grand green guten haematoxylin he hello help
    hematoxylin her her2 hot i if ihc image images in invasive is it kidney ki ki67 kind kindly label left
    lesion level liver lobular look low lung lymph lymphoma macro many margin marrow masson melanoma metastasis
    mib mitoses mitosis mucosa near necrosis negative new node nodes nuclear on opinion or oral our ovary pap
    part pas patient pathology pd pl please positive pr prof professor prostate quality re red region renal
    right round routine s scan score second section see sent serial show sirius skin slide slides small special
    specimen spot squamous stain stained stains stomach study sub superficial surgical synaptophysin t test
    thank thanks the their there these they this thyroid tissue to top training trichrome trial tumor tumors
    tumour tumours two und upper urgent van gieson verhoeff view von what where white with yellow you your ziehl
    neelsen
    """,
    )
)
"""Words of the trade and of letters, which begin with a capital and name nobody."""


def warnings_of(text: str, *, known: Iterable[str] = ()) -> list[str]:
    """Return why a text looks as if it named a patient; empty for one that does not.

    Parameters
    ----------
    known : iterable of str
        Names that may stand there: those of the sender and of the recipient.
    """
    found = []
    if _MAIL.search(text):
        found.append(MAIL)
    rest = _MAIL.sub(" ", text).replace("_", " ")
    if _DATE.search(rest):
        found.append(DATE)
    rest = _DATE.sub(" ", rest)
    if _ACCESSION.search(rest):
        found.append(ACCESSION)
    rest = _ACCESSION.sub(" ", rest)
    if _NUMBER.search(rest):
        found.append(NUMBER)
    fine = _NO_NAMES | {word.casefold() for name in known for word in _WORD.findall(name)}
    if any(word.casefold() not in fine for word in _TITLE.findall(rest)):
        found.append(TITLE)
    elif _names_somebody(rest, fine):
        found.append(NAME)
    return found


def _names_somebody(text: str, fine: frozenset[str] | set[str]) -> bool:
    """Whether two words with a capital stand side by side, or ``Surname, Name``; words of the trade aside."""
    if any(_is_name(one, fine) and _is_name(two, fine) for one, two in _COMMA.findall(text)):
        return True
    for line in re.split(r"[.!?:;\n(),/|]+", text):
        words = _WORD.findall(line)
        for one, two in pairwise(words):
            if _is_name(one, fine) and _is_name(two, fine):
                return True
    return False


def _is_name(word: str, fine: frozenset[str] | set[str]) -> bool:
    shaped = word[0].isupper() and len(word) > 1 and (word[1:].islower() or (word.isupper() and len(word) > 3))
    mixed = "-" in word or "'" in word or "’" in word
    return (shaped or (word[0].isupper() and mixed)) and word.casefold() not in fine
