"""Reads one column of a file of rows in a process of its own, and says what that took.

`python -m tests.dataplanes.tables.swelling FORMAT COLUMN FILE` prints, as JSON, the rows, the code of a refusal, and the most
memory that the process has held, in bytes.
"""

import asyncio
import json
import resource
import sys
import tempfile
from pathlib import Path
from typing import Any

from xinfu.dataplanes.files import Files
from xinfu.dataplanes.own_files import OwnFiles
from xinfu.dataplanes.tables.file_rows import FileRows
from xinfu.dataplanes.tables.threads import Threads
from xinfu.errors import XinfuError
from xinfu.odrl import Columns
from xinfu.ports.sources import FileSource, RowsSource

ADDRESSES = 4 * 1024**3


async def taken(format_: Any, column: str, path: str) -> dict[str, int | str]:
    """Rows and code."""
    [file] = await Files(OwnFiles()).files(FileSource(path=path))
    source = RowsSource(path=path, stamp=file.stamp, format=format_)
    rows, threads = 0, Threads(1)
    try:
        with tempfile.TemporaryDirectory() as spill:
            reading = FileRows(threads, spill=Path(spill), own=OwnFiles())
            async with reading.open(source, (Columns((column,)),), arrow=False) as opened:
                async for batch in opened.batches():
                    rows += len(batch)
    except XinfuError as error:
        return {"rows": rows, "code": error.code}
    finally:
        threads.close()
    return {"rows": rows, "code": ""}


def peak() -> int:
    """What this program has held at most; what is counted for a process begins with the one that started it."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) * 1024


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_AS, (ADDRESSES, ADDRESSES))
    found = asyncio.run(taken(*sys.argv[1:]))
    print(json.dumps({**found, "peak": peak()}))
