"""What is served how: nothing in plain text to a network, and no certificate that a browser would refuse."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from tests.support.certificates import make_certificate, plain_key

from coverslip.core.errors import SettingRefused
from coverslip.core.time import utc_now
from coverslip.infra.certificates import LIFE, self_signed, server_context
from coverslip.infra.tls import (
    Certificate,
    certificate_of,
    check_transport,
    fingerprint_to_show,
    is_loopback,
    with_own_certificate,
)
from coverslip.settings import Settings, read_settings


@pytest.fixture
def refused(tmp_path: Path) -> Callable[..., str]:
    """Give the sentence that these settings are refused with."""

    def say(**settings: object) -> str:
        with pytest.raises(SettingRefused) as caught:
            check_transport(Settings(data=tmp_path, **settings))  # type: ignore[arg-type]
        return caught.value.message

    return say


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.7", "slides.example.org", "128.0.0.1", ""])
def test_a_network_is_not_served_in_plain_text(refused: Callable[..., str], host: str) -> None:
    said = refused(host=host)
    for way_out in ("--tls-cert", "--tls-self-signed", "COVERSLIP_TRUSTED_PROXIES", "COVERSLIP_HOST"):
        assert way_out in said


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.9.10", "::1", "localhost"])
def test_this_machine_alone_is(tmp_path: Path, host: str) -> None:
    assert is_loopback(host)
    check_transport(Settings(data=tmp_path, host=host))


def test_a_network_is_served_by_tls_or_behind_a_proxy(tmp_path: Path) -> None:
    cert, key = make_certificate(tmp_path / "tls")
    check_transport(Settings(data=tmp_path, host="0.0.0.0", tls_cert=cert, tls_key=key))
    check_transport(Settings(data=tmp_path, host="0.0.0.0", tls_self_signed=True))
    check_transport(Settings(data=tmp_path, host="0.0.0.0", trusted_proxies=("192.0.2.1",)))


def test_what_cannot_be_served_is_one_sentence_that_names_the_setting(
    refused: Callable[..., str], tmp_path: Path
) -> None:
    cert, key = make_certificate(tmp_path / "sound")
    now = utc_now()
    expired, expired_key = make_certificate(tmp_path / "expired", ends=now - timedelta(days=3))
    early, early_key = make_certificate(tmp_path / "early", begins=now + timedelta(days=3))
    locked = tmp_path / "locked.pem"
    locked.write_bytes(plain_key(ec.generate_private_key(ec.SECP256R1()), b"secret"))
    empty = tmp_path / "empty.pem"
    empty.write_bytes(b"")
    gone = tmp_path / "gone.pem"
    day = "%Y-%m-%d"
    cases = {
        refused(tls_cert=cert): "COVERSLIP_TLS_KEY is missing",
        refused(tls_key=key): "COVERSLIP_TLS_CERT is missing",
        refused(tls_cert=cert, tls_key=key, tls_self_signed=True): "COVERSLIP_TLS_SELF_SIGNED cannot be used together",
        refused(tls_cert=gone, tls_key=key): f"COVERSLIP_TLS_CERT cannot be used: {gone} cannot be read: no such file",
        refused(tls_cert=cert, tls_key=gone): f"COVERSLIP_TLS_KEY cannot be used: {gone} cannot be read: no such file",
        refused(tls_cert=tmp_path, tls_key=key): f"COVERSLIP_TLS_CERT cannot be used: {tmp_path} cannot be read",
        refused(tls_cert=empty, tls_key=key): "COVERSLIP_TLS_CERT cannot be used: the file holds no certificate",
        refused(tls_cert=key, tls_key=key): "COVERSLIP_TLS_CERT cannot be used: the file holds no certificate",
        refused(tls_cert=cert, tls_key=empty): "COVERSLIP_TLS_KEY cannot be used: the file holds no key",
        refused(tls_cert=cert, tls_key=cert): "COVERSLIP_TLS_KEY cannot be used: the file holds no key",
        refused(tls_cert=cert, tls_key=locked): "COVERSLIP_TLS_KEY cannot be used: the key is encrypted",
        refused(tls_cert=cert, tls_key=expired_key): "COVERSLIP_TLS_KEY cannot be used: it is not the key",
        refused(tls_cert=expired, tls_key=expired_key): f"expired on {now - timedelta(days=3):{day}}.",
        refused(tls_cert=early, tls_key=early_key): f"not valid before {now + timedelta(days=3):{day}}.",
    }
    for said, expected in cases.items():
        assert expected in said
        assert said.count(". ") == 0, "one sentence"


def test_a_trial_gets_a_certificate_that_is_kept_until_it_no_longer_serves(tmp_path: Path) -> None:
    now = utc_now()
    cert, key = self_signed(tmp_path, "192.0.2.7", now)
    first = cert.read_bytes()
    assert key.stat().st_mode & 0o777 == 0o600
    assert self_signed(tmp_path, "192.0.2.7", now + timedelta(days=300)) == (cert, key)
    assert cert.read_bytes() == first
    self_signed(tmp_path, "192.0.2.8", now)
    second = cert.read_bytes()
    assert second != first, "another address"
    self_signed(tmp_path, "192.0.2.8", now + LIFE - timedelta(days=10))
    assert cert.read_bytes() != second, "it ends soon"
    held = x509.load_pem_x509_certificate(cert.read_bytes())
    names = held.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert {"192.0.2.8", "127.0.0.1"} <= {str(one) for one in names.get_values_for_type(x509.IPAddress)}
    assert "localhost" in names.get_values_for_type(x509.DNSName)
    server_context(cert, key)


def test_the_fingerprint_is_shown_for_what_nobody_vouches_for(tmp_path: Path) -> None:
    trial = with_own_certificate(Settings(data=tmp_path, tls_self_signed=True))
    shown = fingerprint_to_show(trial)
    assert shown is not None
    assert len(shown.split(":")) == 32
    cert, key = make_certificate(tmp_path / "own")
    own = with_own_certificate(Settings(data=tmp_path, tls_cert=cert, tls_key=key))
    assert fingerprint_to_show(own) is None
    assert certificate_of(own) is not None
    assert certificate_of(Settings(data=tmp_path)) is None


def test_a_renewed_certificate_is_taken_up_and_a_bad_one_is_not(tmp_path: Path) -> None:
    cert, key = make_certificate(tmp_path)
    running = Certificate(cert, key)
    assert not running.renew()
    before = running.context_now()
    make_certificate(tmp_path)
    assert running.renew()
    assert running.context_now() is not before, "nobody's handshake sees half of each"
    assert not running.renew()
    cert.write_bytes(b"half a certificate")
    with pytest.raises(SettingRefused, match="COVERSLIP_TLS_CERT"):
        running.renew()
    assert not running.renew(), "said once"
    make_certificate(tmp_path)
    assert running.renew()


@pytest.mark.parametrize("text", ["proxy.example.org", "10.0.0.0/33", "10.0.0.1, *"])
def test_a_proxy_is_an_address_or_a_network(text: str) -> None:
    with pytest.raises(SettingRefused, match=r"COVERSLIP_TRUSTED_PROXIES cannot be used: .* is no address"):
        read_settings(trusted_proxies=text)


@pytest.mark.parametrize(
    "text",
    [
        "slides.example.org",
        "ftp://slides.example.org",
        "https://",
        "https://a/b",
        "https://u:p@a",
        "https://a:0",
        "https://a:x",
        "https://a?b",
        "javascript://a",
    ],
)
def test_the_address_of_the_site_is_a_site(text: str) -> None:
    with pytest.raises(SettingRefused, match="COVERSLIP_BASE_URL cannot be used: write it as"):
        read_settings(base_url=text)
    assert read_settings(base_url="https://Slides.example.org:8443/").base_url == "https://slides.example.org:8443"
