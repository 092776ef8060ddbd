"""The file of a store: who may read it, what it is refused for, and how its tables come to be."""

import asyncio
import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine
from tests.ports.store_samples import CONTEXT, negotiation

from xinfu.errors import ConfigError, StoreError
from xinfu.ports.records import NEGOTIATIONS
from xinfu.stores.migrate import FOLDER, HEAD
from xinfu.stores.migrations.schema import metadata
from xinfu.stores.sqlite import open_sqlite
from xinfu.stores.sqlite_file import connect_reader, connect_writer


async def make(path: Path) -> Path:
    """A closed store with one record."""
    store = await open_sqlite(path)
    async with store.step(CONTEXT) as step:
        await step.of(NEGOTIATIONS).add(negotiation("n"))
    await store.close()
    return path


async def test_files_are_for_their_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "node" / "store.db"
    store = await open_sqlite(path)
    async with store.step(CONTEXT) as step:
        await step.of(NEGOTIATIONS).add(negotiation("n"))
    modes = {each.name: stat.S_IMODE(each.stat().st_mode) for each in path.parent.iterdir()}
    assert modes == {"store.db": 0o600, "store.db-wal": 0o600, "store.db-shm": 0o600}
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    await store.close()


async def test_a_file_that_others_could_read_is_closed_to_them(tmp_path: Path) -> None:
    path = await make(tmp_path / "store.db")
    path.chmod(0o644)
    await make_again(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


async def make_again(path: Path) -> None:
    store = await open_sqlite(path)
    async with store.view(CONTEXT) as view:
        assert await view.of(NEGOTIATIONS).get("n") == negotiation("n")
    await store.close()


async def test_what_was_kept_is_there_after_opening_again(tmp_path: Path) -> None:
    await make_again(await make(tmp_path / "store.db"))


def test_a_durable_store_flushes_every_commit(tmp_path: Path) -> None:
    asyncio.run(make(tmp_path / "store.db"))
    for durable, expected in ((True, 2), (False, 0)):
        with closing(connect_writer(tmp_path / "store.db", durable=durable)) as connection:
            assert connection.execute("PRAGMA synchronous").fetchone() == (expected,)
            assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_a_reader_cannot_write(tmp_path: Path) -> None:
    asyncio.run(make(tmp_path / "store.db"))
    reader = closing(connect_reader(tmp_path / "store.db"))
    with reader as connection, pytest.raises(sqlite3.OperationalError):
        connection.execute("DELETE FROM negotiations")


async def test_a_store_in_memory_is_fresh_and_leaves_nothing(tmp_path: Path) -> None:
    first, second = await open_sqlite(":memory:"), await open_sqlite(":memory:")
    async with first.step(CONTEXT) as step:
        await step.of(NEGOTIATIONS).add(negotiation("n"))
    async with second.view(CONTEXT) as view:
        assert await view.of(NEGOTIATIONS).count() == 0
    async with first.view(CONTEXT) as view:
        assert await view.of(NEGOTIATIONS).count() == 1
    await first.close()
    await second.close()


async def test_the_first_opening_makes_all_tables_and_marks_the_version(tmp_path: Path) -> None:
    path = await make(tmp_path / "store.db")
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT version_num FROM alembic_version").fetchall() == [(HEAD,)]


async def test_migrations_give_the_tables_that_the_schema_says(tmp_path: Path) -> None:
    path = await make(tmp_path / "store.db")
    engine = create_engine(f"sqlite:///{path}")
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
    engine.dispose()


async def test_migrated_indexes_are_those_of_the_schema(tmp_path: Path) -> None:
    path = await make(tmp_path / "store.db")
    fresh = create_engine("sqlite://")
    metadata.create_all(fresh)
    query = "SELECT name, tbl_name, replace(replace(sql, char(10), ''), char(9), '') FROM sqlite_master"
    where = " WHERE type = 'index' AND sql IS NOT NULL ORDER BY name"
    with closing(sqlite3.connect(path)) as migrated, fresh.connect() as made:
        assert migrated.execute(query + where).fetchall() == [
            tuple(row) for row in made.exec_driver_sql(query + where).fetchall()
        ]
    fresh.dispose()


def test_the_newest_migration_is_the_version_of_this_program() -> None:
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    assert ScriptDirectory.from_config(config).get_current_head() == HEAD


async def test_a_store_of_a_newer_version_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = await make(tmp_path / "store.db")
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
        connection.commit()
    before = path.read_bytes()
    with pytest.raises(ConfigError) as raised:
        await open_sqlite(path)
    assert raised.value.code == "store.newer"
    assert "9999" in raised.value.en
    assert path.read_bytes() == before


async def test_a_database_of_somebody_else_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE theirs (a)")
    with pytest.raises(ConfigError) as raised:
        await open_sqlite(path)
    assert raised.value.code == "store.foreign"
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT name FROM sqlite_master").fetchall() == [("theirs",)]


async def test_a_file_that_is_no_database_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    path.write_bytes(b"my notes, and quite a lot of them\n" * 100)
    with pytest.raises(ConfigError) as raised:
        await open_sqlite(path)
    assert raised.value.code == "store.foreign"
    assert path.read_bytes() == b"my notes, and quite a lot of them\n" * 100


async def test_a_path_that_cannot_be_opened_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(ConfigError) as raised:
        await open_sqlite(tmp_path / "file" / "store.db")
    assert raised.value.code == "store.unreachable"
    assert "store.db" in raised.value.en


async def test_a_damaged_store_says_so(tmp_path: Path) -> None:
    path = await make(tmp_path / "store.db")
    size = path.stat().st_size
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xa5" * (size - 4096))
    with pytest.raises(StoreError) as raised:
        await make_again(path)
    assert raised.value.code == "store.broken"
