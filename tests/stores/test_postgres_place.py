"""The address of a database, and the password that never stands in it."""

from pathlib import Path

import pytest
from tests.stores.postgres_server import PASSWORD, Server

from xinfu.errors import ConfigError, StoreError
from xinfu.stores.postgres import open_postgres
from xinfu.stores.postgres_place import Database


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://me:secret@db/x",
        "postgresql://me:secret@db1:5432,db2:5433/x",
        "postgresql://me:@db/x",
        "postgresql://db/x?password=secret",
        "postgres://db/x?sslmode=require&password=secret",
    ],
)
def test_an_address_with_a_password_is_refused_and_not_repeated(url: str) -> None:
    with pytest.raises(ConfigError) as raised:
        Database(url, wait_s=1)
    assert raised.value.code == "store.password-in-url"
    assert "secret" not in raised.value.sentence("en") + raised.value.sentence("zh")


@pytest.mark.parametrize("url", ["mysql://db/x", "db/x", "", "/var/lib/x.db", "postgresql+asyncpg://db/x"])
def test_another_sort_of_address_is_refused(url: str) -> None:
    with pytest.raises(ConfigError) as raised:
        Database(url, wait_s=1)
    assert raised.value.code == "store.url"


@pytest.mark.parametrize(
    ("content", "mode"), [("x", 0o644), ("x", 0o640), ("", 0o600), (None, 0o600)], ids=str
)
def test_a_password_file_is_the_owners_alone_and_not_empty(
    tmp_path: Path, content: str | None, mode: int
) -> None:
    file = tmp_path / "password"
    if content is not None:
        file.write_text(content)
        file.chmod(mode)
    with pytest.raises(ConfigError) as raised:
        Database("postgresql://db/x", password_file=file, wait_s=1)
    assert raised.value.code == "store.password-file"


@pytest.fixture(scope="module")
def secured(server: Server) -> str:
    """A database whose owner has to show a password."""
    url = server.bare()
    name = url.partition("?")[0].rpartition("/")[2]
    made = f"CREATE ROLE secured LOGIN PASSWORD '{PASSWORD}'"
    server.sql(  # another test of this server may have made it
        f"DO $$ BEGIN {made}; EXCEPTION WHEN duplicate_object THEN NULL; END $$",
        f"ALTER DATABASE {name} OWNER TO secured",
    )
    return server.url(name, user="secured")


async def test_the_password_comes_from_its_file(secured: str, tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.touch(0o600)
    file.write_text(PASSWORD + "\n")
    store = await open_postgres(secured, password_file=file)
    assert await store.contexts() == []
    await store.close()


async def test_the_password_comes_from_pgpassfile(
    secured: str, server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "pgpass"
    file.touch(0o600)
    file.write_text(f"*:*:*:secured:{PASSWORD}\n")
    monkeypatch.setenv("PGPASSFILE", str(file))
    store = await open_postgres(secured)
    await store.close()


async def test_a_wrong_password_is_a_fault_of_the_configuration(secured: str, tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.touch(0o600)
    file.write_text("another")
    with pytest.raises(ConfigError) as raised:
        await open_postgres(secured, password_file=file)
    assert raised.value.code == "store.refused"
    assert "another" not in raised.value.sentence("en")


def test_a_password_file_that_others_can_read_is_told_as_such(tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text("x")
    file.chmod(0o644)
    with pytest.raises(ConfigError, match="its mode is 0644") as raised:
        Database("postgresql://db/x", password_file=file, wait_s=1)
    assert "chmod 600 password" in raised.value.help_en


async def test_a_database_that_does_not_exist_is_a_fault_of_the_configuration(server: Server) -> None:
    with pytest.raises(ConfigError) as raised:
        await open_postgres(server.url("nowhere"))
    assert raised.value.code == "store.refused"
    assert "createdb nowhere" in raised.value.help_en


async def test_a_server_that_is_away_is_named() -> None:
    with pytest.raises(StoreError, match=r"air at localhost:1\b"):
        await open_postgres("postgresql://me@localhost:1/air", busy_timeout_s=0.1)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("postgresql://me@db.example/air", "air at db.example:5432"),
        ("postgresql://me@db.example:5433/air", "air at db.example:5433"),
        ("postgresql://me@/air?host=/run/pg&port=6000", "air at /run/pg:6000"),
        ("postgresql://me@localhost", "me at localhost:5432"),
        ("postgresql:///air", "air at localhost:5432"),
    ],
)
def test_a_place_is_shown_by_database_host_and_port(url: str, shown: str) -> None:
    assert Database(url, wait_s=1).shown == shown
