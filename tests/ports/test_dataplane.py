"""The contract of sources, whatever their kind, as a consumer meets it: over the data listener, under an agreement.

How each kind is made, and what one cannot do, stands in kinds.py; that memory is flat in test_dataplane_memory.py.
"""

import asyncio
import itertools
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import aiohttp
import msgspec
import pytest
import pytest_asyncio
from tests.ports.kinds import FLOWING, KINDS, MIB, Made, Place, kinds
from tests.stores import postgres_server
from tests.web.data.conftest import Listening, configured, offered
from tests.web.data.taking import Taking

from xinfu.node.build import Node
from xinfu.node.run import run_node
from xinfu.ports.records import AgreementState
from xinfu.services.agreements import lifecycle
from xinfu.services.memory.running import stops_in
from xinfu.services.sources.secrets import save as keep

pytestmark = pytest.mark.asyncio(loop_scope="module")

SIZE: Final = 3 * MIB + 17
LARGE: Final = 24 * MIB
_names = (f"air-{number}" for number in itertools.count())


class Offered(msgspec.Struct, frozen=True):
    """A source of one kind, offered and agreed on."""

    name: str
    made: Made
    listening: Listening
    url: str
    token: str

    async def got(self, **headers: str) -> tuple[int, bytes]:
        """Status and body of one read."""
        sent = {"Authorization": f"Bearer {self.token}"} | headers
        async with aiohttp.ClientSession() as session, session.get(self.url, headers=sent) as answer:
            return answer.status, await answer.read()

    async def used(self) -> dict[str, Any]:
        """What the evidence says of its last use, once it is over."""
        parts = self.listening.node.parts
        async with asyncio.timeout(60):
            while len(parts.running):
                await asyncio.sleep(0.01)
        async with parts.store.view("bureau") as view:
            found = await view.log.find(kind="use", limit=1000)
        facts: list[dict[str, Any]] = [msgspec.json.decode(each.canonical)["facts"] for each in found]
        return [each for each in facts if each["dataset"] == self.name][-1]


@pytest.fixture(scope="module", autouse=True)
def postgres() -> Iterator[None]:
    """Stops the server of PostgreSQL that the first test of it has started."""
    yield
    postgres_server.end()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def node(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Node]:
    """One provider for all of them."""
    folder = tmp_path_factory.mktemp("provider")
    async with run_node(configured(folder, data=str(folder.parent))) as started:
        yield started


Offer = Callable[..., Awaitable[Offered]]


@pytest_asyncio.fixture(loop_scope="module")
async def offer(node: Node, tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[Offer]:
    """Offers a source of a kind with about as many bytes as it is told."""
    async with AsyncExitStack() as stack:

        async def start(kind: str, size: int, *, mortal: bool = False) -> Offered:
            place = Place(folder=tmp_path, stack=stack, request=request, mortal=mortal)
            name, made = next(_names), await KINDS[kind](place, size)
            for key, value in made.secrets.items():
                await keep(node.parts, "bureau", key, value)
            listening = await offered(node, tmp_path, made.source, None, name=name)
            url, token = await listening.token()
            return Offered(name, made, listening, url + made.tail, token)

        yield start


@pytest.mark.parametrize("kind", kinds(tuple(KINDS)))
async def test_the_whole_of_it_comes(offer: Offer, kind: str) -> None:
    source = await offer(kind, SIZE)
    status, body = await source.got()
    assert (status, source.made.is_right(body)) == (200, True)


@pytest.mark.parametrize("kind", kinds(tuple(KINDS)))
async def test_nothing_is_something_too(offer: Offer, kind: str) -> None:
    source = await offer(kind, 0)
    status, body = await source.got()
    assert (status, source.made.is_right(body)) == (200, True)


@pytest.mark.parametrize("kind", kinds(tuple(KINDS)))
async def test_it_can_be_put_together_from_ranges(offer: Offer, kind: str) -> None:
    source = await offer(kind, SIZE)
    _, whole = await source.got()
    cuts = sorted({0, 1, *(at for at in (MIB - 1, MIB, 2 * MIB + 5) if at < len(whole)), len(whole)})
    parts = []
    for start, end in pairwise(cuts):
        status, body = await source.got(Range=f"bytes={start}-{end - 1}")
        assert (status, len(body)) == (206, end - start)
        parts.append(body)
    assert b"".join(parts) == whole


@pytest.mark.parametrize("kind", kinds(FLOWING))
async def test_a_read_that_was_cut_goes_on_where_it_ended(offer: Offer, kind: str) -> None:
    source = await offer(kind, LARGE)
    async with (
        aiohttp.ClientSession(read_bufsize=2**16) as session,
        session.get(source.url, headers={"Authorization": f"Bearer {source.token}"}) as answer,
    ):
        first = await answer.content.readexactly(MIB)
        answer.close()
    await source.used()
    status, rest = await source.got(Range=f"bytes={len(first)}-")
    assert (status, source.made.is_right(first + rest)) == (206, True)


@pytest.mark.parametrize("kind", kinds(FLOWING))
async def test_it_waits_for_a_reader_who_stands_still(offer: Offer, kind: str) -> None:
    source = await offer(kind, LARGE)
    taking, reading = await begun(source)
    await asyncio.sleep(0.2)
    assert taking.handed <= MIB
    taking.go_on.set()
    await asyncio.wait_for(reading, 60)
    assert (taking.whole, taking.handed > LARGE // 2) == (True, True)
    assert (await source.used())["bytes"] == taking.handed


@pytest.mark.parametrize("kind", kinds(FLOWING))
async def test_nothing_comes_once_the_end_of_its_agreement_is_committed(offer: Offer, kind: str) -> None:
    source = await offer(kind, LARGE)
    taking, reading = await begun(source)
    at_commit: list[int] = []

    def committed(topics: frozenset[str]) -> None:
        if list(stops_in(topics)):
            at_commit.append(taking.handed)
            taking.go_on.set()

    parts = source.listening.node.parts
    unwatch = parts.store.watch(committed)
    id_ = source.listening.agreement.id
    await lifecycle.change(parts, "bureau", id_, AgreementState.TERMINATED, by="us")
    await asyncio.wait_for(reading, 60)
    unwatch()
    assert (taking.handed, taking.dropped, taking.whole) == (at_commit[0], True, False)
    assert (await source.used())["bytes"] >= taking.handed
    assert (await source.got())[0] == 403


@pytest.mark.parametrize("kind", kinds(FLOWING, "die"))
async def test_one_that_dies_never_looks_whole(offer: Offer, kind: str) -> None:
    source = await offer(kind, LARGE, mortal=True)
    taking, reading = await begun(source)
    await asyncio.to_thread(source.made.die)
    taking.go_on.set()
    await asyncio.wait_for(reading, 60)
    assert (taking.dropped, taking.whole) == (True, False)
    assert (await source.used())["outcome"] in {"source.broken-off", "source.changed"}


async def begun(source: Offered) -> tuple[Taking, "asyncio.Task[None]"]:
    """A read whose first bytes have come and whose reader stands still since."""
    taking = Taking()
    reading = asyncio.create_task(taking.read(source.listening.node.data, source.url, source.token))
    first = asyncio.create_task(taking.begun.wait())
    await asyncio.wait((first, reading), timeout=60, return_when=asyncio.FIRST_COMPLETED)
    first.cancel()
    if not taking.begun.is_set():
        reading.cancel()
    assert taking.begun.is_set(), f"no bytes, but {taking.status}"
    return taking, reading
