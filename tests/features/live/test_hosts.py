"""Two hosts on one PostgreSQL: people of both meet, and what is taken away on one is gone on the other."""

import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.support.databases import create_database, drop_database
from tests.support.live import Seat, drawing, open_clinic, send_ops
from tests.support.people import give
from tests.support.server import Serve
from websockets.sync.client import connect

from coverslip.core.ids import new_id
from coverslip.infra.notify import LONGEST, payload_of

pytestmark = pytest.mark.filterwarnings(
    "ignore::pytest.PytestUnraisableExceptionWarning"  # of websockets, after a refused handshake
)


def test_people_of_two_hosts_meet(serve: Callable[..., Serve], tmp_path: Path, postgres_server: str) -> None:
    name = f"t{os.urandom(6).hex()}"
    address = create_database(postgres_server, name, "migrated")
    environment = {"COVERSLIP_DATABASE_URL": address}
    try:
        first = serve(data=tmp_path / "one", environment=environment)
        second = serve(data=tmp_path / "two", environment=environment)
        with open_clinic(first, address) as clinic:
            person_id, headers = clinic.person("Ada")
            there = second.url.replace("http", "ws", 1) + f"/api/v1/slides/{clinic.slide_id}/live"
            ada = clinic.sit(headers)
            ada.hear("welcome")
            with connect(there, additional_headers=headers, compression=None) as connection:
                bob = Seat(connection, new_id())
                bob.say("hello", client_id=bob.client_id)
                bob.hear("welcome")
                ada.hear("joined", lambda one: one["client_id"] == bob.client_id)
                ada.say("presence", cursor=[3, 4], viewport=None, drawing=None, tool=None)
                assert bob.hear("presence")["cursor"] == [3, 4]
                with clinic.client(headers) as client:
                    layer = clinic.layer(client)
                    for _ in range(5):
                        op = drawing(layer)
                        began_s = time.monotonic()
                        send_ops(client, clinic.slide_id, op)
                        assert bob.hear("entries", of(op["op_id"]))
                        assert time.monotonic() - began_s < 1.0  # by NOTIFY, not by the look of every few seconds
                give(clinic.runtime, person_id, None, "project", clinic.project_id)
                assert bob.closed(5) == 4403
                assert ada.closed(5) == 4403
        first.stop()
        second.stop()
    finally:
        drop_database(postgres_server, name)


def of(op_id: str) -> Callable[[dict[str, Any]], bool]:
    return lambda one: bool(one["entries"][-1]["op_id"] == op_id)


@pytest.mark.parametrize(
    ("fields", "kept"),
    [
        ({"kind": "journal", "slide_id": "s", "seq": 7}, {"slide_id": "s", "seq": 7}),
        ({"kind": "grants.drop", "ids": ["x" * 100] * 100}, {"all": True}),
        (
            {"kind": "live", "slide_id": "s", "shown": {"cursor": [1, 2], "drawing": {"points": [[1.5, 2.5]] * 2000}}},
            {"slide_id": "s", "shown": {"cursor": [1, 2], "drawing": None}},
        ),
        ({"kind": "live", "slide_id": "s", "message": {"look": "ä" * 8000}}, None),
    ],
)
def test_a_hint_fits_into_a_payload(fields: dict[str, object], kept: dict[str, object] | None) -> None:
    text = payload_of(dict(fields), "h")
    if kept is None:
        assert text is None
        return
    assert text is not None
    assert len(text.encode()) <= LONGEST
    assert json.loads(text) == {"kind": fields["kind"], "host": "h", **kept}
