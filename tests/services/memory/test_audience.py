"""Who sees an offer: judged once for a caller, anew when the policy or the time says otherwise."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.nodes import OPEN, rule

from xinfu import odrl
from xinfu.odrl import PolicyKind
from xinfu.ports.records import DEFINITIONS, POLICIES, ContractDefinition, PolicyDefinition
from xinfu.ports.store import Store
from xinfu.services.memory.audience import CALLERS, Audiences
from xinfu.stores.sqlite import open_sqlite

CONTEXT, PEER, OTHER = "bureau", "did:web:peer.example", "did:web:other.example"
NOW = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)
CLAIM = "MembershipCredential.memberOf"


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    opened = await open_sqlite(tmp_path / "store.db")
    yield opened
    await opened.close()


async def put(store: Store, id_: str, document: object) -> None:
    """A policy, and on the first time a definition that shows by it."""
    assert isinstance(document, dict)
    policy = odrl.read(document, kind=PolicyKind.SET)
    record = PolicyDefinition(id=id_, context=CONTEXT, policy=policy, created=NOW, updated=NOW)
    async with store.step(CONTEXT) as step:
        if await step.of(POLICIES).get(id_) is not None:
            await step.of(POLICIES).save(record)
            return
        await step.of(POLICIES).add(record)
        await step.of(DEFINITIONS).add(
            ContractDefinition(
                id=id_, context=CONTEXT, access_policy=id_, contract_policy="c", created=NOW, updated=NOW
            )
        )


async def shown(
    audiences: Audiences,
    store: Store,
    peer: str = PEER,
    *,
    member: str = "",
    now: datetime = NOW,
) -> list[str]:
    claims = {CLAIM: (member,)} if member else {}
    async with store.view(CONTEXT) as view:
        return await audiences.shown(view, peer, claims, now)


async def test_each_caller_is_shown_what_its_policies_allow(store: Store) -> None:
    audiences = Audiences()
    await put(store, "all", dict(OPEN))
    await put(store, "peer", rule("assignee", "eq", PEER))
    await put(store, "members", rule(CLAIM, "eq", "yangtze"))
    for _ in range(2):
        assert await shown(audiences, store) == ["all", "peer"]
        assert await shown(audiences, store, OTHER) == ["all"]
        assert await shown(audiences, store, OTHER, member="yangtze") == ["all", "members"]
        assert await shown(audiences, store, OTHER, member="pearl") == ["all"]


async def test_a_policy_that_is_changed_is_judged_anew_at_once(store: Store) -> None:
    audiences = Audiences()
    await put(store, "p", rule("assignee", "eq", PEER))
    assert await shown(audiences, store) == ["p"]
    await put(store, "p", rule("assignee", "eq", OTHER))
    assert await shown(audiences, store) == []
    await put(store, "p", rule("assignee", "eq", PEER))
    assert await shown(audiences, store) == ["p"]


async def test_a_judgement_holds_no_longer_than_time_lets_it(store: Store) -> None:
    audiences = Audiences()
    await put(store, "p", rule("dateTime", "lt", "2026-03-01T09:00:00Z"))
    assert await shown(audiences, store) == ["p"]
    assert await shown(audiences, store, now=NOW + timedelta(minutes=59)) == ["p"]
    assert await shown(audiences, store, now=NOW + timedelta(hours=1)) == []
    assert await shown(audiences, store, now=NOW) == ["p"]


async def test_a_policy_that_is_not_there_shows_nothing(store: Store) -> None:
    audiences = Audiences()
    await put(store, "p", dict(OPEN))
    async with store.step(CONTEXT) as step:
        await step.of(POLICIES).remove("p")
    assert await shown(audiences, store) == []


async def test_many_callers_do_not_pile_up(store: Store) -> None:
    audiences = Audiences()
    await put(store, "p", rule("assignee", "eq", PEER))
    for number in range(3 * CALLERS):
        assert await shown(audiences, store, f"did:web:{number}.example") == []
    assert await shown(audiences, store) == ["p"]
    assert len(audiences) == CALLERS
