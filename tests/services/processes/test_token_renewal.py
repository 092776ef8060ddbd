"""Renewing endpoint tokens at the provider: who may, what it gives, what it ends, and what it never does."""

import asyncio
import contextlib
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from tests.services.usage.conftest import PEER, Bureau, Make, bureau_of
from tests.services.usage.test_use import taken, times

from xinfu.credentials import Participant
from xinfu.dsp import DataAddress
from xinfu.dsp.transfer import State
from xinfu.errors import RefusedError, UnauthorizedError
from xinfu.evidence import CHUNK_BYTES
from xinfu.ports.identity import Caller
from xinfu.ports.records import GRANTS, TRANSFERS, AgreementState, Grant
from xinfu.services.agreements import lifecycle
from xinfu.services.exchange.arrival import Arrival
from xinfu.services.processes import token_renewal
from xinfu.services.usage import grants
from xinfu.services.usage.grants import GRACE, REMEMBERED, Tokens
from xinfu.services.usage.use import use

__all__ = ["bureau_of"]

LATER = timedelta(minutes=50)


async def opened(bureau: Bureau) -> Tokens:
    """The tokens of a fresh start of the transfer."""
    context = bureau.node.parts.contexts.get("bureau")
    async with bureau.node.parts.store.step("bureau") as step:
        record = await step.of(TRANSFERS).lock(bureau.transfer)
        address: DataAddress = await grants.issue(
            step, context, record, bureau.agreement, claims={}, now=bureau.clock.now(), until=None
        )
    assert (address.expires_in, address.refresh_endpoint) == (3600, f"{context.data_base}/token")
    return Tokens(access_token=address.authorization or "", refresh_token=address.refresh_token or "")


def arrival(bureau: Bureau, access_token: str | None, **changes: Any) -> Arrival:
    """A request whose proof holds and names this access token."""
    said = {"participant": Participant(id=PEER, claims={}), "jti": bureau.clock.new_id(), **changes}
    caller = Caller(
        expires=bureau.clock.now() + timedelta(minutes=5),
        signed_body=True,
        token="Bearer proof",
        issuer_key=f"{PEER}#key-1",
        access_token=access_token,
        **said,
    )
    context = bureau.node.parts.contexts.get("bureau")
    return Arrival(context=context, caller=caller, body=b"", url=f"{context.data_base}/token")


async def renewed(bureau: Bureau, old: Tokens, **changes: Any) -> Tokens:
    return await token_renewal.renew(
        bureau.node.parts, arrival(bureau, old.access_token, **changes), old.refresh_token
    )


async def read(bureau: Bureau, tokens: Tokens, **given: Any) -> bytes:
    return await taken(bureau, bureau.ask(token=tokens.access_token, **given))


async def grant_of(bureau: Bureau, tokens: Tokens) -> Grant:
    async with bureau.node.parts.store.view("bureau") as view:
        found = await view.of(GRANTS).get(grants.token_id(tokens.access_token))
    assert found is not None
    return found


async def test_a_renewed_token_opens_the_data_and_is_recorded(bureau_of: Make) -> None:
    bureau = await bureau_of()
    old = await opened(bureau)
    bureau.clock.at += LATER
    new = await renewed(bureau, old)
    assert new.expires_in == 3600
    assert not {new.access_token, new.refresh_token} & {old.access_token, old.refresh_token}
    assert await read(bureau, new) == bureau.data
    [entry] = await bureau.entries("token.renewed")
    assert entry == {"until": "2024-12-24T13:50:00.000Z", "key": f"{PEER}#key-1"}


async def test_asking_again_gives_the_same_answer_and_the_life_that_is_left(bureau_of: Make) -> None:
    bureau = await bureau_of()
    old = await opened(bureau)
    new = await renewed(bureau, old)
    bureau.clock.at += timedelta(seconds=100)
    again = await renewed(bureau, old)
    assert again == msgspec.structs.replace(new, expires_in=3500)
    assert len(await bureau.entries("token.renewed")) == 1


async def test_many_who_ask_at_once_get_one_answer(bureau_of: Make) -> None:
    bureau = await bureau_of()
    old = await opened(bureau)
    answers = await asyncio.gather(*(renewed(bureau, old) for _ in range(64)))
    assert len({each.access_token for each in answers}) == 1


async def test_the_answer_is_the_same_after_a_restart_and_sealed_meanwhile(bureau_of: Make) -> None:
    bureau = await bureau_of()
    old = await opened(bureau)
    new = await renewed(bureau, old)
    stored = msgspec.json.encode(await grant_of(bureau, old)) + msgspec.json.encode(
        await grant_of(bureau, new)
    )
    assert not any(token.encode() in stored for token in (new.access_token, new.refresh_token))
    assert (await renewed(bureau, old)).access_token == new.access_token


async def test_the_old_token_lives_until_its_own_end_while_the_new_one_is_not_used(bureau_of: Make) -> None:
    bureau = await bureau_of()
    old = await opened(bureau)
    bureau.clock.at += LATER
    await renewed(bureau, old)
    bureau.clock.at += timedelta(minutes=9)
    assert await read(bureau, old) == bureau.data
    bureau.clock.at += timedelta(minutes=2)
    with pytest.raises(RefusedError) as refused:
        await read(bureau, old)
    assert refused.value.code == "data.token-expired"


async def test_the_old_token_ends_shortly_after_the_new_one_was_first_used(bureau_of: Make) -> None:
    bureau = await bureau_of()
    old = await opened(bureau)
    new = await renewed(bureau, old)
    assert await read(bureau, old, range="bytes=0-9") == bureau.data[:10]
    assert await read(bureau, new, range="bytes=0-9") == bureau.data[:10]
    bureau.clock.at += GRACE - timedelta(seconds=1)
    assert await read(bureau, old, range="bytes=0-9") == bureau.data[:10]
    bureau.clock.at += timedelta(seconds=1)
    with pytest.raises(RefusedError) as refused:
        await read(bureau, old)
    assert refused.value.code == "data.token-expired"
    assert await read(bureau, new) == bureau.data


async def test_a_renewal_of_the_new_token_counts_as_its_first_use(bureau_of: Make) -> None:
    bureau = await bureau_of()
    first = await opened(bureau)
    second = await renewed(bureau, first)
    await renewed(bureau, second)
    assert (await grant_of(bureau, first)).until == bureau.clock.now() + GRACE


async def test_a_token_is_renewed_after_its_own_end_too(bureau_of: Make) -> None:
    bureau = await bureau_of()
    old = await opened(bureau)
    bureau.clock.at += timedelta(days=3)
    assert await read(bureau, await renewed(bureau, old)) == bureau.data


async def test_the_account_goes_on_whichever_token_is_read_with(bureau_of: Make) -> None:
    bureau = await bureau_of(times(2))
    old = await opened(bureau)
    half = bureau.data[:CHUNK_BYTES]
    assert await read(bureau, old, range=f"bytes=0-{CHUNK_BYTES - 1}") == half
    new = await renewed(bureau, old)
    assert await read(bureau, new, range=f"bytes={CHUNK_BYTES}-") == bureau.data[CHUNK_BYTES:]
    assert await read(bureau, old) == bureau.data, "the second use, with the old token"
    for tokens in (new, old):
        with pytest.raises(RefusedError) as refused:
            await read(bureau, tokens)
        assert refused.value.code == "count.exhausted"
    assert (await grant_of(bureau, new)).uses == 2


async def test_a_read_that_runs_goes_on_across_a_renewal(bureau_of: Make) -> None:
    bureau = await bureau_of()
    old = await opened(bureau)
    got = []
    async with use(bureau.node.parts, bureau.ask(token=old.access_token)) as held:
        async for chunk in held.chunks():
            got.append(chunk)
            if len(got) == 1:
                new = await renewed(bureau, old)
                await read(bureau, new, range="bytes=0-0")
                bureau.clock.at += 2 * GRACE
    assert b"".join(got) == bureau.data
    assert (await grant_of(bureau, new)).delivered == {"": len(bureau.data) + 1}


@pytest.mark.parametrize(
    "changed",
    [
        lambda old: {"access": "", "refresh": old.refresh_token},
        lambda old: {"access": None, "refresh": old.refresh_token},
        lambda old: {"access": "nobody-knows-this", "refresh": old.refresh_token},
        lambda old: {"access": old.refresh_token, "refresh": old.refresh_token},
        lambda old: {"access": old.access_token, "refresh": ""},
        lambda old: {"access": old.access_token, "refresh": old.access_token},
        lambda old: {"access": old.access_token, "refresh": "nobody-knows-this"},
        lambda old: {"access": old.access_token, "refresh": old.refresh_token, "peer": "did:web:thief"},
    ],
    ids=["blank", "unnamed", "unknown", "swapped", "none", "access for refresh", "wrong", "another's"],
)
async def test_tokens_that_do_not_belong_together_renew_nothing(
    bureau_of: Make, changed: Callable[[Tokens], dict[str, Any]]
) -> None:
    bureau = await bureau_of()
    old = await opened(bureau)
    said = changed(old)
    participant = Participant(id=said.get("peer", PEER), claims={})
    asked = arrival(bureau, said["access"], participant=participant)
    with pytest.raises(RefusedError) as refused:
        await token_renewal.renew(bureau.node.parts, asked, said["refresh"])
    assert refused.value.code == "data.refresh-refused"
    assert (await grant_of(bureau, old)).successor == b""


async def test_tokens_of_two_renewals_do_not_mix(bureau_of: Make) -> None:
    bureau = await bureau_of()
    old = await opened(bureau)
    new = await renewed(bureau, old)
    mixed = Tokens(access_token=old.access_token, refresh_token=new.refresh_token)
    with pytest.raises(RefusedError) as refused:
        await renewed(bureau, mixed)
    assert refused.value.code == "data.refresh-refused"


@pytest.mark.parametrize("is_right", [True, False])
async def test_a_proof_is_used_once_whatever_came_of_it(bureau_of: Make, is_right: bool) -> None:
    bureau = await bureau_of()
    old = await opened(bureau)
    asked = arrival(bureau, old.access_token)
    refresh = old.refresh_token if is_right else "wrong"
    with contextlib.nullcontext() if is_right else pytest.raises(RefusedError):
        await token_renewal.renew(bureau.node.parts, asked, refresh)
    with pytest.raises(UnauthorizedError):
        await token_renewal.renew(bureau.node.parts, asked, refresh)


async def test_nothing_is_renewed_after_the_agreement_was_ended(bureau_of: Make) -> None:
    bureau = await bureau_of()
    old = await opened(bureau)
    new = await renewed(bureau, old)
    await lifecycle.change(
        bureau.node.parts, "bureau", bureau.agreement.id, AgreementState.TERMINATED, by=PEER
    )
    for tokens in (old, new):
        with pytest.raises(RefusedError) as refused:
            await renewed(bureau, tokens)
        assert refused.value.code == "agreement.terminated"


async def test_nothing_is_renewed_while_the_transfer_does_not_run(bureau_of: Make) -> None:
    bureau = await bureau_of()
    old = await opened(bureau)
    async with bureau.node.parts.store.step("bureau") as step:
        record = await step.of(TRANSFERS).lock(bureau.transfer)
        await step.of(TRANSFERS).save(msgspec.structs.replace(record, state=State.SUSPENDED))
        await grants.close(step, bureau.transfer)
    with pytest.raises(RefusedError) as refused:
        await renewed(bureau, old)
    assert refused.value.code == "transfer.not-started"
    async with bureau.node.parts.store.step("bureau") as step:
        await step.of(TRANSFERS).save(record)
    fresh = await opened(bureau)
    with pytest.raises(RefusedError):
        await renewed(bureau, old)
    assert await read(bureau, await renewed(bureau, fresh)) == bureau.data


async def test_nothing_is_renewed_that_the_policy_no_longer_permits(bureau_of: Make) -> None:
    until = {"leftOperand": "dateTime", "operator": "lteq", "rightOperand": "2024-12-24T12:30:00Z"}
    bureau = await bureau_of(until)
    old = await opened(bureau)
    assert (await renewed(bureau, old)).expires_in == 1800, "a token never outlives what permits it"
    bureau.clock.at += LATER
    with pytest.raises(RefusedError) as refused:
        await renewed(bureau, old)
    assert refused.value.code == "time.after"


async def test_a_grant_that_was_made_before_tokens_could_be_renewed_is_not(bureau_of: Make) -> None:
    bureau = await bureau_of()
    old = await opened(bureau)
    async with bureau.node.parts.store.step("bureau") as step:
        grant = await step.of(GRANTS).lock(grants.token_id(old.access_token))
        await step.of(GRANTS).save(msgspec.structs.replace(grant, refresh=""))
    with pytest.raises(RefusedError) as refused:
        await renewed(bureau, msgspec.structs.replace(old, refresh_token=""))
    assert refused.value.code == "data.refresh-refused"


async def test_renewing_on_and_on_leaves_no_heap_behind(bureau_of: Make) -> None:
    bureau = await bureau_of()
    tokens = await opened(bureau)
    for _ in range(3 * REMEMBERED):
        tokens = await renewed(bureau, tokens)
    async with bureau.node.parts.store.view("bureau") as view:
        assert await view.of(GRANTS).count(GRANTS.transfer.equals(bureau.transfer)) == REMEMBERED
    assert await read(bureau, tokens) == bureau.data
