"""The vault from Python: data frames, ranges, a tool with a pass; and nothing on the consumer's disk in the clear."""

import asyncio
import io
import urllib.error
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from tests.client.conftest import KEY, Two

from xinfu.client import VaultObject, blocking, policy
from xinfu.errors import ConflictError, NotFoundError, PeerError, RefusedError

FRAME = pd.DataFrame({"station": ["songjia", "xinyang"] * 5000, "pm25": range(10_000)})


def written(frame: pd.DataFrame, kind: str) -> bytes:
    file = io.BytesIO()
    match kind:
        case "parquet":
            frame.to_parquet(file)
        case "arrow":
            frame.to_feather(file)
        case "jsonl":
            frame.to_json(file, orient="records", lines=True)
        case _:
            frame.to_csv(file, index=False)
    return file.getvalue()


async def landed(two: Two, name: str, content: bytes, **terms: Any) -> VaultObject:
    """What landed of a dataset with this content."""
    source = two.folder / name
    source.write_bytes(content)
    await two.provider.publish(source, id=name, policy=policy(**terms))
    catalog = await two.consumer.catalog("provider")
    negotiation = await catalog.dataset(name).negotiate(purpose="research")
    agreement = await negotiation.agreed()
    transfer = await (await agreement.transfer(vault=True)).started()
    return await (await transfer.land()).landed()


@pytest.mark.parametrize("kind", ["parquet", "arrow", "jsonl", "csv"])
async def test_what_landed_is_a_data_frame(two: Two, kind: str) -> None:
    object_ = await landed(two, f"air.{kind}", written(FRAME, kind))
    frame = await object_.dataframe()
    assert frame.equals(FRAME)


async def test_pandas_reads_by_range_what_it_needs(two: Two) -> None:
    object_ = await landed(two, "air.parquet", written(FRAME, "parquet"))

    def read() -> pd.DataFrame:
        with (
            blocking.connect(two.consumer.url, KEY) as node,
            node.vault.object(object_.id).open() as file,
        ):
            return pd.read_parquet(file, columns=["pm25"])

    frame = await asyncio.to_thread(read)
    assert frame["pm25"].sum() == FRAME["pm25"].sum()


async def test_a_tool_reads_by_http_with_a_pass(two: Two) -> None:
    object_ = await landed(two, "air.csv", written(FRAME, "csv"))
    issued = await object_.issue_pass(life_s=60)
    assert issued.token not in repr(issued)
    headers = {"Authorization": f"Bearer {issued.token}"}
    frame = await asyncio.to_thread(pd.read_csv, object_.content_url(), storage_options=headers)
    assert frame.equals(FRAME)
    with pytest.raises(urllib.error.HTTPError):
        await asyncio.to_thread(pd.read_csv, object_.content_url())


async def test_a_refusal_says_why_before_and_at_the_read(two: Two) -> None:
    object_ = await landed(two, "few.csv", written(FRAME, "csv"), times=1)
    assert (await object_.may()).verdict == "yes"
    await object_.read()
    may = await object_.may()
    assert (may.verdict, may.reasons[0]["code"]) == ("no", "count.exhausted")
    with pytest.raises(RefusedError) as caught:
        await object_.read()
    assert caught.value.code == "count.exhausted"


async def test_export_writes_the_file_where_it_is_permitted(two: Two, tmp_path: Path) -> None:
    content = written(FRAME, "csv")
    object_ = await landed(two, "free.csv", content)
    done = await object_.export(tmp_path / "out" / "free.csv")
    assert (done.size_bytes, done.files) == (len(content), 1)
    assert (tmp_path / "out" / "free.csv").read_bytes() == content
    with pytest.raises(NotFoundError):
        await object_.export(tmp_path / "x", path="other.csv")


async def test_a_destroyed_object_gives_its_proof_and_nothing_else(two: Two) -> None:
    object_ = await landed(two, "gone.csv", b"a,b\n1,2\n")
    with pytest.raises(NotFoundError):
        await object_.proof()
    proof = await object_.destroy()
    assert (object_.state, object_.view.proof) == ("DESTROYED", proof.entry)
    assert await object_.proof() == proof
    for work in (object_.read(), object_.files(), object_.may()):
        with pytest.raises(ConflictError) as caught:
            await work
        assert caught.value.code == "vault.destroyed"


async def test_objects_are_listed_and_found(two: Two) -> None:
    one = await landed(two, "one.csv", b"a\n1\n")
    other = await landed(two, "other.csv", b"a\n2\n")
    assert [each.id async for each in two.consumer.vault.objects()] == [one.id, other.id]
    assert [each.id async for each in two.consumer.vault.objects(dataset="other.csv")] == [other.id]
    assert (await two.consumer.vault.object(one.id)).view.contents == one.view.contents
    with pytest.raises(NotFoundError):
        await two.consumer.vault.object("urn:uuid:none")


async def test_a_read_that_is_stopped_is_told_as_a_cut(two: Two) -> None:
    object_ = await landed(two, "large.bin", bytes(32 << 20))
    with pytest.raises(PeerError) as caught:
        async with object_.open() as incoming:
            chunks = incoming.chunks()
            await anext(chunks)
            await object_.destroy()
            async for _ in chunks:
                pass
    assert caught.value.code == "data.cut"
