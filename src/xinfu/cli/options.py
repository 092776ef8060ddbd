"""Options common to commands: --json and --lang, and those that select the node."""

import asyncio
import os
import secrets
from collections.abc import Awaitable, Callable
from functools import wraps
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

import click
import msgspec

from xinfu.cli import errors
from xinfu.cli.output import Output
from xinfu.client import Node, connect
from xinfu.errors import InputError
from xinfu.ports.trace import Trace, read_trace

P = ParamSpec("P")
R = TypeVar("R")
F = TypeVar("F", bound=Callable[..., Any])

CONFIG = "node.toml"


forced = click.option("--force", is_flag=True, help="Replace an existing file.")
"""The option under which a command writes over what is there."""


class NodeAddress(msgspec.Struct, frozen=True, kw_only=True):
    """A node to speak to."""

    url: str
    api_key: str

    def __repr__(self) -> str:
        return f"Where(url={self.url!r})"


def speaking(function: Callable[Concatenate[Output, P], R]) -> Callable[..., R]:
    """Add --json and --lang to a command, which gets the `Output` that they choose."""

    @click.option(
        "--json", "as_json", is_flag=True, expose_value=False, callback=_json, help="Print one JSON document."
    )
    @click.option(
        "--lang",
        type=click.Choice(["zh", "en"]),
        expose_value=False,
        callback=_language,
        help="The language of the output (default: by LC_ALL or LANG).",
    )
    @click.pass_context
    @wraps(function)
    def command(ctx: click.Context, /, *args: P.args, **kwargs: P.kwargs) -> R:
        return function(ctx.ensure_object(Output), *args, **kwargs)

    return command


def calling(function: Callable[Concatenate[Node, Output, P], Awaitable[None]]) -> Callable[..., None]:
    """Add the options that select a node to a command, which gets a client of it."""

    @click.option("--url", help="Management listener of the node (default: XINFU_URL).")
    @click.option(
        "--api-key-file",
        type=click.Path(dir_okay=False, path_type=Path),
        help="File with the node's API key (default: XINFU_API_KEY).",
    )
    @click.option(
        "--config",
        type=click.Path(dir_okay=False, path_type=Path),
        help=f"The node's configuration, which states both (default: {CONFIG} in this folder).",
    )
    @click.option("--context", help="Id of the participant that the node acts as (default: its first).")
    @speaking
    @wraps(function)
    def command(
        out: Output,
        /,
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> None:
        named = {name: kwargs.pop(name) for name in ("url", "api_key_file", "config", "context")}
        asyncio.run(_call(function, out, named, args, kwargs))

    return command


async def _call(
    function: Callable[..., Awaitable[None]],
    out: Output,
    named: dict[str, Any],
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
) -> None:
    context = named.pop("context")
    where = find_node(**named)
    async with connect(where.url, where.api_key, context=context, traceparent=_trace()) as node:
        await function(node, out, *args, **kwargs)


def _trace() -> str:
    """Return the trace of all calls of a command: from TRACEPARENT, or a new one."""
    given = read_trace(os.environ.get("TRACEPARENT"))
    return (given or Trace(trace_id=secrets.token_hex(16), span_id=secrets.token_hex(8))).header()


def find_node(*, url: str | None, api_key_file: Path | None, config: Path | None) -> NodeAddress:
    """Return the address of the node, from the options, else the environment, else the configuration in this folder.

    Raises:
        InputError: `cli.no-node`, `cli.no-key`, `cli.port-unknown`. ConfigError: as `node.config.load`.
    """
    at = url or (None if config else os.environ.get("XINFU_URL"))
    key = _key_in(api_key_file) if api_key_file else None if config else os.environ.get("XINFU_API_KEY")
    if at and key:
        return NodeAddress(url=at, api_key=key)
    path = config or (Path(CONFIG) if Path(CONFIG).is_file() else None)
    if path is None:
        raise _nothing_named(at)
    configured = _configured(path, at)
    return NodeAddress(url=at or configured.url, api_key=key or configured.api_key)


def _configured(path: Path, url: str | None) -> NodeAddress:
    """Return the node of a configuration, which must give the address if `url` is None."""
    from xinfu.node.config import load  # it costs what most commands need not pay

    config = load(path)
    listener = config.listen.management
    if url is None and listener.port == 0:
        raise errors.CLI_PORT_UNKNOWN(name=path.name)
    host = f"[{listener.host}]" if ":" in listener.host else listener.host
    return NodeAddress(
        url=url or f"http://{host}:{listener.port}", api_key=_key_in(config.at(config.keys.api))
    )


def _key_in(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise errors.CLI_NO_KEY_IN_FILE(name=path.name) from error


def _nothing_named(url: str | None) -> InputError:
    if url:
        return errors.CLI_NO_KEY()
    return errors.CLI_NO_NODE()


def _json(ctx: click.Context, _: click.Parameter, value: bool) -> None:
    if value:
        ctx.ensure_object(Output).as_json = True


def _language(ctx: click.Context, _: click.Parameter, value: str | None) -> None:
    if value is not None:
        ctx.ensure_object(Output).language = "zh" if value == "zh" else "en"
