"""What is told of files, their lengths and digests, takes the use that the read behind it draws on; where nothing counts, none."""

from pathlib import Path
from typing import Any

import pytest
from tests.journeys.landing import entries, landed, read, transferred
from tests.nodes import OPEN, Said, World, rule

from xinfu.ports.dataplane import LISTING, MANIFEST
from xinfu.ports.records import GRANTS
from xinfu.services.fetching.endpoint import place_of

pytestmark = pytest.mark.asyncio(loop_scope="module")

CONTENT = b"station,value\nsongjia,1\n" * 100


def times(limit: int) -> Any:
    return rule("count", "lteq", str(limit))


class Reader:
    """Whoever has the endpoint token of a transfer, without a node between."""

    def __init__(self, world: World, url: str, headers: dict[str, str]) -> None:
        self._world = world
        self._url = url
        self._headers = headers

    async def ask(self, part: str = "", method: str = "GET", **headers: str) -> Said:
        said = {name.replace("_", "-"): value for name, value in headers.items()}
        return await self._world.provider.send(method, self._url + part, headers=self._headers | said)

    async def every_way(self, **headers: str) -> list[int]:
        """Statuses of all that tells what the file is and gives no byte of it."""
        return [
            (await self.ask("/manifest", Accept=MANIFEST, **headers)).status,
            (await self.ask("/listing", Accept=LISTING, **headers)).status,
            (await self.ask(method="HEAD", **headers)).status,
            (await self.ask(Range="bytes=999999-", **headers)).status,
            (await self.ask(Range="bytes=0-1,5-6", **headers)).status,
        ]


async def reader(world: World, transfer: dict[str, Any]) -> Reader:
    place = await place_of(world.consumer.node.parts, world.consumer.context.id, transfer["id"])
    return Reader(world, place.url(), place.headers)


TOLD, REFUSED = [200, 200, 200, 416, 416], [403] * 5


async def test_it_is_told_as_often_as_the_file_may_be_read(world: World) -> None:
    at = await reader(world, await transferred(world, "told-twice", times(2), content=CONTENT))
    for _ in range(2):
        assert await at.every_way() == TOLD
        assert await at.every_way() == TOLD
        assert (await at.ask()).body == CONTENT
    assert await at.every_way() == REFUSED
    assert (await at.ask()).status == 403


@pytest.mark.parametrize(
    ("name", "part", "method", "headers"),
    [
        ("manifest", "/manifest", "GET", {"Accept": MANIFEST}),
        ("listing", "/listing", "GET", {"Accept": LISTING}),
        ("head", "", "HEAD", {}),
        ("range", "", "GET", {"Range": "bytes=999999-"}),
    ],
)
async def test_each_way_takes_the_use_and_says_so_in_evidence(
    world: World, name: str, part: str, method: str, headers: dict[str, str]
) -> None:
    transfer = await transferred(world, f"told-{name}", times(1), content=CONTENT)
    at, other = await reader(world, transfer), await reader(world, await _again(world, transfer))
    for _ in range(3):
        assert (await at.ask(part, method, **headers)).status in {200, 416}
    async with world.provider.node.parts.store.view(world.provider.context.id) as view:
        found = await view.log.find(kind="use", process=transfer["provider_pid"], limit=10)
        [grant] = await view.of(GRANTS).find(GRANTS.transfer.equals(transfer["provider_pid"]), limit=10)
    assert len(found) == 1
    assert (b'"outcome":"told"' in found[0].canonical, grant.uses) == (True, 1)
    assert (await other.ask(part, method, **headers)).status == 403
    assert (await at.ask()).body == CONTENT


async def _again(world: World, transfer: dict[str, Any]) -> dict[str, Any]:
    """Another transfer under the same agreement."""
    made = await world.consumer.post("/transfers", {"agreement": transfer["under"]["id"]})
    return await world.consumer.reaches("transfers", made["id"], "STARTED")


async def test_that_a_known_file_is_still_the_same_is_told_for_nothing_to_who_was_told_it(
    world: World,
) -> None:
    first = await transferred(world, "told-still", times(1), content=CONTENT)
    at, stranger = await reader(world, first), await reader(world, await _again(world, first))
    etag = (await at.ask("/manifest", Accept=MANIFEST)).headers["etag"]
    assert (await at.ask()).body == CONTENT
    assert (await at.ask("/manifest", Accept=MANIFEST, If_None_Match=etag)).status == 304
    assert (await at.ask("/manifest", Accept=MANIFEST, If_None_Match='"0"')).status == 403
    assert (await stranger.ask("/manifest", Accept=MANIFEST, If_None_Match=etag)).status == 403


async def test_a_key_tells_and_reads_one_file_for_one_use(world: World) -> None:
    at = await reader(world, await transferred(world, "told-key", times(2), content=CONTENT))
    for key in ("a", "b"):
        for _ in range(2):
            assert await at.every_way(Idempotency_Key=key) == TOLD
            assert (await at.ask(Idempotency_Key=key)).body == CONTENT
    assert await at.every_way(Idempotency_Key="c") == REFUSED
    assert await at.every_way() == REFUSED
    assert await at.every_way(Idempotency_Key="a") == TOLD


async def test_a_listing_under_a_key_is_of_the_one_file_that_is_read_under_it(
    world: World, tmp_path: Path
) -> None:
    source = _folder(world, tmp_path)
    at = await reader(world, await transferred(world, "told-folder-key", times(1), folder=source))
    key = {"Idempotency_Key": "one"}
    assert (await at.ask("/listing", Accept=LISTING, **key)).status == 200
    assert (await at.ask("/files/a.csv", **key)).body == b"a"
    assert (await at.ask("/files/b.csv", **key)).status == 409
    assert (await at.ask("/manifest/b.csv", Accept=MANIFEST, **key)).status == 409
    assert (await at.ask("/files/b.csv")).status == 403


async def test_one_get_through_the_consumers_node_is_one_use_also_of_a_folder(
    world: World, tmp_path: Path
) -> None:
    source = _folder(world, tmp_path)
    transfer = await transferred(world, "told-folder", times(1), folder=source)
    at = f"/transfers/{transfer['id']}"
    for file in await world.consumer.get(f"{at}/files"):
        said = await world.consumer.api("GET", f"{at}/content?path={file['path']}")
        assert said.body == file["path"][0].encode()
    said = await world.consumer.api("GET", f"{at}/files")
    assert (said.status, said.code) == (403, "count.exhausted")


def _folder(world: World, tmp_path: Path) -> Path:
    source = world.provider.folder / f"folder-{tmp_path.name}"
    source.mkdir()
    for name in "ab":
        (source / f"{name}.csv").write_text(name)
    return source


async def test_where_nothing_counts_it_is_told_for_nothing(world: World) -> None:
    transfer = await transferred(world, "told-open", OPEN, content=CONTENT)
    at = await reader(world, transfer)
    for _ in range(3):
        assert await at.every_way() == TOLD
    async with world.provider.node.parts.store.view(world.provider.context.id) as view:
        assert not await view.log.find(kind="use", process=transfer["provider_pid"], limit=10)


async def test_the_vault_tells_as_often_as_it_gives(world: World) -> None:
    object_ = await landed(world, "told-vault", times(1), content=CONTENT)
    url = f"{world.consumer.urls['management']}/api/v1/vault/{object_['id']}/content"
    key = {"X-Api-Key": world.consumer.api_key}
    for _ in range(2):
        told = await world.consumer.send("HEAD", url, headers=key)
        assert (told.status, told.headers["content-length"]) == (200, str(len(CONTENT)))
    assert (await read(world, object_)).body == CONTENT
    assert [each["outcome"] for each in await entries(world, object_, "use", 2)] == ["told", "completed"]
    assert (await world.consumer.send("HEAD", url, headers=key)).status == 403
    assert (await read(world, object_, range="bytes=999999-")).status == 403
