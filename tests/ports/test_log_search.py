"""Every store finds the entries of a log by their terms, their process and their time."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import msgspec
import pytest
import uuid_utils

from xinfu.errors import InputError
from xinfu.evidence import Entry
from xinfu.evidence.terms import StatedTerms, terms_of
from xinfu.ports.log import EntrySearch
from xinfu.ports.store import Store

START: Final = datetime(2026, 12, 1, 8, tzinfo=UTC)
PEERS: Final = ("did:web:a.example", "did:web:b.example")


def entry(place: int, **more: Any) -> Entry:
    """A use of one of two datasets, by one of two participants, a minute after the one before."""
    facts: dict[str, Any] = {
        "dataset": f"data-{place % 2}",
        "root": "",
        "ranges": [],
        "bytes": 1,
        "started": "x",
        "ended": "x",
        "outcome": "completed" if place % 3 else "cut",
    }
    if place >= 6:
        facts["number"] = "contract-1"
    return Entry.of(
        "use",
        id=f"urn:uuid:{uuid_utils.uuid7(nanoseconds=_nanoseconds(START + timedelta(minutes=place)))}",
        at=START + timedelta(minutes=place),
        context="one",
        process=f"process-{place % 4}",
        agreement=f"urn:agreement:{place % 2}",
        peer=PEERS[place % 2],
        facts=facts | more,
    )


def _nanoseconds(moment: datetime) -> int:
    """The time as the clock of a node puts it into its ids."""
    return int(moment.timestamp()) * 10**9


def fits(one: Entry, terms: Mapping[str, str]) -> bool:
    return terms.items() <= terms_in(one).items()


async def filled(store: Store, order: Mapping[int, int] | None = None) -> list[Entry]:
    """Twelve entries, kept in the order of `order`, and one of another context."""
    made = [entry(place) for place in range(12)]
    for place in sorted(range(12), key=lambda each: (order or {}).get(each, each)):
        async with store.step("one") as step:
            await step.record(made[place])
    async with store.step("other") as step:
        await step.record(
            Entry.of(
                "refusal",
                id=f"urn:uuid:{uuid_utils.uuid7()}",
                at=START,
                context="other",
                peer=PEERS[0],
                facts={"code": "x"},
            )
        )
    for context in ("one", "other"):
        await numbered(store, context)
    return made


async def numbered(store: Store, context: str) -> None:
    """Number the entries of a log and index their terms, as its sequencer does."""
    async with store.step(context) as step:
        waiting = await step.log.pending()
        await step.log.number([each.row for each in waiting], 0)
        await step.log.index_terms(waiting)


def terms_in(one: Entry) -> dict[str, str]:
    return terms_of(msgspec.json.decode(one.to_bytes(), type=StatedTerms))


async def found(store: Store, **search: Any) -> list[str]:
    async with store.view("one") as view:
        return [each.id for each in await view.log.search(EntrySearch(**search))]


CASES: Final[tuple[dict[str, str], ...]] = (
    {"contract": "contract-1"},
    {"dataset": "data-1"},
    {"agreement": "urn:agreement:0"},
    {"peer": PEERS[1]},
    {"outcome": "cut"},
    {"kind": "use"},
    {"dataset": "data-0", "outcome": "cut"},
    {"contract": "contract-1", "dataset": "data-1", "outcome": "completed", "kind": "use"},
    {"dataset": "data-0", "peer": PEERS[1]},
    {"kind": "refusal"},
    {"contract": "contract-2"},
    {},
)


@pytest.mark.parametrize("newest_first", [False, True])
@pytest.mark.parametrize("terms", CASES, ids=str)
async def test_entries_are_found_by_their_terms(
    store: Store, terms: dict[str, str], newest_first: bool
) -> None:
    made = await filled(store)
    wanted = [each.id for each in made if fits(each, terms)]
    wanted = wanted[::-1] if newest_first else wanted
    assert await found(store, terms=terms, newest_first=newest_first) == wanted


async def test_a_process_narrows_a_search(store: Store) -> None:
    made = await filled(store)
    wanted = [each.id for each in made if each.process == "process-1"]
    assert await found(store, process="process-1") == wanted
    assert await found(store, process="process-1", terms={"peer": PEERS[1]}) == wanted
    assert await found(store, process="process-1", terms={"peer": PEERS[0]}) == []


@pytest.mark.parametrize("terms", [{"dataset": "data-0"}, {}], ids=str)
async def test_a_search_is_bounded_in_time(store: Store, terms: dict[str, str]) -> None:
    made = await filled(store)
    since, until = START + timedelta(minutes=2), START + timedelta(minutes=8)
    wanted = [each.id for each in made[2:8] if fits(each, terms)]
    assert await found(store, terms=terms, since=since, until=until) == wanted
    assert await found(store, terms=terms, since=until, until=since) == []


async def test_a_bound_in_time_alone_reads_no_more_than_it_must(store: Store) -> None:
    made = await filled(store)
    assert await found(store, since=START + timedelta(days=1), limit=1) == []
    assert await found(store, until=START - timedelta(days=1), limit=1) == []
    last = START + timedelta(minutes=11)
    assert await found(store, since=last, limit=1) == [made[-1].id]
    assert await found(store, until=last, newest_first=True, limit=2) == [made[10].id, made[9].id]


@pytest.mark.parametrize("newest_first", [False, True])
@pytest.mark.parametrize("terms", [{"kind": "use"}, {}], ids=str)
async def test_pages_join_without_a_gap(store: Store, terms: dict[str, str], newest_first: bool) -> None:
    made = [each.id for each in await filled(store)]
    read: list[str] = []
    start: int | None = None
    async with store.view("one") as view:
        while True:
            search = EntrySearch(terms=terms, newest_first=newest_first, start=start, limit=5)
            page = await view.log.search(search)
            read += [each.id for each in page]
            if len(page) < 5:
                break
            start = page[-1].row
    assert read == (made[::-1] if newest_first else made)


async def test_entries_come_by_their_own_time_in_whatever_order_they_were_kept(store: Store) -> None:
    made = await filled(store, {place: -place for place in range(12)})
    wanted = [each.id for each in made if fits(each, {"dataset": "data-0"})]
    assert await found(store, terms={"dataset": "data-0"}) == wanted


async def test_a_kind_or_a_process_is_found_before_it_is_numbered(store: Store) -> None:
    made = entry(0)
    async with store.step("one") as step:
        await step.record(made)
    for search in (
        {"terms": {"kind": "use"}},
        {"process": "process-0"},
        {"process": "process-0", "terms": {"kind": "use"}},
    ):
        assert await found(store, **search) == [made.id]
    assert await found(store, process="process-0", terms={"kind": "refusal"}) == []
    assert await found(store, terms={"peer": PEERS[0]}) == []
    await numbered(store, "one")
    assert await found(store, terms={"peer": PEERS[0]}) == [made.id]


async def test_what_no_entry_is_found_by_is_refused(store: Store) -> None:
    with pytest.raises(InputError) as caught:
        await found(store, terms={"colour": "red"})
    assert caught.value.code == "query.column-unknown"
    with pytest.raises(InputError) as caught:
        await found(store, limit=1001)
    assert caught.value.code == "query.limit"


def test_terms_are_what_an_entry_states() -> None:
    assert terms_in(entry(6)) == {
        "contract": "contract-1",
        "agreement": "urn:agreement:0",
        "dataset": "data-0",
        "peer": PEERS[0],
        "outcome": "cut",
        "kind": "use",
    }
    refusal = Entry.of(
        "refusal",
        id=f"urn:uuid:{uuid_utils.uuid7()}",
        at=START,
        context="one",
        facts={"code": "count.exhausted"},
    )
    assert terms_in(refusal) == {"outcome": "count.exhausted", "kind": "refusal"}
