"""Everything a process of Coverslip holds: opened once, passed down, closed once."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from coverslip.infra.bus import Bus
from coverslip.infra.cache import TileCache
from coverslip.infra.db import Database, open_database
from coverslip.infra.denials import Denials
from coverslip.infra.keyfile import kept_key
from coverslip.infra.metrics import Metrics
from coverslip.infra.mounts import Mounts, StoredFiles
from coverslip.infra.pool import DecoderPool
from coverslip.infra.reserve import AuditReserve
from coverslip.settings import Settings

DECODER_MODULES: Final = ("coverslip.imaging.work",)


@dataclass(slots=True)
class Runtime:
    """The machines of one process.

    Attributes
    ----------
    settings : Settings
    db : Database
    pool : DecoderPool
    cache : TileCache
    bus : Bus
    mounts : Mounts
    files : StoredFiles
    metrics : Metrics
    reserve : AuditReserve
        Writes the records that must exist before an answer, also when the disk is full.
    denials : Denials
        Counts refused requests for the audit trail.
    hmac_key : bytes
        32 random bytes of this data folder.
    """

    settings: Settings
    db: Database
    pool: DecoderPool
    cache: TileCache
    bus: Bus
    mounts: Mounts
    files: StoredFiles
    metrics: Metrics
    reserve: AuditReserve
    denials: Denials
    hmac_key: bytes = field(repr=False)

    def close(self) -> None:
        """Close what does not need the event loop; end the pool before."""
        self.denials.flush()
        self.files.close()
        self.bus.close()
        self.db.close()


def open_runtime(settings: Settings, *, decoders: int, preload: tuple[str, ...] = DECODER_MODULES) -> Runtime:
    """Open the machines on a data folder that :func:`prepare_data_folder` made.

    Parameters
    ----------
    decoders : int
        Size of the pool; processes start when they are first needed.
    """
    db = open_database(settings)
    bus = Bus(run_folder(settings.data))
    db.publish = bus.publish
    mounts = Mounts()
    reserve = AuditReserve(db, settings.data)
    return Runtime(
        settings=settings,
        db=db,
        pool=DecoderPool(
            decoders, memory_bytes=settings.decoder_memory, timeout_s=settings.decoder_timeout_s, preload=preload
        ),
        cache=TileCache(settings.cache_folder, settings.cache_max),
        bus=bus,
        mounts=mounts,
        files=StoredFiles(mounts),
        metrics=Metrics(settings.data),
        reserve=reserve,
        denials=Denials(reserve),
        hmac_key=kept_key(settings.data / "secret.key"),
    )


def run_folder(data: Path) -> Path:
    """Return where the sockets and locks of a running server lie."""
    return data / "run"
