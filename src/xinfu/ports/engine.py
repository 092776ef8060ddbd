"""Engines: where jobs run that are asked of data in place.

An engine trusts neither the job nor its text: each job runs in a disposable process of its own, under limits, and
nothing of it outlives the answer. Whether a job may run, and whether its answer may leave, is decided outside.
Follows: TC609-6-2025-16, checks 57, 58 and 66 (environment, sandbox, computing).
"""

from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Protocol

import msgspec


class Isolation(StrEnum):
    """How far an engine keeps a job apart, from the weakest; stronger includes weaker."""

    PROCESS = "process"
    """Landlock, seccomp without sockets, limits of the operating system, no privileges."""
    NAMESPACE = "namespace"
    """The same inside namespaces of its own: an empty root, no network, no other process in sight."""


class Limits(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The most that one job may take. All are enforced by the operating system or by the end of the process."""

    seconds: float = 60.0
    """Of wall time; a third more of processor time on each processor."""
    memory_bytes: int = 1 << 30
    disk_bytes: int = 256 << 20
    """Of the job's own folder, which is gone after it."""
    processes: int = 1
    """Processes and threads at a time that the job's own code may hold."""
    output_bytes: int = 16 << 20


class TableInput(msgspec.Struct, frozen=True, kw_only=True):
    """A table that a query may name."""

    name: str
    path: Path
    """A DuckDB file, or a Parquet, CSV or Arrow file, by its suffix; opened for reading alone."""
    table: str = ""
    """The table or view inside a DuckDB file; else empty."""


class SqlJob(msgspec.Struct, frozen=True, kw_only=True):
    """A SELECT over named tables, in the text that the static gate regenerated."""

    text: str
    inputs: tuple[TableInput, ...] = ()


class FileInput(msgspec.Struct, frozen=True, kw_only=True):
    """A file that a programme may read under the name `inputs/<name>`."""

    name: str
    path: Path


class ProgrammeJob(msgspec.Struct, frozen=True, kw_only=True):
    """A run of a Python programme: its function `main(inputs, **arguments)` is called once and returns rows.

    `inputs` maps each input's name to its path; a row is a mapping of the declared output columns to a number, a text,
    a truth value or None.
    """

    code: bytes
    """UTF-8 source of one module."""
    arguments: Mapping[str, object]
    """JSON values."""
    inputs: tuple[FileInput, ...] = ()


Job = SqlJob | ProgrammeJob


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """A job before it runs: the tables and functions as its own parser sees them."""

    tables: tuple[str, ...] = ()
    functions: tuple[str, ...] = ()


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """The answer of a job that ended well."""

    columns: tuple[str, ...]
    rows: bytes
    """Arrow IPC stream of a query; JSON of a list of lists, in the order of `columns`, of a programme."""
    seconds: float
    """Of wall time, from the start of the job."""


class Health(msgspec.Struct, frozen=True, kw_only=True):
    """The abilities of an engine on this machine, as probed at its start."""

    name: str
    isolation: Isolation
    versions: Mapping[str, str]
    """Of the interpreter and of each library that a job meets; the digest of an environment is taken of these."""
    missing: str = ""
    """Why the engine runs nothing here, for the operator; empty: it runs."""


class Engine(Protocol):
    """Runs jobs of the kinds that it knows, each in a process that ends with it.

    Errors never carry text of the job or of its data: one code for each class of failure.
    """

    async def plan(self, job: Job) -> Plan:
        """Parse a job without touching a row.

        Raises:
            XinfuError: `job.failed`: it cannot be parsed, or is of a kind that this engine does not run.
        """
        ...

    async def run(self, job: Job, *, id: str, limits: Limits) -> Outcome:  # noqa: A002 - the job's id
        """Run a job to its end.

        Raises:
            XinfuError: `job.failed`: it failed, whatever went wrong inside; `job.limit`: a limit ended it, which is
                named; `job.cancelled`: `cancel` ended it; `engine.unavailable`: this machine cannot run it.
        """
        ...

    async def cancel(self, id: str) -> None:  # noqa: A002 - the job's id
        """End a job within a second, with all that it started. One that is not running is left alone."""
        ...

    async def health(self) -> Health:
        """Say what this engine can do here."""
        ...

    async def close(self) -> None:
        """End all jobs and idle workers; returns when no process is left."""
        ...
