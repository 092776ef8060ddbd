"""Into one's own bucket on a real S3 server: in parts, cut and resumed, checked, never half visible."""

import hashlib
import random
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec
import obstore
import pytest
from tests.client.canned import Canned, root_of, serving
from tests.object_store import ACCESS, KEYS, REGION, FilledBucket, ObjectStore
from tests.object_store import serving as serving_objects

from xinfu.client import Landed, Transfer, connect, upload
from xinfu.client.bucket import own_bucket
from xinfu.client.landing import PART_BYTES, UploadProgress
from xinfu.errors import InputError, IntegrityError, PeerError, RefusedError
from xinfu.s3 import Keys

pytestmark = pytest.mark.peer("s3")

CONTENT = random.Random(7).randbytes(3 * PART_BYTES + 12_345)
ANOTHER = random.Random(8).randbytes(3 * PART_BYTES + 12_345)


@pytest.fixture
def bucket(object_store: ObjectStore) -> FilledBucket:
    """A fresh bucket."""
    return object_store.bucket()


@asynccontextmanager
async def transfer_of(canned: Canned) -> AsyncIterator[Transfer]:
    """The transfer of a canned node."""
    async with serving(canned), connect(canned.url, "k" * 20) as node:
        yield await node.transfer("t1")


async def landed(canned: Canned, bucket: FilledBucket, key: str = "air.bin", **more: Any) -> Landed:
    """One call of `upload`."""
    place = f"s3://{bucket.name}/{key}"
    async with transfer_of(canned) as transfer:
        return await upload(
            transfer, place, endpoint=bucket.endpoint, region=REGION, keys=more.pop("keys", KEYS), **more
        )


async def interrupted(canned: Canned, bucket: FilledBucket, after: int) -> None:
    """One call that ends in the middle, as when its process is told to."""

    def progress(done: int, whole: int) -> None:
        if done > after:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        await landed(canned, bucket, progress=progress)


def starts(canned: Canned) -> Sequence[int]:
    """Where each fetch began."""
    return [int(each.removeprefix("bytes=").split("-")[0]) if each else 0 for each in canned.ranges]


@pytest.mark.parametrize("size", [0, 5, PART_BYTES, PART_BYTES + 1, 2 * PART_BYTES, len(CONTENT)])
async def test_the_bytes_are_there_whole_and_say_what_they_were_checked_against(
    bucket: FilledBucket, size: int
) -> None:
    said = await landed(Canned({"": CONTENT[:size]}), bucket)
    assert said == Landed(
        place=f"s3://{bucket.name}/air.bin", size_bytes=size, files=1, verified=True, resumed_from=0
    )
    assert bucket.get("air.bin") == CONTENT[:size]
    assert bucket.visible() == ["air.bin"]
    attributes = obstore.get(bucket.theirs, "air.bin").attributes
    assert attributes["xinfu-root"] == root_of(CONTENT[:size])


async def test_a_cut_goes_on_from_the_parts_that_are_there(bucket: FilledBucket) -> None:
    canned = Canned({"": CONTENT}, cuts=[PART_BYTES + 5_000_000, 5, PART_BYTES + 1])
    said = await landed(canned, bucket)
    assert starts(canned) == [0, PART_BYTES, PART_BYTES, 2 * PART_BYTES]
    assert bucket.get("air.bin") == CONTENT
    assert said.verified


async def test_a_later_call_fetches_only_what_is_missing_and_nothing_was_visible(
    bucket: FilledBucket,
) -> None:
    await interrupted(Canned({"": CONTENT}), bucket, after=2 * PART_BYTES + 3_000_000)
    assert bucket.visible() == ["air.bin.part.json"]
    canned = Canned({"": CONTENT})
    said = await landed(canned, bucket)
    assert (starts(canned), said.resumed_from) == ([2 * PART_BYTES], 2 * PART_BYTES)
    assert bucket.get("air.bin") == CONTENT
    assert bucket.visible() == ["air.bin"]


async def test_what_is_there_is_not_fetched_again(bucket: FilledBucket) -> None:
    await landed(Canned({"": CONTENT}), bucket)
    canned = Canned({"": CONTENT})
    said = await landed(canned, bucket)
    assert (canned.ranges, said.resumed_from) == ([], len(CONTENT))
    assert said.verified


async def test_another_version_begins_anew_and_leaves_no_parts_behind(bucket: FilledBucket) -> None:
    await interrupted(Canned({"": CONTENT}), bucket, after=2 * PART_BYTES)
    upload_id = msgspec.json.decode(bucket.get("air.bin.part.json"), type=UploadProgress).upload
    canned = Canned({"": ANOTHER})
    assert (await landed(canned, bucket)).resumed_from == 0
    assert starts(canned) == [0]
    assert bucket.get("air.bin") == ANOTHER
    async with own_bucket(bucket.name, endpoint=bucket.endpoint, keys=KEYS) as ours:
        assert not await ours.parts("air.bin", upload_id)


async def test_a_part_that_another_hand_replaced_is_not_taken(bucket: FilledBucket) -> None:
    await interrupted(Canned({"": CONTENT}), bucket, after=2 * PART_BYTES + 1_000_000)
    side = msgspec.json.decode(bucket.get("air.bin.part.json"), type=UploadProgress)
    async with own_bucket(bucket.name, endpoint=bucket.endpoint, keys=KEYS) as ours:
        await ours.part("air.bin", side.upload, 1, ANOTHER[:PART_BYTES])
    canned = Canned({"": CONTENT})
    await landed(canned, bucket)
    assert starts(canned) == [0]
    assert bucket.get("air.bin") == CONTENT


@pytest.mark.parametrize(
    "note", [b"{}", b"garbage", b'{"root":"x","upload":"y","part_bytes":1,"frontier":"zz"}']
)
async def test_a_note_that_nobody_wrote_is_passed_over(bucket: FilledBucket, note: bytes) -> None:
    bucket.put("air.bin.part.json", note)
    await landed(Canned({"": CONTENT}), bucket)
    assert bucket.get("air.bin") == CONTENT


@pytest.mark.parametrize("size", [5_000_000, len(CONTENT)], ids=["whole", "in-parts"])
async def test_what_was_altered_on_its_way_is_never_visible(bucket: FilledBucket, size: int) -> None:
    bucket.put("air.bin", b"from before")
    canned = Canned({"": CONTENT[:size]}, said=CONTENT[: size - 1] + b"!")
    with pytest.raises(IntegrityError, match=r"data\.altered"):
        await landed(canned, bucket)
    assert bucket.visible() == ["air.bin"]
    assert bucket.get("air.bin") == b"from before"


async def test_a_folder_comes_below_the_key_and_is_resumed_file_by_file(bucket: FilledBucket) -> None:
    files = {"a.csv": b"1", "空气/b.csv": b"22", "c.bin": CONTENT}
    said = await landed(Canned(files), bucket, "lab/air")
    assert (said.place, said.files) == (f"s3://{bucket.name}/lab/air/", 3)
    assert {key: bucket.get(key) for key in bucket.visible()} == {
        f"lab/air/{path}": content for path, content in files.items()
    }
    bucket.delete("lab/air/a.csv")
    canned = Canned(files)
    again = await landed(canned, bucket, "lab/air/")
    assert (len(canned.ranges), again.resumed_from) == (1, len(CONTENT) + 2)


async def test_a_listed_path_that_climbs_is_refused(bucket: FilledBucket) -> None:
    with pytest.raises(IntegrityError, match=r"data\.path-unsafe"):
        await landed(Canned({"../x": b"1", "y": b"2"}), bucket, "lab/")
    assert bucket.visible() == []


async def test_a_single_file_below_a_slash_gets_the_name_of_the_dataset(bucket: FilledBucket) -> None:
    await landed(Canned({"": b"1"}), bucket, "lab/")
    assert bucket.visible() == ["lab/air"]


async def test_a_provider_without_a_manifest_is_landed_and_not_called_verified(bucket: FilledBucket) -> None:
    said = await landed(Canned({"": CONTENT}, listed=False), bucket)
    assert (said.verified, said.resumed_from) == (False, 0)
    assert bucket.get("air.bin") == CONTENT
    assert bucket.visible() == ["air.bin"]


async def test_a_stop_of_the_provider_is_told_and_what_came_is_kept(bucket: FilledBucket) -> None:
    reason = [{"code": "agreement.terminated", "message": "not as agreed"}]
    canned = Canned({"": CONTENT}, cuts=[PART_BYTES + 9_000_000], on_cut="TERMINATED", reason=reason)
    with pytest.raises(RefusedError, match="not as agreed"):
        await landed(canned, bucket)
    assert bucket.visible() == ["air.bin.part.json"]


async def test_keys_that_open_nothing_are_told_without_showing_them(bucket: FilledBucket) -> None:
    with pytest.raises(RefusedError, match=r"bucket\.refused") as caught:
        await landed(Canned({"": b"1"}), bucket, keys=Keys(access=ACCESS, secret="the wrong secret"))
    assert ACCESS not in caught.value.en
    assert "wrong secret" not in repr(caught.value) + caught.value.en


async def test_keys_and_endpoint_come_from_the_usual_variables(
    bucket: FilledBucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    place = f"s3://{bucket.name}/air.bin"
    async with transfer_of(Canned({"": b"1"})) as transfer:
        with pytest.raises(InputError, match=r"bucket\.no-keys"):
            await upload(transfer, place)
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", KEYS.access)
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", KEYS.secret)
        monkeypatch.setenv("AWS_ENDPOINT_URL", bucket.endpoint)
        await upload(transfer, place)
    assert bucket.get("air.bin") == b"1"


async def test_a_store_that_dies_is_told_apart_from_a_cut(tmp_path: Path) -> None:
    with serving_objects(tmp_path) as own:
        bucket = own.bucket()

        def progress(done: int, whole: int) -> None:
            if done > PART_BYTES:
                own.kill()

        with pytest.raises(PeerError, match=r"bucket\.unreachable"):
            await landed(Canned({"": CONTENT}), bucket, progress=progress)


def test_a_note_grows_with_the_parts_and_not_with_the_chunks() -> None:
    side = UploadProgress(root="r", upload="u", part_bytes=PART_BYTES)
    for number in range(3):
        side = side.after(f"e{number}", CONTENT[number * PART_BYTES : (number + 1) * PART_BYTES])
    side = side.after("e3", CONTENT[3 * PART_BYTES :])
    assert side.fits(root_of(CONTENT))
    assert not side.fits(root_of(ANOTHER))
    assert len(side.frontier) <= 2 * (8 + 32 * 5)
    assert hashlib.sha256(CONTENT).hexdigest() not in side.frontier
