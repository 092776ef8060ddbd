"""The client against two real nodes: from an offer to bytes and receipts."""

from pathlib import Path

from tests.client.conftest import Two, did

from xinfu.client import policy


async def test_a_dataset_is_published_found_negotiated_pulled_and_proven(two: Two, tmp_path: Path) -> None:
    source = two.folder / "air.csv"
    source.write_bytes(b"hour,pm25\n0,12\n")
    await two.provider.publish(
        source, id="air", title={"en": "Air", "zh": "空气"}, policy=policy(members=True)
    )
    catalog = await two.consumer.catalog("provider")
    assert catalog.participant == await did(two.provider)
    negotiation = await catalog.dataset("air").negotiate(purpose="research")
    agreement = await negotiation.agreed()
    transfer = await agreement.transfer()
    await transfer.started()
    saved = await transfer.save(tmp_path / "copy.csv")
    assert (tmp_path / "copy.csv").read_bytes() == source.read_bytes()
    assert saved.verified
    await transfer.complete()
    assert await two.consumer.receipts(negotiation.id)
    assert [each.kind for each in await transfer.timeline()]
