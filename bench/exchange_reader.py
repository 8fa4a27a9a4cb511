"""``python -m bench.exchange_reader DATA SLIDE FILE``: import an annotation file beside a server, say what it took."""

import json
import os
import sys
import threading
import time
from pathlib import Path

import psutil

from coverslip.features import annotations, identity
from coverslip.infra.runtime import open_runtime
from coverslip.settings import read_settings

LOOK_S = 0.02


def main() -> None:
    data, slide_id, path = Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3])
    runtime = open_runtime(read_settings(data=data), decoders=1)
    with runtime.db.transaction() as session:
        identity.ensure_administrator(session)
        viewer = identity.local_administrator(session)
    peak, ended = [0], threading.Event()

    def watch() -> None:
        own = psutil.Process(os.getpid())
        while not ended.wait(LOOK_S):
            whole = 0
            for one in (own, *own.children(recursive=True)):
                try:
                    whole += one.memory_info().rss
                except psutil.Error:
                    continue
            peak[0] = max(peak[0], whole)

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    begun = time.perf_counter()
    found = annotations.import_file(runtime, viewer, slide_id, path, annotations.Asked(path.name, frame="full"))
    seconds = time.perf_counter() - begun
    ended.set()
    watcher.join()
    count = sum(one.count for one in found.goes)
    told = {"seconds": seconds, "peak_mb": peak[0] / 1e6, "file_mb": path.stat().st_size / 1e6, "count": count}
    print(json.dumps(told))
    runtime.pool.close_blocking()
    runtime.close()


if __name__ == "__main__":
    main()
