"""Who looks for a dataset that is none for it learns nothing, and the provider's log has who it was."""

from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import quote

import pytest
import pytest_asyncio
from tests.nodes import OPEN, World, rule, world
from tests.stranger import Stranger, urn

pytestmark = pytest.mark.asyncio(loop_scope="module")

CITY = rule("MembershipCredential.role", "eq", "city")


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def made(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    """A provider whose dataset is shown to the city alone, and a consumer that is a member and not the city."""
    async with world(tmp_path_factory.mktemp("vain")) as found:
        await found.admit(found.provider)
        await found.admit(found.consumer, memberOf="yangtze", role="firm")
        await found.provider.publish("ledger", OPEN, access=CITY)
        yield found


async def refusals(made: World) -> list[dict[str, Any]]:
    await made.provider.numbered()
    entries = await made.provider.get("/evidence/entries", kind="refusal", limit=1000)
    return [each["entry"] for each in entries]


async def test_a_hidden_dataset_and_none_at_all_have_the_same_answer_and_a_record_each(made: World) -> None:
    before = len(await refusals(made))
    answers = []
    for dataset in ("ledger", "nothing"):
        said = await made.consumer.api("GET", "/catalog", participant=made.provider.did, dataset=dataset)
        answers.append((said.status, said.body.decode().replace(dataset, "…")))
        opened = {"participant": made.provider.did, "dataset": dataset}
        said = await made.consumer.api("POST", "/negotiations", opened)
        assert (said.status, said.code) == (404, "dataset.not-found")
    assert answers[0] == answers[1]
    told = (await refusals(made))[before:]
    assert {each["peer"] for each in told} == {made.consumer.did}
    assert [each["facts"]["code"] for each in told] == ["dataset.not-found"] * len(told)
    assert {each["facts"]["dataset"] for each in told} == {"ledger", "nothing"}


async def test_of_a_stranger_without_a_credential_nothing_is_kept(made: World, peer: Stranger) -> None:
    before = len(await refusals(made))
    for dataset in ("ledger", urn()):
        url = f"{made.provider.base}/catalog/datasets/{quote(dataset, safe='')}"
        assert (await peer.send(made.provider.did, url, None, method="GET")).status == 404
    assert len(await refusals(made)) == before
