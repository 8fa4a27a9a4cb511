"""A data folder is private, writable, local, and one server's."""

import os
import stat
import subprocess
from pathlib import Path

import pytest
from tests.support.server import COVERSLIP, clean_environment

from coverslip.core.errors import AlreadyRunning, DataFolderRefused
from coverslip.infra import datafolder
from coverslip.infra.datafolder import lock_data_folder, make_data_folder
from coverslip.infra.runtime import open_runtime
from coverslip.settings import Settings


def test_it_is_made_for_its_owner_only(tmp_path: Path) -> None:
    make_data_folder(tmp_path / "a" / "data", sqlite=True)
    for folder in (tmp_path / "a" / "data", *(tmp_path / "a" / "data").iterdir()):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    make_data_folder(tmp_path / "a" / "data", sqlite=True)


def test_a_file_in_its_place_is_refused(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file")
    with pytest.raises(DataFolderRefused, match="data"):
        make_data_folder(tmp_path / "data", sqlite=True)
    with pytest.raises(DataFolderRefused):
        make_data_folder(tmp_path / "data" / "below", sqlite=True)


def test_a_place_that_cannot_be_written_is_refused() -> None:
    with pytest.raises(DataFolderRefused):
        make_data_folder(Path("/proc/coverslip-data"), sqlite=True)


@pytest.mark.parametrize("kind", ["nfs4", "cifs", "fuse.sshfs"])
def test_sqlite_on_a_network_file_system_is_refused_and_nothing_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    monkeypatch.setattr(datafolder, "file_system_of", lambda path: kind)
    with pytest.raises(DataFolderRefused, match=kind):
        make_data_folder(tmp_path / "data", sqlite=True)
    assert not (tmp_path / "data").exists()
    make_data_folder(tmp_path / "data", sqlite=False)


def test_one_server_at_a_time(tmp_path: Path) -> None:
    make_data_folder(tmp_path, sqlite=True)
    lock = lock_data_folder(tmp_path)
    with pytest.raises(AlreadyRunning):
        lock_data_folder(tmp_path)
    os.close(lock)
    os.close(lock_data_folder(tmp_path))


def test_its_key_is_random_kept_and_private(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path / "data")
    make_data_folder(settings.data, sqlite=True)
    keys = set()
    for _ in range(2):
        runtime = open_runtime(settings, decoders=1)
        keys.add(runtime.hmac_key)
        runtime.close()
    assert len(keys) == 1
    assert len(keys.pop()) == 32
    assert stat.S_IMODE((settings.data / "secret.key").stat().st_mode) == 0o600
    (settings.data / "secret.key").write_bytes(b"short")
    with pytest.raises(DataFolderRefused):
        open_runtime(settings, decoders=1)


def test_a_full_disk_is_one_sentence_and_leaves_the_folder_as_it_was(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    script = (
        'mount -t tmpfs -o size=200k small "$1" && head -c 190k /dev/zero > "$1/filler"; '
        '"$2" serve --data "$1/data" --port 0'
    )
    alone = ["unshare", "-m"] if os.getuid() == 0 else ["unshare", "-rm"]
    command = [*alone, "sh", "-c", script, "sh", str(disk), str(COVERSLIP)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120, env=clean_environment())
    assert done.returncode == 1, done.stderr
    assert done.stderr.splitlines()[-1].startswith("coverslip: The disk that holds Coverslip's data is full.")
    assert "Traceback" not in done.stderr
