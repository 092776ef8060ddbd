"""`xinfu run`: run a node until a signal stops it."""

import asyncio
import os
import signal
import sys
import threading
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import click
import msgspec

from xinfu.cli.options import CONFIG, speaking
from xinfu.cli.output import Output
from xinfu.node.build import Node
from xinfu.node.config import load
from xinfu.node.logs import configure
from xinfu.node.run import run, urls


@click.command(name="run")
@click.option(
    "--config",
    "path",
    type=click.Path(dir_okay=False, path_type=Path),
    default=CONFIG,
    show_default=True,
    help="The node's configuration.",
)
@click.option("--while-stdin", is_flag=True, hidden=True, help="Stop when standard input ends.")
@speaking
def run_command(out: Output, path: Path, while_stdin: bool) -> None:
    """Run a node until a signal stops it.

    It prints a line with its addresses when it is ready. SIGTERM or Ctrl-C stops it: running streams get a moment to
    end, and unsent messages continue at the next start.
    """
    config = load(path)
    configure(config)
    if config.development:
        out.warn(
            "DEVELOPMENT: http and loopback addresses are allowed. Never for real data.",
            "开发模式：允许 http 和环回地址，切勿用于真实数据。",
        )
    if while_stdin:
        _stop_with_stdin()
    _run(run(config, lambda node: _ready(out, node)))


def _ready(out: Output, node: Node) -> None:
    at = urls(node)
    played = [
        {
            "id": each.id,
            "participant": each.participant,
            "name": dict(each.name),
            "protocol": each.protocol_base,
            "data": each.data_base,
        }
        for each in node.parts.contexts
    ]
    if out.as_json:
        click.echo(msgspec.json.encode({"ready": True, "urls": at, "participants": played}).decode())
    else:
        places = ", ".join(f"{name} {url}" for name, url in at.items())
        who = ", ".join(str(each["participant"]) for each in played)
        click.echo(out.pick(f"Ready: {places}; plays {who}.", f"已就绪：{places}；参与方 {who}。"))
    sys.stdout.flush()


def _stop_with_stdin() -> None:
    """Stop as on SIGTERM when the parent process is gone, however it ended."""
    threading.Thread(target=_watch_stdin, daemon=True).start()


def _watch_stdin() -> None:
    while os.read(sys.stdin.fileno(), 4096):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


def _run(main: Coroutine[Any, Any, None]) -> None:
    """Run on uvloop if it is installed."""
    try:
        import uvloop  # not on every system
    except ImportError:
        asyncio.run(main)
    else:
        uvloop.run(main)
