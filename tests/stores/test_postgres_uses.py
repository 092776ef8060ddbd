"""Attacks on the uses of an agreement at two workers of one node at once: no more is given, or told, than was granted."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec
import pytest
from tests.dialog import agreed, endpoint, transfer
from tests.nodes import Said, rule
from tests.stores.postgres_server import Server
from tests.stores.test_postgres_nodes import Pair, pair
from tests.stranger import offer

from xinfu.ports.dataplane import LISTING, MANIFEST

pytestmark = pytest.mark.slow

CONTENT = bytes(range(256)) * 1200
"""300 kB."""


class Door(msgspec.Struct, frozen=True):
    """A transfer's address at both workers, and its token."""

    both: Pair
    address: str
    token: str

    async def ask(self, worker: int, tail: str = "", method: str = "GET", **headers: str) -> Said:
        """One request to one of the workers."""
        place = (self.address, self.both.at_two(self.address))[worker % 2]
        said = {name.replace("_", "-"): value for name, value in headers.items()}
        said["Authorization"] = f"Bearer {self.token}"
        return await self.both.one.send(method, place + tail, headers=said)

    async def at_once(self, *asked: tuple[str, str, dict[str, str]]) -> list[Said]:
        """Requests (tail, method, headers), one after the other to each worker, all at once."""
        return list(
            await asyncio.gather(
                *(
                    self.ask(worker, tail, method, **headers)
                    for worker, (tail, method, headers) in enumerate(asked)
                )
            )
        )


@asynccontextmanager
async def opened(
    server: Server, folder: Path, limit: int, *, table: bool = False, transfers: int = 1
) -> AsyncIterator[Sequence[Door]]:
    """Transfers of a file, or a table, of which so many uses are granted."""
    policy = rule("count", "lteq", str(limit))
    async with pair(folder, await asyncio.to_thread(server.bare)) as both:
        offer_id = await (_table(both, policy) if table else both.one.publish("air", policy, content=CONTENT))
        terms = offer(offer_id, "air", policy)
        contract = await agreed(both.peer, both.one, offer_id, "air", offer=terms)
        doors = []
        for _ in range(transfers):
            talk = await transfer(both.peer, both.one, contract)
            doors.append(Door(both, *endpoint(await talk.hears("TransferStartMessage"))))
        yield doors


async def _table(both: Pair, policy: Any) -> str:
    """Offers one salary by the name of its person; gives the id of the offer."""
    path = both.one.folder / "staff.db"
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("CREATE TABLE staff (name TEXT, salary INTEGER)")
        database.executemany("INSERT INTO staff VALUES (?, ?)", [(f"n{n}", 5000 + n) for n in range(50)])
    source = {
        "kind": "table",
        "engine": "sqlite",
        "database": str(path),
        "query": "SELECT salary FROM staff WHERE name = :name",
        "parameters": [{"name": "name", "type": "text", "default": None}],
    }
    made = await both.one.post(
        "/publications", {"asset": {"id": "air", "source": source, "grade": 1}, "policy": policy}
    )
    return f"{made['definition']['id']}:air:{made['policy']['id']}"


def statuses(said: Sequence[Said]) -> list[int]:
    return sorted(each.status for each in said)


async def test_of_many_reads_at_once_as_many_are_answered_as_were_granted(
    server: Server, tmp_path: Path
) -> None:
    async with opened(server, tmp_path, 3) as [door]:
        said = await door.at_once(*[("", "GET", {})] * 24)
        assert statuses(said) == [200] * 3 + [403] * 21
        assert {each.body for each in said if each.status == 200} == {CONTENT}
        assert (await door.ask(1)).code == "count.exhausted"


async def test_parts_at_both_workers_are_the_uses_that_their_bytes_are(
    server: Server, tmp_path: Path
) -> None:
    async with opened(server, tmp_path, 2) as [door]:
        half = len(CONTENT) // 2
        parts = [{"Range": f"bytes=0-{half - 1}"}, {"Range": f"bytes={half}-"}] * 6
        said = await door.at_once(*[("", "GET", part) for part in parts])
        assert statuses(said) == [206] * 4 + [403] * 8


async def test_of_many_queries_at_once_as_many_are_answered_as_were_granted(
    server: Server, tmp_path: Path
) -> None:
    async with opened(server, tmp_path, 2, table=True) as [door]:
        said = await door.at_once(*[(f"?name=n{n}", "GET", {}) for n in range(24)])
        assert statuses(said) == [200] * 2 + [403] * 22


async def test_of_many_who_only_want_to_be_told_as_many_are_as_were_granted(
    server: Server, tmp_path: Path
) -> None:
    async with opened(server, tmp_path, 2, table=True) as [door]:
        ways: list[tuple[str, str, dict[str, str]]] = []
        for n in range(12):
            ways += [(f"?name=n{n}", "HEAD", {}), (f"/listing?name=n{n + 12}", "GET", {"Accept": LISTING})]
        assert statuses(await door.at_once(*ways)) == [200] * 2 + [403] * 22


async def test_of_many_transfers_as_many_are_told_of_a_file_as_were_granted(
    server: Server, tmp_path: Path
) -> None:
    async with opened(server, tmp_path, 2, transfers=6) as doors:
        asked = [("/manifest", "GET", {"Accept": MANIFEST}), ("/listing", "GET", {"Accept": LISTING})]
        asked += [("", "HEAD", {}), ("", "GET", {"Range": "bytes=999999-"})]
        told = await asyncio.gather(*(door.at_once(*asked) for door in doors))
        got = [statuses(said) for said in told]
        assert sorted(got) == [[200, 200, 200, 416]] * 2 + [[403] * 4] * 4
        read = await asyncio.gather(*(door.ask(number) for number, door in enumerate(doors)))
        assert statuses(read) == [200] * 2 + [403] * 4, "the read draws on the use that was told"


async def test_a_key_is_one_read_at_both_workers_and_of_nothing_else(server: Server, tmp_path: Path) -> None:
    async with opened(server, tmp_path, 1) as [door]:
        key = {"Idempotency_Key": "once"}
        assert statuses(await door.at_once(*[("", "GET", key)] * 16)) == [200] * 16
        others = await door.at_once(*[("", "GET", {"Idempotency_Key": f"k-{n}"}) for n in range(16)])
        assert statuses(others) == [403] * 16
        assert (await door.ask(0, "/files/other.csv", **key)).status in {404, 409}
        assert (await door.ask(1, "/manifest", Accept=MANIFEST, **key)).status == 200
        assert (await door.ask(1, "/manifest", Accept=MANIFEST)).status == 403


async def test_a_key_of_a_query_is_no_key_of_another(server: Server, tmp_path: Path) -> None:
    async with opened(server, tmp_path, 1, table=True) as [door]:
        key = {"Idempotency_Key": "once"}
        said = await door.at_once(*[(f"?name=n{n}", "GET", key) for n in range(16)])
        answered = [each for each in said if each.status == 200]
        assert len({each.body for each in answered}) == 1
        assert {each.status for each in said} <= {200, 409}


async def test_counters_that_are_deleted_open_nothing_at_either_worker(
    server: Server, tmp_path: Path
) -> None:
    async with opened(server, tmp_path, 2) as [door]:
        assert (await door.ask(0)).status == 200
        database = urlsplit(door.both.one.node.config.store.url or "").path[1:]
        await asyncio.to_thread(server.sql, "DELETE FROM counters", database=database)
        said = await door.at_once(*[("", "GET", {})] * 4)
        assert {(each.status, each.code) for each in said} == {(500, "counter.missing")}
