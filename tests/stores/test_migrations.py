"""A store of an earlier version holds what it held, and finds it by the indexes of today."""

import asyncio
import io
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import asyncpg
import msgspec
import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine
from tests.ports.store_samples import CONTEXT, NOW, agreement, asset, definition, duty, policy
from tests.stores.postgres_server import Server

from xinfu import odrl
from xinfu.errors import IntegrityError
from xinfu.evidence import Entry
from xinfu.evidence.terms import TERMS, StatedTerms, terms_of
from xinfu.odrl import PolicyKind
from xinfu.ports.log import EntrySearch
from xinfu.ports.query import Compare, Condition, Member
from xinfu.ports.records import (
    AGREEMENTS,
    DUTIES,
    POLICIES,
    AgreementRecord,
    AgreementState,
    Asset,
    PolicyDefinition,
)
from xinfu.ports.store import Store
from xinfu.stores import postgres
from xinfu.stores.migrate import FOLDER
from xinfu.stores.sql.statements import quote_name
from xinfu.stores.sqlite import open_sqlite

RED = Condition[Asset](fields=(Member(("public", "colour")),), test=Compare.EQUAL, values=("red",))


def of_version(path: Path, revision: str) -> None:
    """An empty store as a program of this version made it."""
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    engine = create_engine(f"sqlite:///{path}")
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
    engine.dispose()


def insert(connection: sqlite3.Connection, table: str, record: Any, **columns: object) -> None:
    """One row as that program wrote it."""
    row = {"context": CONTEXT, "id": record.id, "created": 1, **columns}
    row["record"] = msgspec.json.encode(record).decode()
    names = ", ".join(row)
    connection.execute(
        f"INSERT INTO {table} ({names}) VALUES ({', '.join('?' * len(row))})",
        list(row.values()),
    )


async def test_offers_and_selections_of_the_first_version_are_found(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    of_version(path, "0001")
    red = msgspec.structs.replace(asset("a"), public={"colour": "red"})
    named = msgspec.structs.replace(definition("named", assets=("a",)), access_policy="seen")
    selects = msgspec.structs.replace(definition("selects", assets=()), access_policy="seen", selects=True)
    seen = PolicyDefinition(
        id="seen", context=CONTEXT, policy=policy(PolicyKind.SET), created=NOW, updated=NOW
    )
    with closing(sqlite3.connect(path)) as connection, connection:
        insert(connection, "assets", red, generated=0)
        insert(connection, "policies", seen)
        for each, reach in ((named, 0), (selects, 2)):
            insert(
                connection,
                "definitions",
                each,
                access_policy="seen",
                contract_policy="p2",
                everything=reach,
            )
        for each in (named, selects):
            connection.execute(
                "INSERT INTO offerings (context, definition, asset) VALUES (?, ?, ?)", (CONTEXT, each.id, "a")
            )
    store = await open_sqlite(path)
    async with store.step(CONTEXT) as step:
        (audience,) = await step.offerings.audiences()
        assert (audience.policy, audience.digest) == ("seen", "")
        (offered,) = await step.offerings.page(["seen"])
        assert [under.definition for under in offered.under] == ["named", "selects"]
        assert await step.offerings.candidates(red) == ["selects"]
        await step.offerings.select("selects", (RED,))
        (offered,) = await step.offerings.page(["seen"])
        assert [under.definition for under in offered.under] == ["named", "selects"]
        await step.of(POLICIES).save(seen)
        assert (await step.offerings.audiences())[0].digest
    await store.close()


def doubled() -> list[AgreementRecord]:
    """Agreements as versions before 0012 could keep them: 2 and 3 double 1, and 5 has the wire id of another peer's 4."""
    used = msgspec.structs.replace(
        agreement("3"), wire_id="w", negotiation="n", state=AgreementState.FULFILLED
    )
    first, second = (msgspec.structs.replace(agreement(id_), wire_id="w", negotiation="n") for id_ in "12")
    theirs = msgspec.structs.replace(agreement("4"), wire_id="x")
    copied = msgspec.structs.replace(agreement("5"), wire_id="x", peer="did:web:liar.example")
    return [first, second, used, theirs, copied, agreement("6")]


def columns(record: AgreementRecord) -> dict[str, str]:
    """The columns by which an agreement is found."""
    names = ("wire_id", "negotiation", "role", "peer", "dataset", "state")
    return {name: str(getattr(record, name)) for name in names}


async def whole(store: Store) -> None:
    """Of each double the furthest is left, with its duties, and no wire id stands twice."""
    async with store.step(CONTEXT) as step:
        kept = await step.of(AGREEMENTS).find()
        assert [(each.id, each.wire_id) for each in kept] == [
            ("3", "w"),
            ("4", "x"),
            ("5", "x#5"),
            ("6", "urn:policy:6"),
        ]
        assert kept[0].state is AgreementState.FULFILLED
        assert [each.agreement for each in await step.of(DUTIES).find()] == ["3"]
        assert [each.id for each in await step.of(AGREEMENTS).find(AGREEMENTS.wire_id.equals("x#5"))] == ["5"]
        await step.of(AGREEMENTS).save(msgspec.structs.replace(await step.of(AGREEMENTS).lock("5"), epoch=1))
    assert [each.id for each in await store.deadlines()] == ["d-3", "3"]


def rows_of_doubles() -> Iterator[tuple[str, dict[str, object]]]:
    """Tables and rows that such a store holds: the agreements, a duty of each double, and their deadlines."""
    for each in doubled():
        yield "agreements", {**columns(each), "created": 1, **kept_as(each)}
    for number, id_ in enumerate("123"):
        owed = msgspec.structs.replace(duty(f"d-{id_}"), agreement=id_)
        names = ("agreement", "key", "action", "transfer", "peer", "state", "parent")
        given = {name: str(getattr(owed, name)) for name in names}
        yield "duties", {**given, "owes": 1, "created": 1, **kept_as(owed)}
        for kind, of in (("duty", owed.id), ("agreement", id_)):
            yield "deadlines", {"context": CONTEXT, "kind": kind, "id": of, "due": number}


def kept_as(record: Any) -> dict[str, object]:
    """The columns that every record has."""
    return {"context": CONTEXT, "id": record.id, "record": msgspec.json.encode(record).decode()}


async def test_an_agreement_that_was_stored_twice_is_one_afterwards(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    of_version(path, "0011")
    with closing(sqlite3.connect(path)) as connection, connection:
        for table, row in rows_of_doubles():
            names, places = ", ".join(map(quote_name, row)), ", ".join("?" * len(row))
            connection.execute(f"INSERT INTO {table} ({names}) VALUES ({places})", list(row.values()))
    store = await open_sqlite(path)
    await whole(store)
    await store.close()


async def test_an_agreement_that_was_stored_twice_on_postgresql_is_one_afterwards(server: Server) -> None:
    url = await asyncio.to_thread(server.bare)
    connection = await asyncpg.connect(url)
    await connection.execute(await asyncio.to_thread(script_to, "0011"))
    for table, row in rows_of_doubles():
        names = ", ".join(map(quote_name, row))
        places = ", ".join(f"${place}" for place in range(1, len(row) + 1))
        await connection.execute(f"INSERT INTO {table} ({names}) VALUES ({places})", *row.values())
    await connection.close()
    store = await postgres.open_postgres(url)
    await whole(store)
    await store.close()


PIECES = odrl.read(
    {
        "permission": [
            {"action": "print"},
            {"@id": "urn:r", "action": ["read", "play"]},
            {"@id": "urn:s", "action": "display"},
            {"@id": "urn:r", "action": "use"},
        ]
    }
)
"""Pieces of one rule stand in the second, third and last place."""
COUNTED: dict[str, tuple[int, int, int | None, int | None]] = {
    "1:permission[0]": (9, 0, None, None),
    "1:permission[1]": (1, 2, 30, 40),
    "1:permission[2]": (10, 20, 20, 50),
    "1:permission[4]": (100, 0, None, None),
    "1:permission[2]/P1D@2026-01-01T00:00:00+00:00": (5, 0, None, None),
    "1:permission[4]/P1D@2026-01-01T00:00:00+00:00": (6, 0, 7, 8),
    "1:permission[3]": (8, 0, None, None),
    "2:permission[2]": (7, 0, None, None),
}
"""What each piece counted: used, held, the first and the last use."""
ADDED = {
    "1:permission[0]": (9, 0, None, None),
    "1:permission[1]": (111, 22, 20, 50),
    "1:permission[1]/P1D@2026-01-01T00:00:00+00:00": (11, 0, 7, 8),
    "1:permission[3]": (8, 0, None, None),
    "2:permission[2]": (7, 0, None, None),
}


def rows_of_pieces() -> Iterator[tuple[str, dict[str, object]]]:
    """An agreement with pieces of one rule and one without, what they counted, and a use that goes on."""
    for id_, said in (("1", PIECES), ("2", policy(PolicyKind.AGREEMENT))):
        each = msgspec.structs.replace(agreement(id_), policy=said)
        yield "agreements", {**columns(each), "created": 1, **kept_as(each)}
    for counter, (used, held, first, last) in COUNTED.items():
        row: dict[str, object] = {"context": CONTEXT, "counter": counter, "used": used, "held": held}
        yield "counters", {**row, "first_use": first, "last_use": last}
    yield (
        "reservations",
        {
            "context": CONTEXT,
            "id": "going-on",
            "counter": "1:permission[2]",
            "state": "held",
            "amount": 20,
            "counted": 0,
            "expires": 2**50,
        },
    )


async def added_up(store: Store) -> None:
    """Nothing that a piece counted is lost, and a use that went on counts where its rule does now."""
    async with store.step(CONTEXT) as step:
        for counter in COUNTED | ADDED:
            used, held, *moments = ADDED.get(counter, (0, 0, None, None))
            assert await step.quotas.used(counter) == (used, held), counter
            found = await step.quotas.marks(counter)
            assert [each and round(each.timestamp() * 1e6) for each in found] == moments, counter
        await step.quotas.commit("going-on", amount=15)
        assert await step.quotas.used("1:permission[1]") == (126, 2)
        assert odrl.compile(PIECES).permissions[1].counter == "permission[1]"


async def test_what_the_pieces_of_a_rule_counted_is_added_up(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    of_version(path, "0012")
    with closing(sqlite3.connect(path)) as connection, connection:
        for table, row in rows_of_pieces():
            names, places = ", ".join(map(quote_name, row)), ", ".join("?" * len(row))
            connection.execute(f"INSERT INTO {table} ({names}) VALUES ({places})", list(row.values()))
    store = await open_sqlite(path)
    await added_up(store)
    await store.close()


async def test_what_the_pieces_of_a_rule_counted_on_postgresql_is_added_up(server: Server) -> None:
    url = await asyncio.to_thread(server.bare)
    connection = await asyncpg.connect(url)
    await connection.execute(await asyncio.to_thread(script_to, "0012"))
    for table, row in rows_of_pieces():
        names = ", ".join(map(quote_name, row))
        places = ", ".join(f"${place}" for place in range(1, len(row) + 1))
        await connection.execute(f"INSERT INTO {table} ({names}) VALUES ({places})", *row.values())
    await connection.close()
    store = await postgres.open_postgres(url)
    await added_up(store)
    await store.close()


BEGUN: dict[str, tuple[int, int]] = {"1:permission[0]": (2, 1), "2:permission[0]": (3, 0)}
"""What a store of version 0014 counted, by counters whose names are not kept apart yet: used and held."""


def rows_of_begun() -> Iterator[tuple[str, dict[str, object]]]:
    for counter, (used, held) in BEGUN.items():
        row: dict[str, object] = {"context": CONTEXT, "counter": counter, "used": used, "held": held}
        yield "counters", {**row, "first_use": 1, "last_use": 2}


async def goes_on(store: Store) -> None:
    """Nothing that was counted begins again, and a counter that goes missing from now on is missed."""
    end = NOW + timedelta(hours=1)
    async with store.step(CONTEXT) as step:
        assert await step.quotas.missing(10) == []
        assert {each: await step.quotas.used(each) for each in BEGUN} == BEGUN
        full = await step.quotas.reserve("2:permission[0]", 1, limit=3, reservation="r", expires=end)
        assert not full
        await step.quotas.forget("1:", "3:")  # a counter with something held stays
        assert await step.quotas.missing(10) == []
        assert await step.quotas.reserve("2:permission[0]", 1, limit=3, reservation="r", expires=end)
        assert await step.quotas.used("1:permission[0]") == (2, 1)


async def test_counters_of_before_they_had_names_go_on_and_are_missed_when_they_are_lost(
    tmp_path: Path,
) -> None:
    path = tmp_path / "store.db"
    of_version(path, "0014")
    with closing(sqlite3.connect(path)) as connection, connection:
        for table, row in rows_of_begun():
            names, places = ", ".join(map(quote_name, row)), ", ".join("?" * len(row))
            connection.execute(f"INSERT INTO {table} ({names}) VALUES ({places})", list(row.values()))
    await (await open_sqlite(path)).close()
    with closing(sqlite3.connect(path)) as connection, connection:
        kept = connection.execute("SELECT * FROM counters").fetchall()
        connection.execute("DELETE FROM counters")
    store = await open_sqlite(path)
    await are_missed(store)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.executemany(f"INSERT INTO counters VALUES ({', '.join('?' * len(kept[0]))})", kept)
    await goes_on(store)
    await store.close()


async def test_counters_of_before_they_had_names_on_postgresql_go_on_and_are_missed_when_they_are_lost(
    server: Server,
) -> None:
    url = await asyncio.to_thread(server.bare)
    connection = await asyncpg.connect(url)
    await connection.execute(await asyncio.to_thread(script_to, "0014"))
    for table, row in rows_of_begun():
        names = ", ".join(map(quote_name, row))
        places = ", ".join(f"${place}" for place in range(1, len(row) + 1))
        await connection.execute(f"INSERT INTO {table} ({names}) VALUES ({places})", *row.values())
    store = await postgres.open_postgres(url)
    await connection.execute("CREATE TABLE kept AS SELECT * FROM counters; DELETE FROM counters")
    await are_missed(store)
    await connection.execute("INSERT INTO counters SELECT * FROM kept; DROP TABLE kept")
    await connection.close()
    await goes_on(store)
    await store.close()


async def are_missed(store: Store) -> None:
    """A counter whose row is gone does not begin again."""
    end = NOW + timedelta(hours=1)
    async with store.view(CONTEXT) as view:
        assert await view.quotas.missing(10) == sorted(BEGUN)
    for counter in BEGUN:
        with pytest.raises(IntegrityError, match="has lost what was counted"):
            async with store.step(CONTEXT) as step:
                await step.quotas.reserve(counter, 1, limit=9, reservation="r", expires=end)


def script_to(revision: str) -> str:
    """The SQL that makes the tables of this version on PostgreSQL."""
    written = io.StringIO()
    config = Config(output_buffer=written)
    config.set_main_option("script_location", str(FOLDER))
    command.upgrade(config, revision, sql=True)
    return written.getvalue()


def logged() -> list[Entry]:
    """Entries that a store of version 0015 kept, before they were found by terms."""
    at = datetime(2026, 12, 1, 8, tzinfo=UTC)
    facts: list[tuple[str, dict[str, Any]]] = [
        ("refusal", {"code": "count.exhausted", "number": "N-1"}),
        ("publication", {"asset": "d", "policy_digest": "0" * 64}),
        ("data.received", {"dataset": "d", "root": "", "bytes": 1, "outcome": "completed"}),
        ("contract.executed", {"number": "N-1", "by": "x", "actions": [], "result": "done"}),
    ]
    return [
        Entry.of(
            kind,
            id=f"urn:uuid:00000000-0000-7000-8000-00000000000{place}",
            at=at + timedelta(minutes=place),
            context=CONTEXT,
            agreement="urn:a" if place % 2 else None,
            peer="did:web:b.example" if place > 1 else None,
            facts=stated,
        )
        for place, (kind, stated) in enumerate(facts)
    ]


def rows_of_log() -> Iterator[tuple[str, dict[str, object]]]:
    for row, each in enumerate(logged(), 1):
        yield (
            "log_entries",
            {"row": row, "context": CONTEXT, "id": each.id, "kind": each.kind, "canonical": each.to_bytes()},
        )


def terms_in(entry: Entry) -> dict[str, str]:
    return terms_of(msgspec.json.decode(entry.to_bytes(), type=StatedTerms))


async def are_found(store: Store) -> None:
    """What was kept is found by exactly the terms that it states; a new entry as well."""
    fresh = msgspec.structs.replace(logged()[0], id="urn:uuid:00000000-0000-7000-8000-000000000009")
    async with store.step(CONTEXT) as step:
        await step.record(fresh)
        waiting = await step.log.pending()
        assert len(waiting) == len(logged()) + 1  # those of before are indexed, and once more changes nothing
        await step.log.index_terms(waiting)
    everything = [*logged(), fresh]
    asked = {(name, value) for each in everything for name, value in terms_in(each).items()}
    assert {name for name, _ in asked} == set(TERMS) - {"strategy"}
    async with store.view(CONTEXT) as view:
        for name, value in asked:
            found = await view.log.search(EntrySearch(terms={name: value}))
            wanted = {each.id for each in everything if terms_in(each).get(name) == value}
            assert {each.id for each in found} == wanted, (name, value)


async def test_entries_of_before_are_found_by_their_terms(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    of_version(path, "0015")
    with closing(sqlite3.connect(path)) as connection, connection:
        for table, row in rows_of_log():
            names, places = ", ".join(map(quote_name, row)), ", ".join("?" * len(row))
            connection.execute(f"INSERT INTO {table} ({names}) VALUES ({places})", list(row.values()))
    store = await open_sqlite(path)
    await are_found(store)
    await store.close()


async def test_entries_of_before_on_postgresql_are_found_by_their_terms(server: Server) -> None:
    url = await asyncio.to_thread(server.bare)
    connection = await asyncpg.connect(url)
    await connection.execute(await asyncio.to_thread(script_to, "0015"))
    for table, row in rows_of_log():
        names = ", ".join(map(quote_name, row))
        places = ", ".join(f"${place}" for place in range(1, len(row) + 1))
        await connection.execute(
            f"INSERT INTO {table} ({names}) OVERRIDING SYSTEM VALUE VALUES ({places})", *row.values()
        )
    await connection.execute("SELECT setval(pg_get_serial_sequence('log_entries', 'row'), 100)")
    await connection.close()
    store = await postgres.open_postgres(url)
    await are_found(store)
    await store.close()
