"""People decide: held, countered, accepted, ended; and what each side is told."""

import asyncio
from pathlib import Path

import pytest
from tests.client.conftest import Two, did

from xinfu.client import Agreement, Negotiation, Transfer, policy
from xinfu.errors import ConflictError, InputError, NotFoundError, PeerError, RefusedError

MIB = 1 << 20


async def published(two: Two, content: bytes = b"x", **rules: object) -> None:
    """A dataset `air` of the provider."""
    (two.folder / "air").write_bytes(content)
    await two.provider.publish(two.folder / "air", id="air", policy=policy(**rules))  # type: ignore[arg-type]  # as a test gives them


async def asked(two: Two, **words: object) -> Negotiation:
    """The consumer asks for it."""
    dataset = (await two.consumer.catalog("provider")).dataset("air")
    return await dataset.negotiate(**words)  # type: ignore[arg-type]  # as a test gives them


async def started(two: Two) -> Transfer:
    """An agreement, and a transfer that runs."""
    return await (await (await asked(two)).agreed()).transfer()


async def at_provider(two: Two) -> Agreement:
    """The agreement as the provider has it, which is there once the consumer has acknowledged its end."""
    (theirs,) = [each async for each in two.provider.negotiations()]
    return await theirs.agreed()


async def held(two: Two, negotiation: Negotiation) -> Negotiation:
    """The negotiation as the provider has it, once it waits there for a person."""
    await negotiation.reached("REQUESTED")
    (theirs,) = [each async for each in two.provider.negotiations()]
    async with asyncio.timeout(10):
        while not theirs.view.held:
            await asyncio.sleep(0.01)
            await theirs.refresh()
    return theirs


async def test_a_counter_offer_waits_for_a_person_and_says_so(two: Two) -> None:
    await published(two, purpose=["research"])
    negotiation = await asked(two, policy=policy(purpose=["research", "health"]))
    with pytest.raises(PeerError) as caught:
        await negotiation.agreed(timeout_s=1)
    error = caught.value
    assert error.code == "wait.over"
    assert error.facts["state"] == "REQUESTED"
    assert error.facts["waits_for"] == await did(two.provider)
    theirs = await held(two, negotiation)
    with pytest.raises(PeerError) as caught:
        await theirs.reached("AGREED", timeout_s=0)
    assert "a decision of a person here" in caught.value.en
    assert "xinfu negotiate" in caught.value.help_zh


async def test_both_sides_see_what_a_counter_offer_changes(two: Two) -> None:
    await published(two, purpose=["research"], times=3)
    negotiation = await asked(two, policy=policy(purpose=["research", "health"], times=2))
    theirs = await held(two, negotiation)
    for each, against in ((theirs, "our offer"), (negotiation, "the offer before")):
        found = each.view.difference
        assert found is not None
        assert (found.against, found.within) == (against, "no")
        assert [(change.kind, change.effect) for change in found.changes] == [
            ("widens", "looser"),
            ("lowers", "stricter"),
        ]
    suggested = (await theirs.refresh()).view.difference
    assert suggested is not None
    assert suggested.common is not None
    await theirs.counter(suggested.common)
    await (await negotiation.reached("OFFERED")).accept()
    agreement = await negotiation.agreed()
    assert agreement.view.policy.odrl["permission"] == suggested.common["permission"]


async def test_a_person_agrees_and_the_other_terms_hold(two: Two) -> None:
    await published(two, purpose=["research"])
    negotiation = await asked(two, policy=policy(purpose=["research", "health"]))
    theirs = await held(two, negotiation)
    await theirs.agree()
    agreement = await negotiation.agreed()
    assert "health" in str(agreement.view.policy.odrl)


async def test_a_person_counters_and_the_consumer_accepts(two: Two) -> None:
    await published(two, purpose=["research"])
    negotiation = await asked(two, policy=policy(purpose=["research", "health"]))
    theirs = await held(two, negotiation)
    await theirs.counter(policy(purpose=["research"], times=2))
    await negotiation.reached("OFFERED")
    assert negotiation.view.offered_by == "provider"
    await negotiation.accept()
    agreement = await negotiation.agreed()
    assert "count" in str(agreement.view.policy.odrl)


async def test_a_termination_reaches_the_other_side_with_its_words(two: Two) -> None:
    await published(two)
    await two.provider.answers.set("held", on="requested", do=["hold"])
    negotiation = await asked(two)
    theirs = await held(two, negotiation)
    await theirs.terminate("We have changed our mind.")
    with pytest.raises(RefusedError) as caught:
        await negotiation.agreed()
    assert caught.value.en == "We have changed our mind."


async def test_held_and_released_it_goes_its_way(two: Two) -> None:
    await published(two)
    await two.provider.answers.set("held", on="requested", do=["hold"])
    negotiation = await asked(two)
    theirs = await held(two, negotiation)
    await theirs.release()
    await theirs.agree()
    assert (await negotiation.agreed()).state == "ACTIVE"


async def test_a_party_that_the_policy_does_not_name_is_told_the_rule_and_the_remedy(two: Two) -> None:
    await published(two, recipients=["did:web:somebody.example"])
    with pytest.raises(RefusedError) as caught:
        await (await asked(two)).agreed()
    assert caught.value.code == "recipient.other"
    assert caught.value.zh != caught.value.en
    assert "somebody" not in caught.value.en


async def test_an_act_out_of_turn_is_a_conflict(two: Two) -> None:
    await published(two)
    negotiation = await asked(two)
    await negotiation.agreed()
    with pytest.raises(ConflictError):
        await negotiation.accept()


async def test_what_nobody_can_judge_is_refused_by_name_at_publication(two: Two) -> None:
    (two.folder / "air").write_bytes(b"x")
    terms = policy()
    terms["permission"][0]["constraint"] = [
        {"leftOperand": "moonPhase", "operator": "eq", "rightOperand": "full"}
    ]
    with pytest.raises(InputError) as caught:
        await two.provider.publish(two.folder / "air", id="air", policy=terms)
    assert caught.value.code == "policy.operand-unknown"
    assert caught.value.facts["name"] == "moonPhase"


async def test_a_file_outside_the_folders_is_not_published(two: Two, tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(b"x")
    with pytest.raises(RefusedError) as caught:
        await two.provider.publish(tmp_path / "secret", id="s", policy=policy())
    assert caught.value.code == "source.not-allowed"


async def test_unknown_things_are_not_found_by_name(two: Two) -> None:
    with pytest.raises(NotFoundError) as caught:
        (await two.consumer.catalog("provider")).dataset("nothing")
    assert caught.value.code == "dataset.not-found"
    with pytest.raises(NotFoundError) as caught:
        await two.consumer.catalog("provider", dataset="nothing")
    assert caught.value.code == "dataset.not-found"
    with pytest.raises(NotFoundError) as caught:
        await two.consumer.catalog("nobody")
    assert caught.value.code == "participant.unknown"
    for look in (two.consumer.negotiation, two.consumer.agreement, two.consumer.transfer):
        with pytest.raises(NotFoundError):
            await look("urn:uuid:none")


@pytest.mark.parametrize("act", ["suspend", "terminate"])
async def test_a_stream_stops_within_a_second_when_the_agreement_is_stopped(
    two: Two, tmp_path: Path, act: str
) -> None:
    await published(two, bytes(64 * MIB))
    transfer = await (await started(two)).started()
    theirs = await at_provider(two)
    stopped_at = 0.0
    loop = asyncio.get_running_loop()
    with pytest.raises((RefusedError, PeerError)):
        async with transfer.open() as incoming:
            async for _ in incoming.chunks():
                if not stopped_at:
                    await getattr(theirs, act)("enough")
                    stopped_at = loop.time()
                await asyncio.sleep(0.05)
    assert loop.time() - stopped_at < 1.5


async def test_saving_under_a_suspended_agreement_is_refused_with_the_reason(
    two: Two, tmp_path: Path
) -> None:
    await published(two, bytes(MIB))
    transfer = await (await started(two)).started()
    theirs = await at_provider(two)
    await theirs.suspend("audit")
    with pytest.raises(RefusedError):
        await transfer.save(tmp_path / "f")
    await theirs.resume()


async def test_a_folder_goes_across_whole(two: Two, tmp_path: Path) -> None:
    (two.folder / "set" / "sub").mkdir(parents=True)
    (two.folder / "set" / "a.csv").write_bytes(b"1")
    (two.folder / "set" / "sub" / "b.csv").write_bytes(b"2" * (MIB + 1))
    await two.provider.publish(two.folder / "set", id="air", policy=policy())
    transfer = await (await started(two)).started()
    saved = await transfer.save(tmp_path / "copy")
    assert (saved.files, saved.verified) == (2, True)
    assert (tmp_path / "copy" / "sub" / "b.csv").read_bytes() == b"2" * (MIB + 1)


async def test_keys_rotate_and_the_exchange_goes_on(two: Two) -> None:
    await published(two, members=True)
    before = await two.consumer.keys.rotate()
    after = await two.consumer.keys.rotate()
    assert before.id != after.id
    assert (await (await asked(two)).agreed()).state == "ACTIVE"


async def test_answers_are_versioned_and_removed(two: Two) -> None:
    await two.provider.answers.set("a", on="requested", do=["hold"])
    again = await two.provider.answers.set("a", on="requested", do=["agree"], priority=3)
    assert (again.version, again.do) == (2, ("agree",))
    assert [each.id for each in await two.provider.answers.list()] == ["a"]
    await two.provider.answers.remove("a")
    with pytest.raises(NotFoundError):
        await two.provider.answers.remove("a")


async def test_an_asset_under_a_live_agreement_is_not_withdrawn(two: Two) -> None:
    await published(two)
    agreement = await (await asked(two)).agreed()
    theirs = await at_provider(two)
    with pytest.raises(ConflictError) as caught:
        await two.provider.withdraw("air")
    assert caught.value.code == "asset.in-use"
    await theirs.terminate("over")
    await two.provider.withdraw("air")
    assert [each.id async for each in two.provider.assets()] == []
    assert agreement.view.wire_id == theirs.view.wire_id
