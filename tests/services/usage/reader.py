"""A provider's process that reads one file again and again under a token, and says after each chunk what has left.

Run: python reader.py FOLDER TRANSFER TOKEN [KEY]. It ends with the first refusal, or is killed; under a key it reads once.
"""

import asyncio
import sys
from pathlib import Path

from tests.services.usage.conftest import SteppedClock

from xinfu.errors import RefusedError
from xinfu.node.build import build
from xinfu.node.config import load
from xinfu.services.usage.grant_lookup import ReadRequest
from xinfu.services.usage.use import use


async def main() -> None:
    """Read until nothing is left."""
    folder, transfer, token = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
    key = sys.argv[4] if sys.argv[4:] else ""
    ask = ReadRequest(context="bureau", token=token, transfer=transfer, range="bytes=0-2999999", key=key)
    node = await build(load(folder / "node.toml", {}), clock=SteppedClock())
    try:
        while True:
            async with use(node.parts, ask) as held:
                async for chunk in held.chunks():
                    print(len(chunk), flush=True)
            if key:
                print("read", flush=True)
                break
    except RefusedError as error:
        print(error.code, flush=True)
    finally:
        await node.close()


if __name__ == "__main__":
    asyncio.run(main())
