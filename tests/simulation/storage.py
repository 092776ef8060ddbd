"""Where the store of a process lies, and what of it is there again after the process has died.

Here: a SQLite file. In a power cut everything since the last commit that was flushed is gone: the write-ahead log
is cut there.
"""

import shutil
from pathlib import Path
from typing import Any, Protocol

from tests.simulation.fragile import Die, FragileStore

from xinfu.stores.sqlite import SqliteStore


class Storage(Protocol):
    """What outlives a process."""

    async def open(self, die: Die) -> FragileStore:
        """The store as it lies there, for a new process."""

    def fall(self, *, power: bool) -> None:
        """The process that opened it is dead from now on; `power`: what was not flushed is lost."""

    async def copy(self) -> Any:
        """All that it holds now."""

    async def set_back(self, older: Any) -> None:
        """Hold what a copy holds; nobody has it open."""


class FragileFile(FragileStore):
    """A `Store` over the SQLite file at `path`."""

    def __init__(self, path: Path, die: Die) -> None:
        super().__init__(SqliteStore(path, durable=False, busy_timeout_s=1.0), die)
        self._path = path
        self._log = path.with_name(path.name + "-wal")
        self._kept = 0
        self.flushed()

    def flushed(self) -> None:
        self._kept = self._log.stat().st_size if self._log.exists() else 0

    def after_power_cut(self, target: Path) -> None:
        """Copy what a disk would hold now: the file, and its log as far as it was flushed."""
        shutil.copyfile(self._path, target)
        if self._log.exists():
            target.with_name(target.name + "-wal").write_bytes(self._log.read_bytes()[: self._kept])


class Disk:
    """A `Storage` in one file after another; the first is at `path`."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._copies = 0

    async def open(self, die: Die) -> FragileStore:
        self._store = FragileFile(self._path, die)
        return self._store

    def fall(self, *, power: bool) -> None:
        if power:
            self._path = self._copied()

    async def copy(self) -> Path:
        return self._copied()

    async def set_back(self, older: Path) -> None:
        self._path = older

    def _copied(self) -> Path:
        self._copies += 1
        target = self._path.with_name(f"{self._path.stem}-{self._copies}.db")
        self._store.after_power_cut(target)
        return target
