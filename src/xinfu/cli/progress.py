"""A progress bar on stderr, for people at a terminal only."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from xinfu.cli.output import Output


@contextmanager
def progress(out: Output, what: str) -> Iterator[Callable[[int, int], None]]:
    """Yield a function that takes bytes done and bytes in all; it draws a bar on a terminal."""
    if out.as_json or not sys.stderr.isatty():
        yield _nothing
        return
    from rich.console import Console  # drawn rarely, and slow to import
    from rich.progress import (
        BarColumn,
        DownloadColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
        TransferSpeedColumn,
    )

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(binary_units=True),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task(what, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def _nothing(_done: int, _total: int) -> None:
    """Ignore progress, because no one watches."""
