"""Translates the kit's two triggers: plain JSON that asks for an act becomes an ordinary request to our node.

The kit wants a connector to start a negotiation or a transfer as a consumer. Our node has no such route; this small
server runs next to the node during a kit's run and passes each trigger on.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TypeVar

import msgspec
from aiohttp import web

from xinfu.errors import XinfuError

T = TypeVar("T")


class NegotiationTrigger(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Ask `provider_id`, reached at `connector_address`, for a dataset under an offer."""

    provider_id: str
    connector_address: str
    dataset_id: str
    offer_id: str


class TransferTrigger(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Ask `provider_id`, reached at `connector_address`, for the data of an agreement."""

    provider_id: str
    connector_address: str
    agreement_id: str
    format: str


@asynccontextmanager
async def serve(
    negotiate: Callable[[NegotiationTrigger], Awaitable[None]],
    transfer: Callable[[TransferTrigger], Awaitable[None]],
) -> AsyncIterator[str]:
    """Serve `/negotiations` and `/transfers` on a free loopback port; gives the root of both."""
    app = web.Application()
    app.router.add_post("/negotiations", _handler(NegotiationTrigger, negotiate))
    app.router.add_post("/transfers", _handler(TransferTrigger, transfer))
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        host, port = runner.addresses[0][:2]
        yield f"http://{host}:{port}"
    finally:
        await runner.cleanup()


def _handler(
    kind: type[T], order: Callable[[T], Awaitable[None]]
) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def handle(request: web.Request) -> web.Response:
        try:
            trigger = msgspec.json.decode(await request.read(), type=kind)
            await order(trigger)
        except msgspec.DecodeError as error:
            return web.json_response({"error": str(error)}, status=400)
        except XinfuError as error:
            return web.json_response({"code": error.code, "error": error.en}, status=error.status)
        return web.json_response({})

    return handle
