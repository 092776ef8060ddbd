"""Tables of a PostgreSQL store: made at the first start, by one of those who start, and left alone when foreign."""

import asyncio

import asyncpg
import pytest
from tests.stores.postgres_server import Server

from xinfu.errors import ConfigError
from xinfu.stores.postgres import PostgresStore, open_postgres
from xinfu.stores.sql.tables import TABLES, ColumnType

_COLUMNS = """
SELECT table_name, column_name, data_type, is_nullable, collation_name FROM information_schema.columns
WHERE table_schema = 'public' ORDER BY ordinal_position
"""
_KINDS = {
    ColumnType.WORD: "text",
    ColumnType.TEXT: "text",
    ColumnType.NUMBER: "bigint",
    ColumnType.BYTES: "bytea",
}


async def test_workers_that_start_at_once_make_the_tables_once(server: Server) -> None:
    url = await asyncio.to_thread(server.bare)
    stores = await asyncio.gather(*(open_postgres(url) for _ in range(4)))
    for store in stores:
        assert await store.contexts() == []
        await store.close()


async def test_the_tables_are_those_of_the_program(server: Server) -> None:
    connection = await asyncpg.connect(await asyncio.to_thread(server.database))
    rows = await connection.fetch(_COLUMNS)
    await connection.close()
    found = {(row[0], row[1]): (row[2], row[3] == "YES", row[4] == "C") for row in rows}
    found = {key: value for key, value in found.items() if key[0] != "alembic_version"}
    assert found == {
        (table.name, column.name): (_KINDS[column.holds], column.optional, column.holds is ColumnType.WORD)
        for table in TABLES
        for column in table.columns
    }


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ("UPDATE alembic_version SET version_num = '9999'", "store.newer"),
        ("DROP TABLE alembic_version", "store.foreign"),
        ("DROP TABLE outbox", "store.foreign"),
    ],
)
async def test_a_database_that_is_not_ours_or_newer_is_left_alone(
    server: Server, change: str, code: str
) -> None:
    url = await asyncio.to_thread(server.database)
    connection = await asyncpg.connect(url)
    await connection.execute(change)
    await connection.close()
    with pytest.raises(ConfigError) as raised:
        await open_postgres(url)
    assert raised.value.code == code


async def test_a_database_in_another_encoding_is_refused(server: Server) -> None:
    make = "CREATE DATABASE latin TEMPLATE template0 ENCODING 'LATIN1' LOCALE 'C'"
    await asyncio.to_thread(server.sql, make)
    with pytest.raises(ConfigError) as raised:
        await open_postgres(server.url("latin"))
    assert raised.value.code == "store.encoding"


async def test_two_nodes_share_a_database_in_schemas_of_their_own(server: Server) -> None:
    url = await asyncio.to_thread(server.bare)
    told: list[frozenset[str]] = []
    connection = await asyncpg.connect(url)
    await connection.execute("CREATE SCHEMA one; CREATE SCHEMA two")
    await connection.close()
    one, two = [await open_postgres(f"{url}&search_path={name}") for name in ("one", "two")]
    two.watch(told.append)
    async with one.step("did:web:one") as step:
        await step.alone("a name")
        async with asyncio.timeout(30):
            await asyncio.create_task(_alone(two))
        step.publish("n")
    await one.close()
    async with two.view("did:web:one") as view:
        assert await view.log.find() == []
    await two.close()
    assert told == [frozenset({"m"})]


async def _alone(store: PostgresStore) -> None:
    async with store.step("did:web:one") as step:
        await step.alone("a name")
        step.publish("m")
