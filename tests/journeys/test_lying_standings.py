"""A peer that lies about how an agreement stands: it lifts no suspension but its own, and nobody else is heard."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from tests.dialog import agreed
from tests.nodes import OPEN, Said, Site, site
from tests.stranger import Stranger, offer, stranger

from xinfu.dsp.notice import PATH

MOST = 2**53
"""The highest epoch that a notice can state."""


@pytest_asyncio.fixture
async def bureau(tmp_path: Path) -> AsyncIterator[Site]:
    async with aiohttp.ClientSession() as session, site(tmp_path / "bureau", session) as made:
        yield made


async def contracted(bureau: Site, peer: Stranger) -> tuple[str, str]:
    """Our id of an agreement with the stranger, and the id that both sides use."""
    offer_id = await bureau.publish("air", OPEN, content=b"a,b\n")
    wire_id = await agreed(peer, bureau, offer_id, "air", offer=offer(offer_id, "air", OPEN))
    found = await bureau.get("/agreements", wire_id=wire_id)
    return found["items"][0]["id"], wire_id


async def tells(bureau: Site, peer: Stranger, sort: str, wire_id: str, **members: Any) -> Said:
    said = {"@type": f"xinfu:{sort}", "agreement": wire_id, "at": "2026-03-01T12:00:00Z", **members}
    return await peer.send(bureau.did, bureau.base + PATH, said)


async def state(bureau: Site, id_: str) -> str:
    return str((await bureau.get(f"/agreements/{id_}"))["state"])


@pytest.mark.parametrize("epoch", [None, 0, MOST])
async def test_a_peer_lifts_no_suspension_of_ours(bureau: Site, epoch: int | None) -> None:
    async with stranger(bureau.session) as liar:
        id_, wire_id = await contracted(bureau, liar)
        await bureau.post(f"/agreements/{id_}/suspend", {"reason": "audit"})
        for by in (liar.did, bureau.did, "did:web:nobody.example"):
            for told in ("ACTIVE", "SUSPENDED", "ACTIVE"):
                said = await tells(bureau, liar, "StandingNotice", wire_id, state=told, by=by, epoch=epoch)
                assert said.status == 200
                assert await state(bureau, id_) == "SUSPENDED"
        for move in ("resume", "suspend", "resume"):
            await tells(bureau, liar, "AgreementNotice", wire_id, move=move, epoch=epoch)
            assert await state(bureau, id_) == "SUSPENDED"
        await bureau.post(f"/agreements/{id_}/resume", {"reason": "done"})
        assert await state(bureau, id_) == "ACTIVE"


async def test_who_says_that_we_suspended_what_we_did_not_is_passed_over(bureau: Site) -> None:
    async with stranger(bureau.session) as liar, stranger(bureau.session) as other:
        id_, wire_id = await contracted(bureau, liar)
        for epoch in (1, MOST, MOST):
            await tells(
                bureau, liar, "StandingNotice", wire_id, state="SUSPENDED", by=bureau.did, epoch=epoch
            )
            assert await state(bureau, id_) == "ACTIVE"
        for wrong in (MOST + 1, 2**63, 10**30, -1):
            said = await tells(
                bureau, liar, "StandingNotice", wire_id, state="SUSPENDED", by=liar.did, epoch=wrong
            )
            assert (said.status, said.code) == (400, "notice.unreadable")
        said = await tells(
            bureau, other, "StandingNotice", wire_id, state="TERMINATED", by=liar.did, epoch=MOST
        )
        assert said.status == 404
        assert await state(bureau, id_) == "ACTIVE"


async def test_a_notice_is_taken_once_and_only_with_its_digest_at_its_audience(bureau: Site) -> None:
    async with stranger(bureau.session) as liar:
        id_, wire_id = await contracted(bureau, liar)
        url, at = bureau.base + PATH, "2026-03-01T12:00:00Z"
        say = {
            "@type": "xinfu:StandingNotice",
            "agreement": wire_id,
            "at": at,
            "state": "SUSPENDED",
            "by": liar.did,
        }
        for changes in ({"digest": None}, {"aud": liar.did}, {"iss": bureau.did}, {"sub": bureau.did}):
            said = await liar.send(bureau.did, url, say, **changes)
            assert said.status in {400, 401}, changes
        token = liar.token(bureau.did, url, b"{}")
        assert (await liar.send(bureau.did, url, say, token=token)).status == 401
        assert (await liar.send(bureau.did, url, say, jti="once")).status == 200
        await tells(bureau, liar, "StandingNotice", wire_id, state="ACTIVE")
        assert await state(bureau, id_) == "ACTIVE"
        assert (await liar.send(bureau.did, url, say, jti="once")).status == 401
        assert await state(bureau, id_) == "ACTIVE"
