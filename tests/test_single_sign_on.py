"""The proxy of the documentation, real nginx before a real server: who signs in there is in, and nobody else."""

from collections.abc import Callable
from pathlib import Path

import httpx
from tests.support.proxy import nginx
from tests.support.server import Serve


def test_who_signs_in_at_the_proxy(serve: Callable[..., Serve], tmp_path: Path) -> None:
    identity, people = tmp_path / "identity.toml", tmp_path / "people"
    identity.write_text(
        '[header]\ntitle = "Hospital sign-in"\naddresses = ["127.0.0.1"]\nuser = "X-Remote-User"\n', encoding="utf-8"
    )
    identity.chmod(0o600)
    people.write_text("alice:{PLAIN}wonderland\n", encoding="utf-8")
    served = serve(environment={"COVERSLIP_IDENTITY_FILE": str(identity), "COVERSLIP_TRUSTED_PROXIES": "127.0.0.1"})
    smuggled = {"X-Remote-User": "root", "X_Remote_User": "root", "X-Remote-Name": "Root"}
    with (
        nginx(tmp_path / "nginx", served.url.removeprefix("http://"), people) as front,
        httpx.Client(base_url=front, headers={"Origin": front, **smuggled}) as browser,
    ):
        assert browser.post("/api/v1/session/header").status_code == 401  # nginx asks for a password first
        browser.auth = ("alice", "wonderland")
        assert browser.get("/api/v1/session/options").json()["announced"] == "alice"
        answer = browser.post("/api/v1/session/header")
        assert answer.status_code == 200, answer.text
        assert answer.json()["viewer"]["user_name"] == "alice"
        assert browser.get("/api/v1/me").json()["person"]["name"] == "alice"
