"""Reading the trail: who may, what is found, who saw a case, and the files that it leaves as."""

import base64
import csv
import io
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from defusedxml import ElementTree
from sqlalchemy import update
from tests.features.conftest import Browser
from tests.features.slides.conftest import Catalogue

from coverslip.core.errors import Forbidden
from coverslip.features import access, identity, operations
from coverslip.features.identity.models import Person
from coverslip.infra import audit, audit_check
from coverslip.infra.audit import CONTENT, AuditEvent, AuditRow, Outcome, ViewKind, content_hash, record, record_view
from coverslip.infra.audit_heads import FoundHead, SignedHead
from coverslip.infra.runtime import Runtime

DAY = datetime(2026, 3, 2, tzinfo=UTC)


class Past:
    """Writes records at given moments."""

    def __init__(self, runtime: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
        self.runtime, self._patch = runtime, monkeypatch

    def write(self, at: datetime, entry: AuditEvent) -> None:
        self._patch.setattr(audit, "utc_now", lambda: at)
        with self.runtime.db.transaction() as session:
            record(session, entry)
        self._patch.undo()

    def view(self, at: datetime, person: str, slide_id: str, kind: ViewKind = ViewKind.PIXELS) -> None:
        self._patch.setattr(audit, "utc_now", lambda: at)
        with self.runtime.db.transaction() as session:
            assert record_view(session, f"session of {person}", slide_id, kind, at, principal=person)
        self._patch.undo()


@pytest.fixture
def past(runtime: Runtime, monkeypatch: pytest.MonkeyPatch) -> Past:
    return Past(runtime, monkeypatch)


@pytest.fixture
def catalogue(runtime: Runtime, signed_in: Browser) -> Catalogue:
    return Catalogue(runtime, signed_in)


def person(runtime: Runtime, name: str) -> str:
    with runtime.db.transaction() as session:
        folded = name.casefold()
        row = Person(
            person_id=f"id-of-{name}",
            user_name=name,
            sign_in_name=folded,
            name=name,
            search_text=folded,
            source="local",
            state="active",
            created_at=DAY,
        )
        session.add(row)
        return row.person_id


def actions(answer: Any) -> list[str]:
    return [one["action"] for one in answer.json()["items"]]


def test_only_administrators_and_auditors_read_the_trail(runtime: Runtime, signed_in: Browser) -> None:
    assert signed_in.get("/audit/records").status_code == 200
    with runtime.db.transaction() as session:
        session.execute(update(Person).values(organisation_role=None))
    for path in ("records", "sightings?object=x", "export", "head"):
        answer = signed_in.get(f"/audit/{path}")
        assert (answer.status_code, answer.json()["code"]) == (403, "forbidden"), path
    signed_in.cookies.clear()
    assert signed_in.get("/audit/records").status_code == 401
    auditor = identity.Viewer("s", "session", "p", "Ada", "auditor", None, None)
    access.require_auditor(auditor)
    for role in (None, "operator"):
        other = identity.Viewer("s", "session", "p", "Bob", role, None, None)
        with pytest.raises(Forbidden, match="auditor"):
            access.require_auditor(other)


def test_each_filter_finds_what_it_says(past: Past, signed_in: Browser) -> None:
    jane, jim = person(past.runtime, "Jane Doe"), person(past.runtime, "Jim Roe")
    past.view(DAY, jane, "s1")
    past.write(DAY + timedelta(hours=2), AuditEvent("slide.renamed", jim, "x", "slide", "s1", address="203.0.113.5"))
    past.write(DAY + timedelta(hours=3), AuditEvent("slide.deleted", jim, "x", "slide", "s2"))
    past.write(DAY + timedelta(hours=4), AuditEvent("session.start", outcome=Outcome.DENIED))
    until = {"until": (DAY + timedelta(days=1)).isoformat()}

    def found(**params: str) -> list[str]:
        return actions(signed_in.get("/audit/records", params={**until, **params}))

    assert found() == ["session.start", "slide.deleted", "slide.renamed", "slide.viewed"]
    assert found(who="jane doe") == found(who=jane) == ["slide.viewed"]
    assert found(who="Nobody") == []
    assert found(what="view") == ["slide.viewed"]
    assert found(what="change") == ["slide.renamed"]
    assert found(what="deletion") == found(what="slide.deleted") == ["slide.deleted"]
    assert found(outcome="denied") == ["session.start"]
    assert found(address="203.0.113.5") == ["slide.renamed"]
    assert found(since=(DAY + timedelta(hours=3)).isoformat()) == ["session.start", "slide.deleted"]
    assert found(object="no such name") == []
    first = signed_in.get("/audit/records", params={**until, "what": "view"}).json()["items"][0]
    assert (first["person"], first["principal"], first["kind"]) == ("Jane Doe", jane, "view")


def test_pages_follow_each_other_without_gap_or_repeat(past: Past, signed_in: Browser) -> None:
    for number in range(25):
        past.write(DAY + timedelta(minutes=number), AuditEvent("test.write", detail={"n": number}))
    until, seen, cursor = (DAY + timedelta(days=1)).isoformat(), [], None
    while True:
        params = {"until": until, "limit": "10", **({"cursor": cursor} if cursor else {})}
        page = signed_in.get("/audit/records", params=params).json()
        seen += [one["detail"]["n"] for one in page["items"]]
        past.write(DAY + timedelta(hours=5), AuditEvent("test.meanwhile", detail={"n": -1}))
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert [n for n in seen if n >= 0] == list(range(24, -1, -1))
    answer = signed_in.get("/audit/records", params={"cursor": "1; DROP TABLE audit"})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")


def test_who_saw_a_case_means_its_slides_too_also_those_that_left_it(past: Past, catalogue: Catalogue) -> None:
    runtime = past.runtime
    jane, jim = person(runtime, "Jane Doe"), person(runtime, "Jim Roe")
    project = catalogue.project()
    case, other = catalogue.case(project, "S24-1"), catalogue.case(project, "S24-2")
    slides = catalogue.put(project, ["a", "b", "gone", "moved", "elsewhere"])
    for name in ("a", "gone", "moved"):
        catalogue.change(slides[name], case_id=case)
    catalogue.change(slides["elsewhere"], case_id=other)
    for hours, who, name in ((9, jane, "a"), (10, jane, "gone"), (11, jim, "moved"), (11, jim, "elsewhere")):
        past.view(DAY + timedelta(hours=hours, minutes=5), who, slides[name])
    past.write(DAY + timedelta(hours=12), AuditEvent("slides.listed", jim, "x", "case", case, detail={"hour": "12"}))
    past.write(DAY + timedelta(hours=12), AuditEvent("slide.renamed", jane, "x", "slide", slides["a"]))
    catalogue.change(slides["moved"], case_id=other)
    catalogue.call("POST", "/slides/trash", {"slide_ids": [slides["gone"]]})
    catalogue.call("POST", "/trash/purge", {"object_ids": [slides["gone"]]})
    span = {"since": DAY.isoformat(), "until": (DAY + timedelta(days=1)).isoformat()}

    def saw(**params: str) -> dict[str, tuple[int, int]]:
        found = catalogue.call("GET", "/audit/sightings", params={**span, **params})
        return {one["person"]: (one["records"], one["objects"]) for one in found["items"]}

    assert saw(object=case) == saw(object="S24-1") == {"Jane Doe": (2, 2), "Jim Roe": (2, 2)}
    assert saw(object="S24-2") == {"Jim Roe": (2, 2)}, "the one that moved there, and the other"
    assert saw(object="Study") == {"Jane Doe": (1, 1), "Jim Roe": (3, 3)}, "what the project holds now"
    assert saw(object=slides["gone"]) == {"Jane Doe": (1, 1)}
    assert saw(object=case, who="jane doe") == {"Jane Doe": (2, 2)}
    assert saw(object=case, until=(DAY + timedelta(hours=10)).isoformat()) == {"Jane Doe": (1, 1)}
    none = catalogue.call("GET", "/audit/sightings", params={**span, "object": "S99"})
    assert (none["items"], none["objects"]) == ([], 0)
    catalogue.call("GET", "/audit/sightings", status=422)


def test_a_record_of_an_hour_counts_wherever_its_hour_and_the_span_overlap(past: Past, signed_in: Browser) -> None:
    jane = person(past.runtime, "Jane Doe")
    past.view(DAY + timedelta(hours=10, minutes=5), jane, "s1")
    past.write(DAY + timedelta(hours=10, minutes=5), AuditEvent("slide.renamed", jane, "x", "slide", "s1"))

    def found(since: timedelta, until: timedelta) -> list[str]:
        params = {"since": (DAY + since).isoformat(), "until": (DAY + until).isoformat()}
        return actions(signed_in.get("/audit/records", params=params))

    half_past = timedelta(hours=10, minutes=30)
    assert found(half_past, timedelta(hours=20)) == ["slide.viewed"], "it may have been looked at until eleven"
    assert found(timedelta(hours=11), timedelta(hours=20)) == []
    assert found(timedelta(hours=9), half_past) == ["slide.renamed", "slide.viewed"]


def test_names_of_slides_are_for_administrators_only(past: Past, catalogue: Catalogue) -> None:
    slide = catalogue.put(catalogue.project(), ["Doe^Jane"])["Doe^Jane"]
    past.view(DAY, "p", slide)
    query = operations.AuditQuery(object=slide)
    admin = identity.Viewer("s", "session", "p", "Ann", "administrator", None, None)
    auditor = identity.Viewer("s", "session", "p", "Ada", "auditor", None, None)
    from coverslip.features.operations import trail

    def names(viewer: identity.Viewer) -> set[str | None]:
        found = trail.search(past.runtime, viewer, query, 10, None).items
        return {one.object_name for one in found if one.object_kind == "slide"}

    assert names(admin) == {"Doe^Jane"}
    assert names(auditor) == {None}


# --- files ---------------------------------------------------------------------------------------


def exported(browser: Browser, kind: str, **params: str) -> Any:
    answer = browser.get("/audit/export", params={"format": kind, **params})
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-disposition"] == f'attachment; filename="audit.{kind}"'
    return answer


def test_no_cell_of_the_table_is_taken_for_a_formula(past: Past, signed_in: Browser) -> None:
    for text in ("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"):
        past.write(DAY, AuditEvent("test.write", "p", "s", "slide", text, address=text))
    rows = list(csv.DictReader(io.StringIO(exported(signed_in, "csv", what="test.write").text, newline="")))
    assert len(rows) == 6
    assert all(row["object_id"].startswith("'") and row["address"].startswith("'") for row in rows)


def test_the_lines_carry_the_chain_and_can_be_checked_by_anybody(past: Past, signed_in: Browser) -> None:
    for number in range(5):
        past.write(DAY, AuditEvent("test.write", "p", "s", "slide", f"ü{number}", detail={"n": number}))
    lines = [json.loads(line) for line in exported(signed_in, "jsonl").text.splitlines()]
    assert [line["no"] for line in lines] == list(range(1, len(lines) + 1))
    previous = "0" * 64
    for line in lines:
        content = {name: line[name] for name in CONTENT} | {"at": datetime.fromisoformat(line["at"])}
        assert line["prev_hash"] == previous
        assert content_hash(content, previous) == line["hash"]
        previous = line["hash"]
    assert lines[-1]["action"] == "audit.exported", "the export itself is on record first"


def test_a_long_trail_is_exported_whole(past: Past, signed_in: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    from coverslip.features.operations import trail

    for number in range(7):
        past.write(DAY, AuditEvent("test.write", detail={"n": number}))
    monkeypatch.setattr(trail, "EXPORT_STEP", 3)
    lines = exported(signed_in, "jsonl", what="test.write").text.splitlines()
    assert [json.loads(line)["detail"]["n"] for line in lines] == list(range(7))


CODED = {"csd-code", "codeSystemName", "originalText"}
# Of PS3.15 A.5.1: what each element may and must carry.
MUST = {
    "EventIdentification": {"EventActionCode", "EventDateTime", "EventOutcomeIndicator"},
    "EventID": CODED,
    "EventTypeCode": CODED,
    "ActiveParticipant": {"UserID", "UserIsRequestor"},
    "AuditSourceIdentification": {"AuditSourceID"},
    "ParticipantObjectIdentification": {
        "ParticipantObjectID",
        "ParticipantObjectTypeCode",
        "ParticipantObjectTypeCodeRole",
    },
    "ParticipantObjectIDTypeCode": CODED,
    "ParticipantObjectDetail": {"type", "value"},
}
MAY = {"ActiveParticipant": {"AlternativeUserID", "UserName", "NetworkAccessPointID", "NetworkAccessPointTypeCode"}}


def test_the_messages_have_the_form_of_dicom(past: Past, signed_in: Browser) -> None:
    jane = person(past.runtime, 'Jane <b>"Doe" & \x01')
    past.view(DAY, jane, "s1")
    past.write(DAY, AuditEvent("session.start", outcome=Outcome.DENIED, address="203.0.113.9"))
    past.write(DAY, AuditEvent("slide.deleted", jane, "x", "slide", "s1", outcome=Outcome.FAILED))
    root = ElementTree.fromstring(exported(signed_in, "xml", until=DAY.isoformat()).content)
    assert (root.tag, len(root)) == ("AuditMessages", 3)
    for message in root:
        assert [child.tag for child in message] == [
            "EventIdentification",
            "ActiveParticipant",
            "AuditSourceIdentification",
            "ParticipantObjectIdentification",
        ]
        for element in message.iter():
            names = set(element.attrib)
            must = MUST.get(element.tag, set())
            assert must <= names <= must | MAY.get(element.tag, set()), element.tag
        assert [child.tag for child in message[0]][:1] == ["EventID"]
        kinds = [child.tag for child in message[3]]
        assert kinds[:2] == ["ParticipantObjectIDTypeCode", "ParticipantObjectName"]
        for detail in message[3].findall("ParticipantObjectDetail"):
            base64.b64decode(detail.attrib["value"], validate=True)
    viewed, refused, deleted = root
    assert viewed[0][0].attrib["csd-code"] == "110103"
    assert viewed[0].attrib["EventDateTime"] == "2026-03-02T00:00:00.000000+00:00"
    assert viewed[1].attrib["UserName"] == 'Jane <b>"Doe" & \ufffd'
    assert [one.attrib["csd-code"] for one in refused[0]] == ["110114", "110122", "session.start"]
    assert refused[0].attrib["EventOutcomeIndicator"] == "4"
    assert refused[1].attrib["NetworkAccessPointID"] == "203.0.113.9"
    assert (deleted[0].attrib["EventActionCode"], deleted[0].attrib["EventOutcomeIndicator"]) == ("D", "8")


def test_the_end_is_signed_on_request(runtime: Runtime, signed_in: Browser) -> None:
    body = signed_in.get("/audit/head").json()
    head = SignedHead(**{name: value for name, value in body.items() if name != "kind"})
    assert head.is_genuine()
    with runtime.db.read() as session:
        assert session.get_one(AuditRow, head.no).hash == head.hash
        report = audit_check.check_trail(session, [FoundHead("kept.json", head)])
    assert (report.findings, report.vouched_no) == ([], head.no)


def test_reading_the_trail_is_itself_on_record(signed_in: Browser) -> None:
    signed_in.get("/audit/records", params={"who": "Doe^Jane"})
    exported(signed_in, "csv")
    signed_in.get("/audit/head")
    own = signed_in.get("/audit/records", params={"what": "audit"})
    assert actions(own) == ["audit.searched", "audit.head_signed", "audit.exported", "audit.searched"]
    assert "Doe" not in own.text


def test_a_start_is_on_record_and_so_is_what_changed_since_the_last(runtime: Runtime) -> None:
    def start() -> None:
        with runtime.db.transaction() as session:
            operations.record_start(session, runtime)

    start()
    start()
    runtime.settings = runtime.settings.model_copy(update={"session_idle_s": 600, "notice": "Doe^Jane"})
    start()
    with runtime.db.read() as session:
        rows = session.query(AuditRow).order_by(AuditRow.no).all()
    assert [row.action for row in rows] == ["server.started", "server.started", "settings.changed", "server.started"]
    changed = rows[2].detail
    assert changed["changed"] == ["notice", "session_idle_s"]
    assert changed["old_hmac"]["session_idle_s"] != changed["value_hmac"]["session_idle_s"]
    assert "Doe" not in str(changed)
