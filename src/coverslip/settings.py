"""All settings in one frozen value, read once from ``COVERSLIP_*`` and passed down.

No other module reads the environment.
"""

import ipaddress
import os
import re
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import BeforeValidator, Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from coverslip.core.errors import SettingRefused

_UNITS = {
    "": 1,
    "B": 1,
    "KB": 10**3,
    "MB": 10**6,
    "GB": 10**9,
    "TB": 10**12,
    "KIB": 2**10,
    "MIB": 2**20,
    "GIB": 2**30,
    "TIB": 2**40,
}


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _parse_bytes(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    match = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([A-Za-z]*)\s*", value)
    if match is None or match[2].upper() not in _UNITS:
        raise ValueError("write a size such as 500MB or 10GB")
    return int(float(match[1]) * _UNITS[match[2].upper()])


Bytes = Annotated[int, BeforeValidator(_parse_bytes)]


def _parse_words(value: Any) -> Any:
    """Read words with commas or blanks between them; also a list in JSON, as it was written before."""
    if not isinstance(value, str):
        return value
    bare = value.strip().removeprefix("[").removesuffix("]").replace('"', " ")
    return tuple(bare.replace(",", " ").split())


Words = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_parse_words)]


class Settings(BaseSettings):
    """What an administrator may set; every field is ``COVERSLIP_<NAME>`` in the environment."""

    model_config = SettingsConfigDict(env_prefix="COVERSLIP_", frozen=True, extra="ignore")

    data: Path = Field(default=Path("coverslip-data"), description="Folder for the database, slide indexes and caches.")
    host: str = Field(default="127.0.0.1", description="Address to listen on.")
    port: int = Field(default=8080, ge=0, le=65535, description="Port to listen on; 0 picks a free one.")
    base_url: str | None = Field(
        default=None, description="Address under which people reach Coverslip, such as https://slides.example.org."
    )
    tls_cert: Path | None = Field(default=None, description="Certificate for TLS with its chain, PEM.")
    tls_key: Path | None = Field(default=None, description="Private key of the certificate, PEM, not encrypted.")
    tls_self_signed: bool = Field(
        default=False, description="TLS with a certificate that Coverslip makes, for a trial in a lab."
    )
    trusted_proxies: Words = Field(
        default=(),
        description="Addresses or networks of reverse proxies whose X-Forwarded headers are believed, with commas.",
    )
    workers: int | None = Field(default=None, ge=1, le=64, description="Web processes; default min(2, cores).")
    database_url: SecretStr | None = Field(
        default=None, description="PostgreSQL address; SQLite in the data folder when unset."
    )
    cache_dir: Path | None = Field(default=None, description="Folder for the tile cache; default DATA/cache.")
    cache_max: Bytes = Field(
        default=10 * 10**9, ge=0, description="Largest size of the tile cache; never the last 10 % of the disk."
    )
    hash_rate: Bytes = Field(
        default=50 * 10**6, ge=0, description="Bytes a second that background hashing may read; 0 pauses it."
    )
    poll_s: float = Field(default=60.0, ge=1, description="Seconds between looks at the served folders.")
    settle_s: float = Field(default=30.0, ge=0, description="Seconds a file must be unchanged before it is registered.")
    upload_expiry_s: int = Field(
        default=24 * 3600, ge=60, description="Seconds after which an upload that nobody goes on with is deleted."
    )
    uploads_open: int = Field(default=200, ge=1, description="Unfinished uploads that one person may have.")
    decoder_memory: Bytes = Field(default=2**30, ge=2**28, description="Data segment limit of one decoder process.")
    decoder_timeout_s: float = Field(default=30.0, gt=0, description="Longest time one decode may take.")
    bioformats_jar: Path | None = Field(
        default=None, description="The Bio-Formats jar; default that of an installed package."
    )
    session_idle_s: int = Field(default=15 * 60, ge=60, description="Seconds without use after which a session ends.")
    session_absolute_s: int = Field(
        default=12 * 3600, ge=60, description="Seconds after which a session ends in any case."
    )
    second_factor_for: tuple[Literal["administrator", "auditor", "operator", "everybody"], ...] = Field(
        default=(), description="Who must sign in with a second factor: organisation roles, or everybody."
    )
    registration: Literal["off", "domain", "approval"] = Field(
        default="off",
        description="Who may make an account: nobody, whoever has mail in a listed domain, or whoever is approved.",
    )
    registration_domains: tuple[str, ...] = Field(
        default=(), description="Domains whose mail addresses may register, when registration is domain."
    )
    allow_public: bool = Field(
        default=False, description="Whether managers may open a project to people who are not signed in."
    )
    terms_file: Path | None = Field(
        default=None, description="A text that everybody must accept; when it changes, they accept it again."
    )
    identity_file: Path | None = Field(
        default=None, description="Providers of accounts that are kept elsewhere (LDAP, OpenID Connect), TOML."
    )
    external_grace: int = Field(
        default=24 * 3600,
        ge=0,
        description="Seconds for which people of a provider that cannot be reached stay signed in.",
    )
    smtp_host: str | None = Field(default=None, description="Mail server; without one, links are shown to copy.")
    smtp_port: int = Field(default=587, ge=1, le=65535, description="Port of the mail server.")
    smtp_security: Literal["starttls", "tls", "none"] = Field(
        default="starttls", description="How the way to the mail server is encrypted."
    )
    smtp_user: str | None = Field(default=None, description="Name at the mail server, where it wants one.")
    smtp_password: SecretStr | None = Field(default=None, description="Password at the mail server.")
    smtp_from: str | None = Field(default=None, description="Sender of the mails; needed when smtp_host is set.")
    metrics_addresses: Words = Field(
        default=("127.0.0.1", "::1"), description="Addresses that may read /metrics without a token."
    )
    audit_heads: Path | None = Field(
        default=None,
        description="Folder on another machine or disk that gets a signed head of the audit trail each hour.",
    )
    audit_keep_years: int = Field(default=6, ge=1, le=100, description="Years for which the audit trail is kept.")
    notice: str = Field(default="Research use. Not for primary diagnosis", description="Footer of every page.")

    @field_validator(
        "data", "cache_dir", "bioformats_jar", "terms_file", "audit_heads", "tls_cert", "tls_key", "identity_file"
    )
    @classmethod
    def _absolute(cls, value: Path | None) -> Path | None:
        """Mean the same folder in every process, wherever it was started."""
        return None if value is None else value.absolute()

    @field_validator("terms_file")
    @classmethod
    def _terms(cls, value: Path | None) -> Path | None:
        if value is not None and not value.is_file():
            raise ValueError("there is no such file")
        return value

    @field_validator("registration_domains")
    @classmethod
    def _domains(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(domain.strip().lstrip("@").lower() for domain in value)

    @model_validator(mode="after")
    def _can_mail(self) -> Self:
        """Refuse what could not work, at the start and not when somebody stands before the door."""
        if self.smtp_host is not None and self.smtp_from is None:
            raise ValueError("smtp_host also needs smtp_from")
        if self.registration == "domain":
            missing = [name for name in ("registration_domains", "smtp_host", "base_url") if not getattr(self, name)]
            if missing:
                raise ValueError(f"registration by domain also needs {' and '.join(missing)}")
        return self

    @field_validator("trusted_proxies")
    @classmethod
    def _networks(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        """Take addresses and networks only: a name could lead anywhere tomorrow."""
        for one in value:
            try:
                ipaddress.ip_network(one, strict=False)
            except ValueError as error:
                raise ValueError(f"{one} is no address and no network such as 10.0.0.0/24") from error
        return value

    @field_validator("base_url")
    @classmethod
    def _site(cls, value: str | None) -> str | None:
        """Take scheme, host and port, without a path: Coverslip has its site for itself."""
        if value is None:
            return None
        try:
            parts = urlsplit(value)
            fits = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.username is None
            port = parts.port  # raises when it is none
        except ValueError:
            fits, port = False, None
        if not fits or parts.path.strip("/") or parts.query or parts.fragment or port == 0:
            raise ValueError("write it as https://slides.example.org, without a path")
        return f"{parts.scheme}://{parts.netloc.lower()}"

    @property
    def speaks_tls(self) -> bool:
        """Whether this server itself encrypts."""
        return self.tls_cert is not None or self.tls_self_signed

    @property
    def uses_sqlite(self) -> bool:
        """Whether the database lies in the data folder."""
        return self.database_url is None

    @property
    def web_processes(self) -> int:
        """How many web processes serve."""
        return self.workers or min(2, _cores())

    @property
    def decoders(self) -> int:
        """Decoder processes of each web process."""
        return max(1, _cores() // self.web_processes)

    @property
    def cache_folder(self) -> Path:
        """Folder of the tile cache."""
        return self.cache_dir or self.data / "cache"

    @property
    def index_folder(self) -> Path:
        """Folder of the slide indexes."""
        return self.data / "index"


def read_settings(**overrides: Any) -> Settings:
    """Read the environment once; ``overrides`` (the command line) win, None means not given.

    Raises
    ------
    SettingRefused
        Names the first setting that cannot be used and says why.
    """
    try:
        return Settings(**{name: value for name, value in overrides.items() if value is not None})
    except ValidationError as error:
        first = error.errors()[0]
        reason = first["msg"].removeprefix("Value error, ")
        name = f"COVERSLIP_{str(first['loc'][0]).upper()}" if first["loc"] else "The settings together"
        raise SettingRefused(f"{name} cannot be used: {reason}.") from error


def ssh_connection() -> str | None:
    """Return what sshd says about the connection that this process was started from, None without one."""
    return os.environ.get("SSH_CONNECTION")


def use_metrics_folder(folder: Path) -> None:
    """Tell prometheus-client where processes share their counts; it reads nothing but the environment."""
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(folder)
