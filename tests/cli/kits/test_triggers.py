"""The kit's triggers become ordinary orders."""

from collections.abc import AsyncIterator

import aiohttp
import pytest

from xinfu.cli.kits.triggers import NegotiationTrigger, TransferTrigger, serve
from xinfu.errors import ConflictError

ORDERS: dict[str, NegotiationTrigger | TransferTrigger] = {}


@pytest.fixture
async def root() -> AsyncIterator[str]:
    """The translator, with orders kept by what they are about."""
    ORDERS.clear()

    async def negotiate(trigger: NegotiationTrigger) -> None:
        ORDERS[trigger.dataset_id] = trigger

    async def transfer(trigger: TransferTrigger) -> None:
        raise ConflictError("agreement.terminated", "The agreement is terminated.", "该协议已终止。")

    async with serve(negotiate, transfer) as address:
        yield address


async def post(address: str, body: object) -> tuple[int, object]:
    async with aiohttp.ClientSession() as session, session.post(address, json=body) as answer:
        return answer.status, await answer.json()


async def test_a_negotiation_trigger_becomes_an_order(root: str) -> None:
    body = {
        "providerId": "TCK_PARTICIPANT",
        "connectorAddress": "http://127.0.0.1:1",
        "datasetId": "ACNC0101",
        "offerId": "offerACNC0101",
    }
    assert await post(f"{root}/negotiations", body) == (200, {})
    assert ORDERS["ACNC0101"] == NegotiationTrigger(
        provider_id="TCK_PARTICIPANT",
        connector_address="http://127.0.0.1:1",
        dataset_id="ACNC0101",
        offer_id="offerACNC0101",
    )


async def test_a_refused_order_is_told_with_its_code(root: str) -> None:
    body = {"providerId": "P", "connectorAddress": "http://a", "agreementId": "A", "format": "HttpData-PULL"}
    status, answer = await post(f"{root}/transfers", body)
    assert (status, answer) == (
        409,
        {"code": "agreement.terminated", "error": "The agreement is terminated."},
    )


async def test_a_trigger_that_names_no_dataset_is_refused(root: str) -> None:
    status, answer = await post(f"{root}/negotiations", {"providerId": "P", "connectorAddress": "http://a"})
    assert status == 400
    assert "datasetId" in str(answer)
    assert ORDERS == {}
