"""The furnished house, once for all tests of a session."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.authorisation.furnishing import furnish
from tests.authorisation.house import House

from coverslip.infra.datafolder import make_data_folder
from coverslip.infra.pool import DecoderPool
from coverslip.infra.runtime import open_runtime
from coverslip.infra.schema import migrate
from coverslip.settings import Settings


@pytest.fixture(scope="session")
def house(
    tmp_path_factory: pytest.TempPathFactory, decoders: DecoderPool, sample: Callable[[str], Path]
) -> Iterator[House]:
    """The house; whoever changes something puts it back."""
    folder = tmp_path_factory.mktemp("house")
    settings = Settings(data=folder / "data", settle_s=0.0, poll_s=60.0)
    make_data_folder(settings.data, sqlite=True)
    runtime = open_runtime(settings, decoders=1)
    runtime.pool.close_blocking()
    runtime.pool = decoders
    migrate(runtime.db)
    profile = sample("other/AdobeRGB1998.icc").read_bytes()
    found = furnish(runtime, sample("slides/CMU-1-Small-Region.svs"), profile, folder / "slides")
    yield found
    found.close()
    runtime.close()
