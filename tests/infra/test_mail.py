"""Mail goes to a real server on loopback, and what is not taken is said."""

import socket
from pathlib import Path

import pytest
from tests.support.mail import MailServer

from coverslip.core.identity_errors import MailUnavailable
from coverslip.infra.mail import can_mail, send_mail
from coverslip.settings import Settings


def _settings(tmp_path: Path, port: int, **more: object) -> Settings:
    given = {"smtp_host": "127.0.0.1", "smtp_port": port, "smtp_security": "none", "smtp_from": "slides@example.org"}
    return Settings(data=tmp_path, **{**given, **more})  # type: ignore[arg-type]


def test_a_message_arrives_whole(tmp_path: Path, mail_server: MailServer) -> None:
    settings = _settings(tmp_path, mail_server.port)
    assert can_mail(settings)
    text = "Ein Gru\u00df\n.\nhttps://slides.example.org/link#abc-_\n"
    send_mail(settings, "alice@hospital.example", "Hello", text)
    (message,) = mail_server.messages
    assert (message["to"], message["from"], message["subject"]) == (
        "alice@hospital.example",
        "slides@example.org",
        "Hello",
    )
    body = message.get_payload(decode=True)
    assert isinstance(body, bytes)
    assert body.decode().replace("\r\n", "\n") == text


def test_a_refusal_is_said_and_the_address_not_logged(
    tmp_path: Path, mail_server: MailServer, caplog: pytest.LogCaptureFixture
) -> None:
    mail_server.refuse = True
    with pytest.raises(MailUnavailable):
        send_mail(_settings(tmp_path, mail_server.port), "alice@hospital.example", "Hello", "text")
    assert mail_server.messages == []
    assert "alice" not in caplog.text


def test_without_a_server_nothing_pretends(tmp_path: Path) -> None:
    assert not can_mail(Settings(data=tmp_path))
    with pytest.raises(MailUnavailable, match="No mail server is set"):
        send_mail(Settings(data=tmp_path), "a@example.org", "Hello", "text")
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    with pytest.raises(MailUnavailable):
        send_mail(_settings(tmp_path, port), "a@example.org", "Hello", "text")


def test_encryption_that_the_server_does_not_have_is_not_left_out(tmp_path: Path, mail_server: MailServer) -> None:
    with pytest.raises(MailUnavailable):
        send_mail(_settings(tmp_path, mail_server.port, smtp_security="starttls"), "a@example.org", "Hello", "text")
    assert mail_server.messages == []
