"""All settings in one frozen value, read once from ``COVERSLIP_*`` and passed down.

No other module reads the environment.
"""

import os
import re
from pathlib import Path
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

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


class Settings(BaseSettings):
    """What an administrator may set; every field is ``COVERSLIP_<NAME>`` in the environment."""

    model_config = SettingsConfigDict(env_prefix="COVERSLIP_", frozen=True, extra="ignore")

    data: Path = Field(default=Path("coverslip-data"), description="Folder for the database, slide indexes and caches.")
    host: str = Field(default="127.0.0.1", description="Address to listen on.")
    port: int = Field(default=8080, ge=0, le=65535, description="Port to listen on; 0 picks a free one.")
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
    metrics_addresses: tuple[str, ...] = Field(
        default=("127.0.0.1", "::1"), description="Addresses that may read /metrics without a token."
    )
    notice: str = Field(default="Research use. Not for primary diagnosis", description="Footer of every page.")

    @field_validator("data", "cache_dir", "bioformats_jar")
    @classmethod
    def _absolute(cls, value: Path | None) -> Path | None:
        """Mean the same folder in every process, wherever it was started."""
        return None if value is None else value.absolute()

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
        name = "_".join(str(part) for part in first["loc"]).upper()
        reason = first["msg"].removeprefix("Value error, ")
        raise SettingRefused(f"COVERSLIP_{name} cannot be used: {reason}.") from error


def ssh_connection() -> str | None:
    """Return what sshd says about the connection that this process was started from, None without one."""
    return os.environ.get("SSH_CONNECTION")


def use_metrics_folder(folder: Path) -> None:
    """Tell prometheus-client where processes share their counts; it reads nothing but the environment."""
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(folder)
