"""Write the API's description for the web app: ``python tools/export_openapi.py [--check]``.

``web/openapi.json`` is what the server itself answers at ``/api/v1/openapi.json``; the types of the
web app are generated from it by ``npm run generate``. With ``--check`` nothing is written, and the
exit code is 1 when the committed file is not what the server says now.
"""

import asyncio
import json
import sys
import tempfile
from pathlib import Path

import httpx

from coverslip.app import API, create_app
from coverslip.infra.datafolder import make_data_folder
from coverslip.infra.runtime import open_runtime
from coverslip.settings import read_settings

TARGET = Path(__file__).parents[1] / "web" / "openapi.json"


def describe() -> str:
    """Return the description as the server gives it, in a stable layout."""
    with tempfile.TemporaryDirectory() as folder:
        settings = read_settings(data=Path(folder) / "data")
        make_data_folder(settings.data, sqlite=True)
        runtime = open_runtime(settings, decoders=1)
        try:
            document = asyncio.run(_ask(create_app(runtime)))
        finally:
            runtime.close()
    # The version of the package is no part of what the web app depends on.
    document["info"]["version"] = "1"
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


async def _ask(app: object) -> dict[str, dict[str, str]]:
    transport = httpx.ASGITransport(app=app)  # type: ignore[arg-type]  # httpx types ASGI applications narrower than they are
    async with httpx.AsyncClient(transport=transport, base_url="http://coverslip") as client:
        answer = await client.get(f"{API}/openapi.json")
    answer.raise_for_status()
    document: dict[str, dict[str, str]] = answer.json()
    return document


def main(arguments: list[str]) -> int:
    text = describe()
    if "--check" not in arguments:
        TARGET.write_text(text, encoding="utf-8")
        return 0
    if TARGET.read_text(encoding="utf-8") == text:
        return 0
    print("web/openapi.json is stale: run 'python tools/export_openapi.py', then 'npm run generate' in web/.")
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
