"""A programme runs only as its author signed it and as a person approved it, whatever happens to the store between."""

import json
import sqlite3
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from tests.compute.programme_samples import CODE, DECLARED, declaration
from tests.nodes import Site, World

from xinfu.compute.programme import declare
from xinfu.compute.ranges import ChoiceRange, NumberRange, ValueRange
from xinfu.errors import XinfuError
from xinfu.evidence import Entry
from xinfu.ports.log import EntrySearch
from xinfu.ports.records import PROGRAMMES, ProgrammeEvent, ProgrammeRecord, ProgrammeState, SignedProgramme
from xinfu.services import programmes
from xinfu.services.identity.keys import LEAD, OVERLAP
from xinfu.services.programmes import ApprovedProgramme, Decision

pytestmark = pytest.mark.asyncio(loop_scope="module")

WELL = Decision(reason="Read by two of us.", by="data office")
GIVEN = '{"threshold": 10}'


async def signed(
    site: Site, code: bytes = CODE, *, context: str | None = None, **changes: Any
) -> SignedProgramme:
    id_ = context or site.context.id
    return await programmes.sign_programme(site.node.parts, id_, declaration(**changes), code.decode())


async def added(world: World, **changes: Any) -> ProgrammeRecord:
    return await add(world.provider, await signed(world.consumer, **changes))


async def add(site: Site, handed: SignedProgramme, context: str | None = None) -> ProgrammeRecord:
    return await programmes.add_programme(site.node.parts, context or site.context.id, handed)


async def decide(site: Site, named: str, event: ProgrammeEvent, decision: Decision = WELL) -> ProgrammeRecord:
    return await programmes.decide(site.node.parts, site.context.id, named, event, decision)


async def approve(site: Site, named: str, decision: Decision = WELL) -> ProgrammeRecord:
    return await decide(site, named, ProgrammeEvent.APPROVE, decision)


async def found(site: Site, named: str, arguments: str = GIVEN, **more: Any) -> ApprovedProgramme:
    async with site.node.parts.store.view(site.context.id) as view:
        return await programmes.find_approved(view, named, arguments, **more)


async def newest(site: Site, named: str) -> Entry:
    async with site.node.parts.store.view(site.context.id) as view:
        [entry] = await view.log.search(EntrySearch(process=named, newest_first=True, limit=1))
    return Entry.from_bytes(entry.canonical)


async def refusal(call: Any) -> str:
    with pytest.raises(XinfuError) as told:
        await call
    return told.value.code


def alter(site: Site, id_: str, change: Callable[[dict[str, Any]], None], **columns: str) -> None:
    """Change the row of a programme behind the back of its node."""
    with sqlite3.connect(site.node.config.at(site.node.config.store.path)) as database:
        [(text,)] = database.execute("SELECT record FROM programmes WHERE id = ?", (id_,)).fetchall()
        record = json.loads(text)
        change(record)
        values = {"record": json.dumps(record, ensure_ascii=False), **columns}
        names = ", ".join(f"{each} = ?" for each in values)
        database.execute(f"UPDATE programmes SET {names} WHERE id = ?", (*values.values(), id_))


async def test_an_approved_programme_is_found_by_digest_and_by_name_with_all_its_arguments(
    world: World,
) -> None:
    record = await added(world, version="1")
    assert record.state is ProgrammeState.WAITING
    assert await refusal(found(world.provider, record.id)) == "programme.not-approved"
    await approve(world.provider, "failure-count@1")
    run = await found(world.provider, record.id)
    assert run == await found(world.provider, "failure-count@1")
    assert (run.code, run.programme) == (CODE, record.handed.programme)
    assert run.arguments == '{"site":"all","threshold":10,"weighted":false}'
    entry = await newest(world.provider, record.id)
    assert entry.kind == "programme.approved"
    assert entry.facts["by"] == "data office"
    assert entry.facts["reason"] == WELL.reason
    assert entry.facts["ranges"] == [
        "threshold: a number from 0 to 1000",
        "site: one of 'all', 'north'",
        "weighted: a flag: false/true",
    ]


async def test_another_argument_than_approved_is_refused(world: World) -> None:
    record = await added(world, version="2")
    ranges: dict[str, ValueRange] = {
        "threshold": NumberRange(least=5, most=5),
        "site": ChoiceRange(choices=("north",)),
    }
    await approve(world.provider, record.id, Decision(reason="These alone.", ranges=ranges))
    run = await found(world.provider, record.id, '{"threshold": 5, "site": "north"}')
    assert json.loads(run.arguments)["threshold"] == 5
    for arguments, code in (
        ('{"threshold": 6, "site": "north"}', "programme.argument-outside"),
        ('{"threshold": 5}', "programme.argument-missing"),
        ('{"threshold": 5, "site": "north", "x": 1}', "programme.argument-unknown"),
        ("[]", "programme.arguments-unreadable"),
        ('{"threshold": 5, "threshold": 6}', "evidence.not-json"),
    ):
        assert await refusal(found(world.provider, record.id, arguments)) == code
    assert (await newest(world.provider, record.id)).facts["by"] == world.provider.did


async def test_an_engine_without_the_needed_versions_runs_nothing(world: World) -> None:
    record = await added(world, version="3")
    await approve(world.provider, record.id)
    await found(world.provider, record.id, versions={"python": "3.11.9"})
    refused = found(world.provider, record.id, versions={"python": "3.12.1"})
    assert await refusal(refused) == "programme.environment"


async def test_a_decision_follows_the_table_and_the_newest_one_counts(world: World) -> None:
    record = await added(world, version="4")
    steps = [
        (ProgrammeEvent.WITHDRAW, None),
        (ProgrammeEvent.REFUSE, ProgrammeState.REFUSED),
        (ProgrammeEvent.REFUSE, None),
        (ProgrammeEvent.APPROVE, ProgrammeState.APPROVED),
        (ProgrammeEvent.APPROVE, None),
        (ProgrammeEvent.WITHDRAW, ProgrammeState.WITHDRAWN),
        (ProgrammeEvent.APPROVE, ProgrammeState.APPROVED),
        (ProgrammeEvent.WITHDRAW, ProgrammeState.WITHDRAWN),
    ]
    for event, state in steps:
        if state is None:
            assert await refusal(decide(world.provider, record.id, event)) == "programme.state"
        else:
            assert (await decide(world.provider, record.id, event)).state is state
    assert await refusal(found(world.provider, record.id)) == "programme.not-approved"
    assert (await newest(world.provider, record.id)).kind == "programme.withdrawn"


@pytest.mark.parametrize("reason", ["", "  ", "a\nb", "a\u202eb", "\x1b[2J", "a" * 1001])
async def test_a_decision_needs_a_reason_that_can_be_read(world: World, reason: str) -> None:
    record = await added(world, version="5")
    assert await refusal(approve(world.provider, record.id, Decision(reason=reason))) == "programme.reason"
    by = Decision(reason="Well.", by="a" * 101)
    assert await refusal(approve(world.provider, record.id, by)) == "programme.reason"


async def test_adding_again_changes_nothing_and_another_code_needs_another_version(world: World) -> None:
    handed = await signed(world.consumer, version="6")
    record = await add(world.provider, handed)
    await approve(world.provider, record.id)
    again = await add(world.provider, handed)
    assert again.state is ProgrammeState.APPROVED
    anew = await add(world.provider, await signed(world.consumer, version="6"))
    assert (anew.state, anew.handed) == (ProgrammeState.APPROVED, handed)
    changed = await signed(world.consumer, CODE + b"\n", version="6")
    assert await refusal(add(world.provider, changed)) == "programme.exists"
    other = await added(world, version="6.1")
    assert other.state is ProgrammeState.WAITING


def with_code(handed: SignedProgramme, code: str) -> SignedProgramme:
    return msgspec.structs.replace(handed, code=code)


async def test_a_file_that_lies_about_its_code_author_or_signature_is_refused(world: World) -> None:
    handed = await signed(world.consumer, version="7")
    replace = msgspec.structs.replace
    assert await refusal(add(world.provider, with_code(handed, handed.code + " "))) == "programme.code-digest"
    assert await refusal(add(world.provider, with_code(handed, "\ud800"))) == "programme.code-digest"
    recoded = declare(declaration(version="7"), author=world.consumer.did, code=CODE + b"#")
    other = replace(handed, programme=recoded, code=handed.code + "#")
    assert await refusal(add(world.provider, other)) == "programme.signature"
    ours = replace(handed, programme=replace(handed.programme, author=world.provider.did))
    assert await refusal(add(world.provider, ours)) == "programme.signature"
    later = replace(handed, signed=handed.signed.replace(year=handed.signed.year + 1))
    assert await refusal(add(world.provider, later)) == "programme.signature"
    key = replace(handed, seal=replace(handed.seal, key_id=f"{world.provider.did}#contract-1"))
    assert await refusal(add(world.provider, key)) == "programme.signature"
    value = replace(handed, seal=replace(handed.seal, value="00" * 64))
    assert await refusal(add(world.provider, value)) == "programme.signature"
    foreign = replace(handed, seal=(await signed(world.provider, version="7")).seal)
    assert await refusal(add(world.provider, foreign)) == "programme.signature"
    hidden = "# \u202e\n" + handed.code
    tricked = declare(declaration(version="7"), author=world.consumer.did, code=hidden.encode())
    bidi = replace(handed, programme=tricked, code=hidden)
    assert await refusal(add(world.provider, bidi)) == "programme.code-hidden"
    assert (await add(world.provider, handed)).state is ProgrammeState.WAITING


async def test_an_author_that_cannot_be_reached_can_be_added_and_not_approved(world: World) -> None:
    handed = await signed(world.consumer, version="8")
    author = "did:web:nowhere.invalid"
    programme = msgspec.structs.replace(handed.programme, author=author)
    parts, id_ = world.consumer.node.parts, world.consumer.context.id
    draft = msgspec.structs.replace(handed, programme=programme)

    def covered(seal: Any) -> bytes:
        named = msgspec.structs.replace(seal, key_id=f"{author}#contract-1")
        return programmes._covered(msgspec.structs.replace(draft, seal=named))

    seal = await parts.sealing.seal(context=id_, covered=covered)
    seal = msgspec.structs.replace(seal, key_id=f"{author}#contract-1")
    record = await add(world.provider, msgspec.structs.replace(draft, seal=seal))
    standing = await programmes.author_standing(world.provider.node.parts, record)
    assert standing.reasons == ("seal.holder-unresolved",)
    assert await refusal(approve(world.provider, record.id)) == "programme.author-unproven"


async def test_a_programme_under_a_key_that_was_rotated_out_is_not_approved_until_it_is_signed_anew(
    world: World,
) -> None:
    await world.consumer.host("retired")
    handed = await signed(world.consumer, context="retired", version="9")
    await world.consumer.post("/keys/rotate", {"use": "contract"}, context="retired")
    for site in (world.consumer, world.provider):
        site.clock.moved += LEAD + OVERLAP + timedelta(seconds=1)
    record = await add(world.provider, handed)
    assert await refusal(approve(world.provider, record.id)) == "programme.author-unproven"
    anew = await add(world.provider, await signed(world.consumer, context="retired", version="9"))
    assert anew.id == record.id
    assert (await approve(world.provider, anew.id)).state is ProgrammeState.APPROVED


async def test_our_own_programmes_may_be_approved(world: World) -> None:
    record = await add(world.provider, await signed(world.provider, version="10"))
    await approve(world.provider, record.id)
    assert (await found(world.provider, record.id)).programme.author == world.provider.did


async def test_two_authors_with_one_name_are_told_apart_by_the_digest(world: World) -> None:
    await added(world, version="11")
    ours = await add(world.provider, await signed(world.provider, version="11"))
    assert await refusal(approve(world.provider, "failure-count@11")) == "programme.ambiguous"
    await approve(world.provider, ours.id)


async def test_what_is_not_there_is_not_found(world: World) -> None:
    for named in ("nothing@1", "sha256:" + "0" * 64, "sha256:", ""):
        assert await refusal(found(world.provider, named)) == "programme.not-found"


async def test_no_context_of_a_node_sees_or_decides_on_the_programmes_of_another(world: World) -> None:
    record = await added(world, version="12")
    await approve(world.provider, record.id)
    await world.provider.host("guest")
    parts = world.provider.node.parts
    async with parts.store.view("guest") as view:
        assert await refusal(programmes.find_approved(view, record.id, GIVEN)) == "programme.not-found"
    decided = programmes.decide(parts, "guest", record.id, ProgrammeEvent.WITHDRAW, WELL)
    assert await refusal(decided) == "programme.not-found"
    await found(world.provider, record.id)


def new_code(record: dict[str, Any]) -> None:
    record["handed"]["code"] += "#"


def new_code_and_digest(record: dict[str, Any]) -> None:
    record["handed"]["code"] = CODE.decode() + "#"
    record["handed"]["programme"]["code"] = declare(declaration(), author="", code=CODE + b"#").code


def new_range(record: dict[str, Any]) -> None:
    record["arguments"][0]["accepts"]["most"] = 10**6


def new_signature(record: dict[str, Any]) -> None:
    record["handed"]["seal"]["value"] = "00" * 64


def new_output(record: dict[str, Any]) -> None:
    record["handed"]["programme"]["output"]["most_rows"] = 100_000


def new_reason(record: dict[str, Any]) -> None:
    record["reason"] = "Something else."


def new_person(record: dict[str, Any]) -> None:
    record["decided_by"] = "somebody else"


CHANGES: list[Callable[[dict[str, Any]], None]] = [
    new_code,
    new_code_and_digest,
    new_range,
    new_signature,
    new_output,
    new_reason,
    new_person,
]


@pytest.mark.parametrize("change", CHANGES)
async def test_an_approved_row_that_was_altered_opens_nothing(
    world: World, change: Callable[[dict[str, Any]], None]
) -> None:
    handed = await signed(world.consumer, version=f"13.{CHANGES.index(change)}")
    record = await add(world.provider, handed)
    await approve(world.provider, record.id)
    alter(world.provider, record.id, change)
    assert await refusal(found(world.provider, record.id)) == "programme.differs"
    restored = await add(world.provider, handed)
    assert (restored.state, restored.handed) == (ProgrammeState.WAITING, handed)
    await approve(world.provider, record.id)
    assert (await found(world.provider, record.id)).code == CODE


@pytest.mark.parametrize("last", [ProgrammeEvent.REFUSE, ProgrammeEvent.WITHDRAW])
async def test_a_row_that_was_set_to_approved_opens_nothing(world: World, last: ProgrammeEvent) -> None:
    record = await added(world, version=f"14.{last == ProgrammeEvent.REFUSE:d}")
    if last is ProgrammeEvent.WITHDRAW:
        await approve(world.provider, record.id)
    before = await decide(world.provider, record.id, last)

    def approved(row: dict[str, Any]) -> None:
        row["state"] = "APPROVED"
        row["arguments"] = msgspec.to_builtins(before.handed.programme.arguments)
        row |= {"reason": WELL.reason, "decided_by": WELL.by}

    alter(world.provider, record.id, approved, state="APPROVED")
    assert await refusal(found(world.provider, record.id)) == "programme.differs"


async def test_a_waiting_row_that_was_altered_is_not_approved(world: World) -> None:
    record = await added(world, version="15")
    alter(world.provider, record.id, new_code)
    assert await refusal(approve(world.provider, record.id)) == "programme.differs"


async def test_a_row_under_the_digest_of_an_altered_programme_bears_no_signature_of_its_author(
    world: World,
) -> None:
    record = await added(world, version="16")
    wide = declare(
        declaration(version="16", output=DECLARED["output"] | {"most_rows": 9}),
        author=world.consumer.did,
        code=CODE,
    )
    forged = msgspec.structs.replace(
        record, id=wide.digest, handed=msgspec.structs.replace(record.handed, programme=wide)
    )
    async with world.provider.node.parts.store.step(world.provider.context.id) as step:
        await step.of(PROGRAMMES).add(forged)
    assert await refusal(approve(world.provider, forged.id)) == "programme.author-unproven"
