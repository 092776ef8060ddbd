"""Throw-away development nodes, each a separate process on free loopback ports.

For the demo, scenarios and measurements. They end with the block: each process is ended by its id on every exit, and
ends by itself when this process is gone, because it watches its standard input.
"""

import asyncio
import contextlib
import os
import sys
import tempfile
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any, Final

import msgspec

from xinfu.cli import errors
from xinfu.cli.init import API, Settings, write_node
from xinfu.cli.options import CONFIG
from xinfu.client import connect

READY_S: Final = 30
STOP_S: Final = 8
OPERATOR: Final = "operator"
SPACE: Final = "demo-space"
LOG: Final = "node.log"


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """A participant, and the node to start for it.

    Attributes:
        key: its id, and its alias in the others' address books.
        host: key of the participant whose node hosts it; "" for its own node.
        claims: claims of its membership credential, besides the space.
        folders: folders from which it may publish.
        environment: settings that differ from the defaults, such as XINFU_STORE_PATH.
        entity, connector: its codes, where it signs digital contracts.
        place: makes it a service platform of this region. platform: the DID of the one it files with.
    """

    key: str
    host: str = ""
    claims: dict[str, str] = {}
    name_en: str = ""
    name_zh: str = ""
    issuer: bool = False
    trusts: tuple[str, ...] = ()
    folders: tuple[str, ...] = ()
    environment: dict[str, str] = {}
    entity: str = ""
    connector: str = ""
    place: str = ""
    platform: str = ""


_OPERATOR: Final = Plan(key=OPERATOR, issuer=True, name_en="Space operator", name_zh="空间运营者")
_PLATFORM: Final = msgspec.structs.replace(_OPERATOR, entity="12430200000000001D", place="4302")
"""The operator where its members sign digital contracts: they are filed with it."""


class RunningParticipant(msgspec.Struct, frozen=True, kw_only=True):
    """A participant whose node is listening.

    Attributes:
        participant: its DID. pid: of its node. api_key: opens it, and all of its node where it is not hosted.
        management, protocol, data: its listeners, without a slash at the end.
        base: its protocol address, protocol 2025-1.
        entity, connector: its codes. claims: those of its credential, besides the space.
    """

    key: str
    name_en: str
    name_zh: str
    participant: str
    management: str
    protocol: str
    data: str
    base: str
    api_key: str
    folder: Path
    pid: int
    entity: str = ""
    connector: str = ""
    claims: dict[str, str] = {}

    def __repr__(self) -> str:
        return f"Started({self.key}, pid={self.pid}, management={self.management})"


class _Ready(msgspec.Struct, frozen=True, kw_only=True):
    """The line that a node prints when it is ready."""

    urls: dict[str, str]
    participants: list[dict[str, Any]]


@asynccontextmanager
async def started_nodes(
    plans: Sequence[Plan], *, folder: Path | None = None, space: bool = True
) -> AsyncIterator[list[RunningParticipant]]:
    """Start the participants of `plans`, in order; with `space`, followed by the operator.

    Args:
        folder: folder of all their data; by default a temporary folder that is removed at the end.
        space: start an operator that gives each a membership credential, and let them know each other by key. It
            is a service platform too, for those who have a subject code.

    Raises:
        PeerError: `nodes.not-ready`, with what the node said.
    """
    async with AsyncExitStack() as stack:
        root = folder or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="xinfu-")))
        if not space:
            yield await _all(stack, plans, root)
            return
        chosen = _PLATFORM if any(plan.entity for plan in plans) else _OPERATOR
        operator = await stack.enter_async_context(start_participant(chosen, root / OPERATOR))
        members = await _all(stack, [_member(plan, operator.participant) for plan in plans], root)
        await introduce(operator, members)
        yield [*members, operator]


async def introduce(operator: RunningParticipant, members: Sequence[RunningParticipant]) -> None:
    """Make participants members of the operator's space, and add each to the address books of the other nodes."""
    async with AsyncExitStack() as stack:
        issuer = await stack.enter_async_context(connect(operator.management, operator.api_key))
        for member in members:
            node = await stack.enter_async_context(connect(member.management, member.api_key))
            claims = {"memberOf": SPACE, **member.claims}
            issued = await issuer.credentials.issue(member.participant, claims=claims)
            await node.credentials.hold(issued.jwt)
            for other in [*members, operator]:
                if other.pid != member.pid:
                    await node.participants.set(
                        other.key,
                        other.participant,
                        entity=other.entity,
                        connector=other.connector,
                        name=other.name_zh,
                    )


def _member(plan: Plan, operator: str) -> Plan:
    """Return the plan with trust in the operator, with which it files contracts if it has a code to sign with."""
    return msgspec.structs.replace(plan, trusts=(operator,), platform=operator if plan.entity else "")


@asynccontextmanager
async def start_participant(plan: Plan, folder: Path) -> AsyncIterator[RunningParticipant]:
    """Run a node in its own process for the duration of the block.

    Raises:
        PeerError: `nodes.not-ready`.
    """
    await asyncio.to_thread(write_node, folder, _settings(plan))
    log = (folder / LOG).open("wb")
    try:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "xinfu", "run", "--config", CONFIG, "--json", "--while-stdin"),
            cwd=folder,
            env={**_clean(os.environ), **plan.environment},
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=log,
            start_new_session=True,
        )
    finally:
        log.close()
    try:
        ready = await _ready(process, plan, folder)
        yield _started(plan, folder, process.pid, ready)
    finally:
        await _ended(process)


async def _all(stack: AsyncExitStack, plans: Sequence[Plan], root: Path) -> list[RunningParticipant]:
    """Start the nodes concurrently, then host the other participants; if one fails, end those that started."""
    own = [plan for plan in plans if not plan.host]
    stacks = [AsyncExitStack() for _ in own]
    for each in stacks:
        stack.push_async_exit(each)
    nodes = await asyncio.gather(
        *(
            each.enter_async_context(start_participant(plan, root / plan.key))
            for each, plan in zip(stacks, own, strict=True)
        )
    )
    found = {each.key: each for each in nodes}
    for plan in plans:
        if plan.host:
            found[plan.key] = await _hosted(found[plan.host], plan)
    return [found[plan.key] for plan in plans]


async def _hosted(host: RunningParticipant, plan: Plan) -> RunningParticipant:
    """Host another participant at a running node."""
    name = {"en": plan.name_en or plan.key, "zh": plan.name_zh or plan.key}
    async with connect(host.management, host.api_key) as node:
        added = await node.contexts.add(
            plan.key, name=name, entity=plan.entity, connector=plan.connector, folders=plan.folders
        )
    return msgspec.structs.replace(
        host,
        key=plan.key,
        name_en=name["en"],
        name_zh=name["zh"],
        participant=added.context.participant,
        base=added.context.protocol,
        api_key=added.api_key,
        entity=plan.entity,
        connector=plan.connector,
        claims=plan.claims,
    )


def _settings(plan: Plan) -> Settings:
    return Settings(
        id=plan.key,
        name_en=plan.name_en or plan.key,
        name_zh=plan.name_zh or plan.key,
        issuer=plan.issuer,
        development=True,
        ports=(0, 0, 0),
        trusts=plan.trusts,
        folders=plan.folders,
        entity=plan.entity,
        connector=plan.connector,
        place=plan.place,
        platform=plan.platform,
    )


def _clean(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the environment without the settings of other nodes."""
    return {name: value for name, value in environment.items() if not name.startswith("XINFU_")}


async def _ready(process: asyncio.subprocess.Process, plan: Plan, folder: Path) -> _Ready:
    if process.stdout is None:
        raise RuntimeError("stdout is a pipe")
    said = b""
    try:
        async with asyncio.timeout(READY_S):
            said = await process.stdout.readline()
            return msgspec.json.decode(said, type=_Ready)
    except (TimeoutError, msgspec.DecodeError) as error:
        with contextlib.suppress(TimeoutError):
            said += await asyncio.wait_for(process.stdout.read(65536), 1)
        log = await asyncio.to_thread(_tail, folder / LOG)
        told = " ".join((said.decode(errors="replace") + " " + log).split())[-1500:]
        raise errors.NODES_NOT_READY(
            key=plan.key, told=told or "it said nothing", told_zh=told or "没有任何输出"
        ) from error


def _tail(path: Path) -> str:
    with path.open("rb") as file:
        file.seek(0, os.SEEK_END)
        file.seek(max(0, file.tell() - 1200))
        return file.read().decode(errors="replace")


def _started(plan: Plan, folder: Path, pid: int, ready: _Ready) -> RunningParticipant:
    return RunningParticipant(
        key=plan.key,
        name_en=plan.name_en or plan.key,
        name_zh=plan.name_zh or plan.key,
        participant=str(ready.participants[0]["participant"]),
        management=ready.urls["management"],
        protocol=ready.urls["protocol"],
        data=ready.urls["data"],
        base=str(ready.participants[0]["protocol"]),
        api_key=(folder / API).read_text(encoding="ascii").strip(),
        folder=folder,
        pid=pid,
        entity=plan.entity,
        connector=plan.connector,
        claims=plan.claims,
    )


async def _ended(process: asyncio.subprocess.Process) -> None:
    """Ask a process to stop, then force it; also while this task is being cancelled."""
    try:
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        await asyncio.wait_for(process.wait(), STOP_S)
    except TimeoutError:
        pass
    finally:
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()
