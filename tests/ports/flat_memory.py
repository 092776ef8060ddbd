"""Read a source through a provider's node in a process that may not hold it: run by test_dataplane_memory.py.

Once the node runs, the process gets so much more memory and no byte beyond; the kernel keeps that.
"""

import asyncio
import resource
import sys
from pathlib import Path

import aiohttp
import msgspec
from tests.web.data.conftest import configured, offered

from xinfu.node.run import run_node
from xinfu.ports.sources import Source


async def main(folder: Path, source: Source, spare: int) -> None:
    """Print how many bytes came."""
    async with run_node(configured(folder)) as node, aiohttp.ClientSession(read_bufsize=2**16) as session:
        listening = await offered(node, folder, source, None)
        url, token = await listening.token()
        headers = {"Authorization": f"Bearer {token}"}
        async with session.get(url, headers=headers | {"Range": "bytes=0-99"}) as answer:
            await answer.read()  # what is loaded at first use is loaded now
        limit = _size() + spare
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
        count = 0
        async with session.get(url, headers=headers) as answer:
            async for piece in answer.content.iter_any():
                count += len(piece)
        print(count)


def _size() -> int:
    """Bytes of memory that this process has mapped."""
    return int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), msgspec.json.decode(sys.argv[2], type=Source), int(sys.argv[3])))
