"""Listeners up, drain, down."""

import asyncio
import gc
import logging
import os
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Final

from xinfu.errors import StoreError
from xinfu.node.adapters import opened_store
from xinfu.node.build import Node, build, public_url
from xinfu.node.config import Config
from xinfu.node.doctor import examine_start
from xinfu.node.listener import DRAIN_S, Server, allow_many_files, server
from xinfu.peers.names import LookUp
from xinfu.ports.clock import Clock
from xinfu.signers.process import forbid_cores, forbid_dumps

_log = logging.getLogger(__name__)

FIRST_PAUSE_S: Final = 1.0
LONGEST_PAUSE_S: Final = 30.0
"""Between two tries to reach a database that is away when a node starts."""


@asynccontextmanager
async def run_node(
    config: Config, *, clock: Clock | None = None, look_up: LookUp | None = None
) -> AsyncIterator[Node]:
    """A node that listens and works for as long as the block lasts.

    Args:
        clock: whose time it goes by; the machine's, when none is given.
        look_up: how names become addresses; the system's way, when none is given.
    """
    node = await build(config, clock=clock, look_up=look_up)
    tasks: list[asyncio.Task[None]] = []
    serving: list[asyncio.Task[None]] = []
    servers: list[Server] = []
    sockets = [node.sockets.management, node.sockets.protocol, node.sockets.data]
    try:
        servers += [
            server(config, node.management, config.listen.management, tls=False),
            server(config, node.protocol, config.listen.protocol, tls=True),
            server(config, node.data, config.listen.data, tls=True),
        ]
        await node.sequencer.begin()
        loops = (node.dispatcher, node.sequencer, node.timer)
        tasks += [asyncio.create_task(each.run()) for each in loops]
        serving += [
            asyncio.create_task(each.serve(sockets=[bound]))
            for each, bound in zip(servers, sockets, strict=True)
        ]
        await _started(servers, serving)
        await node.vaults.restore()
        node.health.listening = True
        tasks.append(asyncio.create_task(node.witness.run()))
        yield node
    finally:
        node.health.listening = False
        node.parts.streams.stopping.set()
        for each in servers:
            each.end()
        if serving:
            await asyncio.wait(serving, timeout=DRAIN_S)
        for task in [*tasks, *serving]:
            task.cancel()
        await asyncio.gather(*tasks, *serving, return_exceptions=True)
        await node.close()


async def run(config: Config, ready: Callable[[Node], None]) -> None:
    """Run a node until SIGTERM or SIGINT; `ready` is called once it listens."""
    os.umask(0o077)  # what a node writes is for its own user alone
    forbid_cores()
    if not config.development:
        forbid_dumps()
    allow_many_files()
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stop.set)
    if not await _store_is_there(config, stop):
        return
    async with run_node(config) as node:
        ready(node)
        gc.collect()
        gc.freeze()  # what a node is made of stays: it is not looked through again
        looking = asyncio.create_task(examine_start(node.config, node.parts, node.keys))
        await stop.wait()
        _log.info("stopping")
        looking.cancel()
        await asyncio.gather(looking, return_exceptions=True)


async def _store_is_there(config: Config, stop: asyncio.Event) -> bool:
    """Wait for an unreachable database, with growing pauses between tries; False if the node was stopped.

    Raises:
        XinfuError: the store cannot be opened for another reason.
    """
    if config.store.url is None:
        return True
    loop = asyncio.get_running_loop()
    begun_s, pause_s = loop.time(), FIRST_PAUSE_S
    while True:
        opening = asyncio.create_task(_open_once(config))
        stopping = asyncio.create_task(stop.wait())
        await asyncio.wait({opening, stopping}, return_when=asyncio.FIRST_COMPLETED)
        if not opening.done():
            opening.cancel()
        stopping.cancel()
        (away,) = await asyncio.gather(opening, return_exceptions=True)
        if stop.is_set():
            return False
        if away is None:
            return True
        if not isinstance(away, StoreError) or away.code != "store.away":
            raise away
        _log.warning(
            "%s Waiting for it since %.0f s; the next try is in %g s.",
            away.en,
            loop.time() - begun_s,
            pause_s,
            extra={"code": away.code},
        )
        with suppress(TimeoutError):
            async with asyncio.timeout(pause_s):
                await stop.wait()
                return False
        pause_s = min(2 * pause_s, LONGEST_PAUSE_S)


async def _open_once(config: Config) -> None:
    await (await opened_store(config)).close()


def urls(node: Node) -> dict[str, str]:
    """The addresses of the listeners as others reach them."""
    listen, sockets = node.config.listen, node.sockets
    management = sockets.management.getsockname()
    return {
        "management": f"http://{management[0]}:{management[1]}",
        "protocol": public_url(node.config, listen.protocol, sockets.protocol),
        "data": public_url(node.config, listen.data, sockets.data),
    }


async def _started(servers: list[Server], serving: list[asyncio.Task[None]]) -> None:
    while not all(each.started for each in servers):
        for task in serving:
            if task.done():
                task.result()
        await asyncio.sleep(0.005)
