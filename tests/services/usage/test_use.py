"""The one enforcement point: what it lets through, what it counts, how it stops, what it records."""

import asyncio
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from tests.services.usage.conftest import Bureau, Make, start_transfer

from xinfu.dsp import transfer as tp
from xinfu.errors import (
    IntegrityError,
    NotFoundError,
    RangeError,
    RefusedError,
    UnauthorizedError,
    XinfuError,
)
from xinfu.evidence import CHUNK_BYTES
from xinfu.odrl import Measure, Meter
from xinfu.ports.records import GRANTS, TRANSFERS, AgreementState
from xinfu.services.agreements import lifecycle
from xinfu.services.processes import steps
from xinfu.services.processes.transfer import TRANSFER, stop_running
from xinfu.services.usage.grant_lookup import ReadRequest
from xinfu.services.usage.manifests import manifest_of
from xinfu.services.usage.meters import counter_name
from xinfu.services.usage.quota import settle_lost
from xinfu.services.usage.use import Use, use

USES = Meter(rule="permission[0]", measure=Measure.COUNT)
EMERGENCY = {"leftOperand": "purpose", "operator": "eq", "rightOperand": "emergency"}
UNTIL = {"leftOperand": "dateTime", "operator": "lteq", "rightOperand": "2024-12-25T00:00:00Z"}
MEMBER = {"leftOperand": "Membership", "operator": "eq", "rightOperand": "active"}


def times(count: int) -> dict[str, Any]:
    return {"leftOperand": "count", "operator": "lteq", "rightOperand": str(count)}


async def taken(bureau: Bureau, ask: ReadRequest, *, limit: int | None = None) -> bytes:
    """The bytes of a use, or the first `limit` chunks of it."""
    got = []
    async with use(bureau.node.parts, ask) as held:
        async for chunk in held.chunks():
            got.append(chunk)
            if limit is not None and len(got) == limit:
                break
    return b"".join(got)


async def test_a_granted_use_gives_the_bytes_and_is_recorded(bureau_of: Make) -> None:
    bureau = await bureau_of()
    assert await taken(bureau, bureau.ask()) == bureau.data
    [entry] = await bureau.entries("use")
    assert (entry["bytes"], entry["outcome"]) == (len(bureau.data), "completed")
    assert entry["ranges"] == [f"0-{len(bureau.data)}"]
    assert entry["root"] == (await manifest_of(bureau.node.parts, bureau.ask())).root


@pytest.mark.parametrize(
    ("header", "start", "end"),
    [
        ("bytes=0-9", 0, 10),
        ("bytes=-5", -5, None),
        (f"bytes={CHUNK_BYTES}-", CHUNK_BYTES, None),
        ("bytes=3-99999999", 3, None),
    ],
)
async def test_a_range_gives_just_its_bytes(
    bureau_of: Make, header: str, start: int, end: int | None
) -> None:
    bureau = await bureau_of()
    assert await taken(bureau, bureau.ask(range=header)) == bureau.data[start:end]


@pytest.mark.parametrize(
    "header", ["bytes=9-3", "bytes=-", "bytes=0-1,3-4", "lines=0-1", "bytes=99999999-", "bytes=a-b"]
)
async def test_a_range_that_cannot_be_satisfied_is_refused(bureau_of: Make, header: str) -> None:
    bureau = await bureau_of()
    with pytest.raises(RangeError) as refused:
        await taken(bureau, bureau.ask(range=header))
    assert refused.value.facts["size"] == str(len(bureau.data))


@pytest.mark.parametrize(
    ("given", "error", "code"),
    [
        ({"token": "nobody-knows-this"}, UnauthorizedError, "data.token-refused"),
        ({"token": ""}, UnauthorizedError, "data.token-refused"),
        ({"transfer": "urn:example:other"}, RefusedError, "data.other-transfer"),
        ({"path": "../air.csv"}, NotFoundError, "file.not-found"),
        ({"context": "elsewhere"}, UnauthorizedError, "data.token-refused"),
    ],
)
async def test_a_token_opens_only_what_it_was_given_for(
    bureau_of: Make, given: dict[str, str], error: type[XinfuError], code: str
) -> None:
    bureau = await bureau_of()
    with pytest.raises(error) as refused:
        await taken(bureau, bureau.ask(**given))
    assert refused.value.code == code


@pytest.mark.parametrize(
    ("constraint", "purpose", "claims", "code"),
    [
        (EMERGENCY, "marketing", {}, "purpose.not-included"),
        (EMERGENCY, None, {}, "fact.missing"),
        (MEMBER, None, {}, "credential.missing"),
        ({"leftOperand": "phaseOfTheMoon", "operator": "eq", "rightOperand": "full"}, None, {}, None),
    ],
    ids=["wrong purpose", "no purpose", "no member", "unknown operand"],
)
async def test_only_a_yes_of_the_policy_opens_anything(
    bureau_of: Make, constraint: dict[str, Any], purpose: str | None, claims: Any, code: str | None
) -> None:
    if code is None:
        with pytest.raises(XinfuError) as unknown:
            await bureau_of(constraint)
        assert unknown.value.code == "policy.operand-unknown"
        return
    bureau = await bureau_of(constraint, purpose=purpose, claims=claims)
    with pytest.raises(RefusedError) as refused:
        await taken(bureau, bureau.ask())
    assert refused.value.code == code
    assert refused.value.zh
    [entry] = await bureau.entries("refusal")
    assert entry["code"] == code
    assert await bureau.entries("use") == []


async def test_the_same_policy_opens_for_the_right_facts(bureau_of: Make) -> None:
    claims = {"MembershipCredential": ("active",)}
    bureau = await bureau_of(EMERGENCY, MEMBER, UNTIL, purpose="emergency", claims=claims)
    assert await taken(bureau, bureau.ask()) == bureau.data


async def test_after_the_permitted_time_nothing_opens(bureau_of: Make) -> None:
    bureau = await bureau_of(UNTIL, life=timedelta(days=2))
    bureau.clock.at += timedelta(hours=13)
    with pytest.raises(RefusedError) as refused:
        await taken(bureau, bureau.ask())
    assert refused.value.code == "time.after"


async def test_the_permitted_time_ends_a_use_that_runs(bureau_of: Make) -> None:
    bureau = await bureau_of(UNTIL, life=timedelta(days=2))
    with pytest.raises(RefusedError) as ended:
        async with use(bureau.node.parts, bureau.ask()) as held:
            async for _ in held.chunks():
                bureau.clock.at += timedelta(hours=13)
    assert ended.value.code == "use.time-over"
    [entry] = await bureau.entries("use")
    assert (entry["bytes"], entry["outcome"]) == (CHUNK_BYTES, "use.time-over")


async def stop_of(held: Use) -> None:
    """Until the use has to stop."""
    stopped = asyncio.Event()
    held.at_stop(stopped.set)
    await stopped.wait()


async def test_a_reader_who_stands_still_is_stopped_when_the_time_is_over(bureau_of: Make) -> None:
    bureau = await bureau_of(UNTIL, life=timedelta(days=2))
    bureau.clock.at += timedelta(hours=12, seconds=-0.2)
    with pytest.raises(RefusedError) as ended:
        async with use(bureau.node.parts, bureau.ask()) as held:
            await asyncio.wait_for(stop_of(held), 30)
            await anext(held.chunks())
    assert ended.value.code == "use.time-over"
    [entry] = await bureau.entries("use")
    assert (entry["bytes"], entry["outcome"]) == (0, "use.time-over")


async def test_an_endpoint_token_expires(bureau_of: Make) -> None:
    bureau = await bureau_of(life=timedelta(minutes=10))
    bureau.clock.at += timedelta(minutes=10)
    with pytest.raises(RefusedError) as refused:
        await taken(bureau, bureau.ask())
    assert refused.value.code == "data.token-expired"


async def test_uses_are_counted_and_the_next_one_is_refused(bureau_of: Make) -> None:
    bureau = await bureau_of(times(2))
    for _ in range(2):
        assert await taken(bureau, bureau.ask()) == bureau.data
    with pytest.raises(RefusedError) as refused:
        await taken(bureau, bureau.ask())
    assert refused.value.code == "count.exhausted"


async def test_resuming_after_a_cut_costs_no_further_use(bureau_of: Make) -> None:
    bureau = await bureau_of(times(1))
    first = await taken(bureau, bureau.ask(), limit=1)
    assert len(first) == CHUNK_BYTES
    rest = await taken(bureau, bureau.ask(range=f"bytes={CHUNK_BYTES}-"))
    assert first + rest == bureau.data
    with pytest.raises(RefusedError) as refused:
        await taken(bureau, bureau.ask())
    assert refused.value.code == "count.exhausted"


async def test_bytes_lost_on_their_way_are_credited_once_a_use(bureau_of: Make) -> None:
    bureau = await bureau_of(times(1))
    assert len(await taken(bureau, bureau.ask(), limit=2)) == 2 * CHUNK_BYTES
    assert await taken(bureau, bureau.ask(range=f"bytes={CHUNK_BYTES}-"), limit=1)
    assert await taken(bureau, bureau.ask(range=f"bytes={CHUNK_BYTES}-")) == bureau.data[CHUNK_BYTES:]
    with pytest.raises(RefusedError) as refused:
        await taken(bureau, bureau.ask())
    assert refused.value.code == "count.exhausted"


async def test_no_mix_of_ranges_gets_more_bytes_than_were_paid_for(bureau_of: Make) -> None:
    bureau = await bureau_of(times(1))
    half = len(bureau.data) // 2
    assert await taken(bureau, bureau.ask(range=f"bytes=0-{half - 1}")) == bureau.data[:half]
    assert await taken(bureau, bureau.ask(range=f"bytes=0-{half - 1}")) == bureau.data[:half]
    with pytest.raises(RefusedError):
        await taken(bureau, bureau.ask(range=f"bytes={half}-"))


async def test_a_use_that_gave_no_byte_is_given_back(bureau_of: Make) -> None:
    bureau = await bureau_of(times(1))
    async with use(bureau.node.parts, bureau.ask()):
        pass
    assert await taken(bureau, bureau.ask()) == bureau.data


async def test_callers_at_once_never_use_more_than_was_granted(bureau_of: Make) -> None:
    bureau = await bureau_of(times(3), size=1000)

    async def attempt() -> bool:
        try:
            return await taken(bureau, bureau.ask()) == bureau.data
        except RefusedError:
            return False

    assert sum(await asyncio.gather(*[attempt() for _ in range(32)])) == 3


async def test_transfers_of_one_agreement_share_its_count(bureau_of: Make) -> None:
    bureau = await bureau_of(times(1))
    other, token = await start_transfer(
        bureau.node, bureau.clock, bureau.agreement, None, {}, timedelta(hours=1)
    )
    assert await taken(bureau, bureau.ask()) == bureau.data
    with pytest.raises(RefusedError) as refused:
        await taken(bureau, bureau.ask(transfer=other, token=token))
    assert refused.value.code == "count.exhausted"


@pytest.mark.parametrize("to", [AgreementState.SUSPENDED, AgreementState.TERMINATED])
async def test_ending_an_agreement_stops_what_runs_under_it(
    bureau_of: Make, to: AgreementState, soon: Any
) -> None:
    bureau = await bureau_of()
    with pytest.raises(RefusedError) as ended:
        async with use(bureau.node.parts, bureau.ask()) as held:
            async for _ in held.chunks():
                await lifecycle.change(
                    bureau.node.parts, "bureau", bureau.agreement.id, to, by="did:web:bureau.example"
                )
                await soon(stop_of(held))
    assert ended.value.code == f"agreement.{to.lower()}"
    [entry] = await bureau.entries("use")
    assert (entry["bytes"], entry["outcome"]) == (CHUNK_BYTES, ended.value.code)
    with pytest.raises(RefusedError) as refused:
        await taken(bureau, bureau.ask())
    assert refused.value.code == f"agreement.{to.lower()}"


async def test_a_resumed_agreement_needs_a_fresh_token(bureau_of: Make) -> None:
    bureau = await bureau_of()
    for to in (AgreementState.SUSPENDED, AgreementState.ACTIVE):
        await lifecycle.change(bureau.node.parts, "bureau", bureau.agreement.id, to, by="us")
    with pytest.raises(RefusedError) as refused:
        await taken(bureau, bureau.ask())
    assert refused.value.code == "transfer.not-started"


async def test_a_suspended_transfer_closes_its_token_at_once(bureau_of: Make, soon: Any) -> None:
    bureau = await bureau_of()
    parts = bureau.node.parts
    with pytest.raises(RefusedError) as ended:
        async with use(parts, bureau.ask()) as held:
            async for _ in held.chunks():
                async with parts.store.step("bureau") as step:
                    record = await step.of(TRANSFERS).lock(bureau.transfer)
                    message = tp.TransferSuspensionMessage(
                        consumer_pid=record.consumer_pid or "", provider_pid=record.provider_pid or ""
                    )
                    after = await steps.post(step, parts, TRANSFER, record, message)
                stop_running(parts, after)
                await soon(stop_of(held))
    assert ended.value.code == "transfer.not-started"
    with pytest.raises(RefusedError) as refused:
        await taken(bureau, bureau.ask())
    assert refused.value.code == "transfer.not-started"


async def test_stopping_one_use_leaves_the_others_alone(bureau_of: Make) -> None:
    bureau = await bureau_of()
    other, token = await start_transfer(
        bureau.node, bureau.clock, bureau.agreement, None, {}, timedelta(hours=1)
    )
    parts = bureau.node.parts
    async with use(parts, bureau.ask(transfer=other, token=token)) as held:
        stopped = parts.running.stop("bureau", RefusedError("x", "x", "x"), transfer=bureau.transfer)
        assert stopped == 0
        assert b"".join([chunk async for chunk in held.chunks()]) == bureau.data


async def test_a_source_that_changed_after_publication_is_refused_and_recorded(
    bureau_of: Make, tmp_path: Any
) -> None:
    bureau = await bureau_of()
    (tmp_path / "air.csv").write_bytes(b"other")
    with pytest.raises(IntegrityError) as refused:
        await taken(bureau, bureau.ask())
    assert refused.value.code == "source.changed"
    [entry] = await bureau.entries("use")
    assert (entry["bytes"], entry["outcome"]) == (0, "source.changed")


async def test_what_is_recorded_holds_no_token(bureau_of: Make) -> None:
    bureau = await bureau_of()
    await taken(bureau, bureau.ask())
    async with bureau.node.parts.store.view("bureau") as view:
        entries = await view.log.find(limit=1000)
        found = await view.of(GRANTS).find(limit=10)
    text = b"".join(each.canonical for each in entries) + msgspec.json.encode(found)
    assert bureau.token.encode() not in text


async def test_uses_that_a_crash_left_open_count_in_full_at_the_next_start(bureau_of: Make) -> None:
    bureau = await bureau_of(times(1))
    parts = bureau.node.parts
    counter = counter_name(bureau.agreement, USES, bureau.clock.at)
    async with parts.store.step("bureau") as step:
        reserved = await step.quotas.reserve(
            counter, 1, limit=1, reservation="lost", expires=bureau.clock.at + timedelta(hours=1)
        )
    assert reserved
    bureau.clock.at += timedelta(minutes=30)
    assert await settle_lost(parts) == 0
    bureau.clock.at += timedelta(minutes=31)
    assert await settle_lost(parts) == 1
    async with parts.store.view("bureau") as view:
        assert await view.quotas.used(counter) == (1, 0)
