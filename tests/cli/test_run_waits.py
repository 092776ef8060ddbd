"""`xinfu run` waits for a database that is away, says so, and goes when it is told to."""

import signal
from collections.abc import Iterator
from pathlib import Path
from subprocess import Popen

import pytest
from tests.cli.conftest import Call, document
from tests.cli.test_run import line, run
from tests.stores import postgres_server
from tests.stores.postgres_server import Server

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def database() -> Iterator[Server]:
    """A server that a test may stop and start."""
    with postgres_server.serving() as made:
        yield made


@pytest.fixture
def folder(call: Call, tmp_path: Path, database: Server) -> Path:
    """A node on a database that is away."""
    url = database.bare()
    document(call("init", "n", "--development", "--ports", "0,0,0", "--json"))
    with (tmp_path / "n" / "node.toml").open("a") as settings:
        settings.write(f'\n[store]\nurl = "{url}"\n')
    database.stop("immediate")
    return tmp_path / "n"


def waits(process: Popen[str]) -> str:
    """What it says of the database, once it waits for it."""
    assert process.stderr is not None
    while said := process.stderr.readline():
        if "store.away" in said:
            return said
    raise AssertionError(f"it ended with {process.wait()}")


def test_a_node_starts_as_soon_as_its_database_is_there(folder: Path, database: Server) -> None:
    with run(folder) as process:
        said = waits(process)
        database.start()
        assert line(process).startswith("Ready")
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
    assert str(database.folder) in said, "host, port and database are named"
    assert "the next try is in 1 s" in said


def test_a_node_that_waits_for_its_database_stops_when_it_is_told_to(folder: Path, database: Server) -> None:
    try:
        with run(folder) as process:
            waits(process)
            process.send_signal(signal.SIGTERM)
            assert process.wait(30) == 0
    finally:
        database.start()
