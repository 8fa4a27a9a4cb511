"""Who is told what, who reads it, and what is mailed."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text
from tests.support.canaries import entry
from tests.support.live import drawing, remark
from tests.support.mail import MailServer
from tests.support.people import give, scope_of

from coverslip.core.ids import new_id
from coverslip.core.time import utc_now
from coverslip.features import access, identity, notices, slides
from coverslip.features.access import Role
from coverslip.infra.jobs import Worker
from coverslip.infra.runtime import Runtime

PASSWORD = "blue lantern at the pier"


class Ward:
    """A project with a slide, and people with browsers."""

    def __init__(self, runtime: Runtime, browser: Callable[[], Any]) -> None:
        self.runtime, self._browser = runtime, browser
        with runtime.db.transaction() as session:
            self.project_id = slides.create_project(session, "Ward")
            self.slide_id = slides.put_slide(session, entry(self.project_id, 1))
            self.scope_id = scope_of(session, "slide", self.slide_id)

    def person(self, name: str, role: Role = Role.ANNOTATOR, email: str | None = None) -> tuple[str, Any]:
        with self.runtime.db.transaction() as session:
            new = identity.NewPerson(name.lower(), name, email=email)
            person_id = identity.add_person(session, new, by=identity.SYSTEM).person_id
            link = identity.reset(session, person_id, by=identity.SYSTEM)
        give(self.runtime, person_id, role, "project", self.project_id)
        found = self._browser()
        answer = found.post("/links/use", json={"token": link.token, "password": PASSWORD})
        assert answer.status_code == 200, answer.text
        found.headers["X-CSRF-Token"] = answer.json()["csrf_token"]
        return person_id, found

    def ops(self, who: Any, *ops: dict[str, Any]) -> None:
        answer = who.post(f"/slides/{self.slide_id}/annotations/ops", json={"ops": list(ops)})
        assert answer.status_code == 200, answer.text
        assert {one["outcome"] for one in answer.json()["results"]} <= {"applied", "merged"}, answer.text

    def told(self, who: Any) -> list[tuple[str, str, str]]:
        return [(one["kind"], one["by_name"], one["word"]) for one in who.get("/me/notices").json()["items"]]


@pytest.fixture
def ward(runtime: Runtime, browser: Callable[[], Any]) -> Ward:
    return Ward(runtime, browser)


def test_mentions_replies_and_reviews(ward: Ward) -> None:
    ada_id, ada = ward.person("Ada")
    bob_id, bob = ward.person("Bob", Role.EDITOR)
    layer = ward_layer(ward, ada)
    first = remark("look here", mentions=[bob_id, ada_id])
    ward.ops(ada, first)
    assert ward.told(bob) == [("mention", "Ada", "")]
    assert ward.told(ada) == []  # nobody is told what they said themselves
    ward.ops(bob, remark("I see", thread_id=first["target"]))
    assert ward.told(ada) == [("reply", "Bob", "")]
    op = drawing(layer)
    ward.ops(ada, op)
    change = {"op_id": drawing(layer)["op_id"], "entity": "annotation", "target": op["target"], "kind": "change"}
    ward.ops(bob, {**change, "base_rev": 1, "patch": {"review": "in_review"}})
    assert ward.told(ada)[0] == ("review_asked", "Bob", "")
    again = {**change, "op_id": drawing(layer)["op_id"], "base_rev": 2}
    ward.ops(bob, {**again, "patch": {"review": "rejected", "review_note": "not tumour"}})
    assert ward.told(ada)[0] == ("review_decided", "Bob", "rejected")
    said = bob.get("/me/notices").json()["items"][0]
    assert (said["slide_id"], said["comment_id"]) == (ward.slide_id, first["target"])
    assert said["slide_name"]
    assert "look here" not in str(said)


def test_who_reviews_is_asked_once_for_all_that_is_asked_for_at_once(ward: Ward) -> None:
    _, ada = ward.person("Ada")
    _, bob = ward.person("Bob")
    _, rita = ward.person("Rita", Role.REVIEWER)
    _, mia = ward.person("Mia", Role.MANAGER)
    gone_id, gone = ward.person("Gone", Role.REVIEWER)
    give(ward.runtime, gone_id, None, "slide", ward.slide_id)
    layer = ward_layer(ward, bob)
    made = [drawing(layer) for _ in range(3)]
    ward.ops(ada, *made)
    asking = [_asked_of(one["target"]) for one in made]
    ward.ops(ada, *asking)
    assert ward.told(rita) == ward.told(mia) == [("review_asked", "Ada", "")]
    assert rita.get("/me/notices").json()["items"][0]["annotation_id"] == made[0]["target"]
    assert ward.told(ada) == ward.told(bob) == ward.told(gone) == []
    ward.ops(rita, remark("I look at it"))
    mine = drawing(ward_layer(ward, mia))
    ward.ops(mia, mine)
    ward.ops(mia, _asked_of(mine["target"]))
    assert ward.told(rita)[0] == ("review_asked", "Mia", "")
    assert len(ward.told(mia)) == 1  # nobody is told what they asked themselves


def test_members_of_groups_are_asked_where_nobody_is_named(ward: Ward) -> None:
    _, ada = ward.person("Ada")
    eve_id, eve = ward.person("Eve", Role.VIEWER)
    with ward.runtime.db.transaction() as session:
        group = identity.add_group(session, "Pathology", by=identity.SYSTEM)
        identity.add_member(session, group, eve_id, by=identity.SYSTEM)
        access.revoke(session, eve_id, scope_of(session, "project", ward.project_id))
    give(ward.runtime, group, Role.EDITOR, "project", ward.project_id, group=True)
    made = drawing(ward_layer(ward, ada))
    ward.ops(ada, made)
    ward.ops(ada, _asked_of(made["target"]))
    assert ward.told(eve) == [("review_asked", "Ada", "")]


def test_a_private_layer_asks_nobody(ward: Ward) -> None:
    _, ada = ward.person("Ada")
    _, rita = ward.person("Rita", Role.REVIEWER)
    answer = ada.post(f"/slides/{ward.slide_id}/layers", json={"visibility": "private"})
    made = drawing(answer.json()["layer_id"])
    ward.ops(ada, made)
    ward.ops(ada, _asked_of(made["target"]))
    assert ward.told(rita) == ward.told(ada) == []


def _asked_of(target: str) -> dict[str, Any]:
    """Return an operation that asks for a review."""
    change = {"entity": "annotation", "target": target, "kind": "change", "base_rev": 1}
    return {"op_id": new_id(), **change, "patch": {"review": "in_review"}}


def ward_layer(ward: Ward, who: Any) -> str:
    answer = who.post(f"/slides/{ward.slide_id}/layers", json={})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["layer_id"])


def test_a_notice_is_read_by_its_person_alone_and_only_while_they_may(ward: Ward) -> None:
    ada_id, ada = ward.person("Ada")
    _, bob = ward.person("Bob")
    with ward.runtime.db.transaction() as session:
        ids = notices.tell(
            session, [ada_id, ada_id, "nobody"], "mention", scope_id=ward.scope_id, slide_id=ward.slide_id
        )
    assert len(ids) == 1
    assert bob.get("/me/notices").json() == {"items": [], "unread": 0, "next_before": None}
    assert bob.post("/me/notices/read", json={"notice_ids": ids}).status_code == 204
    assert ada.get("/me/notices").json()["unread"] == 1
    assert ada.post("/me/notices/read", json={}).status_code == 204
    listed = ada.get("/me/notices").json()
    assert listed["unread"] == 0
    assert listed["items"][0]["read_at"] is not None
    assert ada.get("/me/notices?unread=true").json()["items"] == []
    give(ward.runtime, ada_id, None, "project", ward.project_id)
    assert ada.get("/me/notices").json()["items"] == []


def test_pages_of_notices(ward: Ward) -> None:
    ada_id, ada = ward.person("Ada")
    with ward.runtime.db.transaction() as session:
        for number in range(5):
            notices.tell(session, [ada_id], "mention", by_name=f"n{number}")
    first = ada.get("/me/notices?limit=3").json()
    second = ada.get(f"/me/notices?limit=3&before={first['next_before']}").json()
    assert [one["by_name"] for one in first["items"] + second["items"]] == ["n4", "n3", "n2", "n1", "n0"]
    assert second["next_before"] is None
    assert ada.get("/me/notices?limit=0").status_code == 422
    assert ada.get("/me/notices?before=x").status_code == 422


def test_a_guest_who_has_finished_and_a_link_that_ends(ward: Ward, browser: Callable[[], Any]) -> None:
    _, ada = ward.person("Ada", Role.MANAGER)
    until = (utc_now() + timedelta(hours=30)).isoformat()
    body = {"kind": "slide", "object_id": ward.slide_id, "recipient": "Mona", "expires_at": until}
    made = ada.post("/shares", json=body)
    assert made.status_code == 201, made.text
    guest = browser()
    opened = guest.post("/share/open", json={"token": made.json()["token"]})
    guest.headers["X-CSRF-Token"] = opened.json()["csrf_token"]
    assert guest.post("/share/done", json={"message": "looks benign"}).status_code < 300
    assert ward.told(ada) == [("share_done", "Mona", "")]
    for _ in range(2):
        notices.remind(ward.runtime.db)
    assert ward.told(ada) == [("share_ending", "Mona", ""), ("share_done", "Mona", "")]


def test_mail_goes_to_who_wants_it_and_has_not_read(
    ward: Ward, mail_server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    runtime = ward.runtime
    runtime.settings = runtime.settings.model_copy(
        update={
            "smtp_host": "127.0.0.1",
            "smtp_port": mail_server.port,
            "smtp_from": "coverslip@example.org",
            "smtp_security": "none",
            "base_url": "https://slides.example.org",
        }
    )
    ada_id, ada = ward.person("Ada", email="ada@example.org")
    bob_id, bob = ward.person("Bob", email="bob@example.org")
    eve_id, eve = ward.person("Eve", email="eve@example.org")
    assert ada.get("/me/notices/choices").json()["can_mail"]
    answer = bob.request("PUT", "/me/notices/choices", json={"mail": []})
    assert answer.json()["mail"] == []
    assert bob.request("PUT", "/me/notices/choices", json={"mail": ["gossip"]}).status_code == 422
    with runtime.db.transaction() as session:
        notices.tell(session, [ada_id, bob_id, eve_id], "mention", by_name="Cy", slide_id=ward.slide_id)
    assert eve.post("/me/notices/read", json={}).status_code == 204
    run_jobs(runtime)
    assert [one["To"] for one in mail_server.messages] == ["ada@example.org"]
    said = str(mail_server.messages[0])
    assert f"https://slides.example.org/slides/{ward.slide_id}" in said
    assert "Cy mentioned you" in said
    assert "zzcanary" not in said


def run_jobs(runtime: Runtime) -> None:
    """Work off all mails as if their time had come."""
    with runtime.db.transaction() as session:
        session.execute(text("UPDATE job SET run_after = created_at"))
    worker = Worker(runtime, notices.JOB_HANDLERS, slots=1)
    while worker.run_one():
        pass
