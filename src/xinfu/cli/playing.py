"""Plays a scenario: find it, start a node for each participant, pass on their clients.

Scenarios use xinfu from a separate package; they are found by the entry point group `xinfu.scenarios`.
"""

import asyncio
import signal
from collections.abc import AsyncIterator, Callable, Collection, Coroutine, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any, Final, NamedTuple, Protocol, TypeVar

import click

from xinfu.cli import errors
from xinfu.cli.nodes import Plan, RunningParticipant, started_nodes
from xinfu.client import Node, connect

R = TypeVar("R")

GROUP: Final = "xinfu.scenarios"
Say = Callable[[str, str], None]


class Text(Protocol):
    """The same words in both languages."""

    @property
    def en(self) -> str: ...
    @property
    def zh(self) -> str: ...


class Participant(Protocol):
    """An organisation that needs a node.

    `key` is its id and alias, `entity` and `connector` are its codes or empty, `host` the key of the participant whose
    node hosts it or empty, `claims` those of its membership credential.
    """

    @property
    def key(self) -> str: ...
    @property
    def host(self) -> str: ...
    @property
    def claims(self) -> Mapping[str, str]: ...
    @property
    def name(self) -> Text: ...
    @property
    def entity(self) -> str: ...
    @property
    def connector(self) -> str: ...


class DemoResult(Protocol):
    """The result of a demo."""

    @property
    def page(self) -> Path: ...
    @property
    def lines(self) -> Sequence[Text]: ...
    @property
    def receipts(self) -> Sequence[Path]: ...


class Scenario(Protocol):
    """A scenario as these commands see it."""

    @property
    def title(self) -> Text: ...
    @property
    def participants(self) -> Sequence[Participant]: ...
    def cast(self, params: bytes | None) -> Sequence[Participant]: ...
    @property
    def needs_data(self) -> bool: ...
    @property
    def params_schema(self) -> Mapping[str, Any]: ...

    async def demo(
        self, nodes: Mapping[str, Node], out: Path, files: Sequence[Path] | None, say: Say
    ) -> DemoResult: ...

    async def run(
        self, nodes: Mapping[str, Node], data: Path, out: Path, params: bytes | None, say: Say
    ) -> Mapping[str, Any]: ...


class Stage(NamedTuple):
    """Participants with running nodes, the operator last, and their clients by key."""

    started: list[RunningParticipant]
    nodes: dict[str, Node]


def find(name: str) -> Scenario:
    """Return the scenario with this name.

    Raises:
        NotFoundError: `scenario.not-found`.
    """
    found = {each.name: each for each in entry_points(group=GROUP)}
    if name not in found:
        known = ", ".join(sorted(found)) or "none"
        raise errors.SCENARIO_NOT_FOUND(name=name, known=known)
    scenario: Scenario = found[name].load()
    return scenario


@asynccontextmanager
async def set_stage(
    scenario: Scenario, folders: Collection[Path], params: bytes | None = None
) -> AsyncIterator[Stage]:
    """Start a node for each participant that no other node hosts, all members of one space.

    Args:
        folders: folders from which the nodes may publish.
        params: the scenario's parameters, as it will be run with.

    Raises:
        PeerError: `nodes.not-ready`. InputError: `scenario.params-wrong`.
    """
    named = tuple(str(folder) for folder in folders)
    plans = [
        Plan(
            key=each.key,
            host=each.host,
            claims=dict(each.claims),
            name_en=each.name.en,
            name_zh=each.name.zh,
            folders=named,
            entity=each.entity,
            connector=each.connector,
        )
        for each in scenario.cast(params)
    ]
    async with AsyncExitStack() as stack:
        started = await stack.enter_async_context(started_nodes(plans))
        nodes = {
            each.key: await stack.enter_async_context(connect(each.management, each.api_key))
            for each in started
        }
        yield Stage(started, nodes)


def run_to_end(main: Coroutine[Any, Any, R]) -> R:
    """Run to the end; SIGINT and SIGTERM cancel it, so that every process that it started is ended.

    Raises:
        click.Abort: a signal came.
    """
    return asyncio.run(_cancelled_by_signals(main))


async def _cancelled_by_signals(main: Coroutine[Any, Any, R]) -> R:
    task = asyncio.ensure_future(main)
    loop = asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, task.cancel)
    try:
        return await task
    except asyncio.CancelledError:
        raise click.Abort from None


async def told_to_stop() -> None:
    """Return when SIGINT or SIGTERM arrives; a second signal cancels as before."""
    stop, loop, task = asyncio.Event(), asyncio.get_running_loop(), asyncio.current_task()
    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, stop.set)
    await stop.wait()
    if task is not None:
        for name in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(name, task.cancel)
