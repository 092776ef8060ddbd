"""`xinfu publish --table` and `xinfu get --format`: a table from one shell to another."""

import sqlite3
from contextlib import closing

import pytest
from tests.cli.conftest import Call, Space, document, failure


def publish(call: Call, space: Space, name: str, *words: str) -> None:
    """A query over a small table of the provider."""
    file = space.files / f"{name}.db"
    with closing(sqlite3.connect(file)) as database, database:
        database.execute("CREATE TABLE readings (day TEXT, pm REAL)")
        database.execute("INSERT INTO readings VALUES ('2024-01-01', 1.5), ('2024-01-02', 2.5)")
    (space.files / f"{name}.sql").write_text("SELECT day, pm FROM readings WHERE day >= :day")
    query = ["--query", str(space.files / f"{name}.sql"), "--param", "day:date=2024-01-01"]
    said = ["publish", name, "--grade", "1", "--table", f"sqlite:{file}", *query, "--unrestricted", *words]
    made = document(call(*said, "--json", at=space.provider))
    assert made["asset"]["columns"] == [{"name": "day", "type": "text"}, {"name": "pm", "type": "number"}]


def test_rows_are_got_by_format_and_parameter(call: Call, space: Space) -> None:
    publish(call, space, "rows")
    words = ("get", "provider", "rows", "--format", "csv", "--param", "day=2024-01-02", "-o", "rows.csv")
    got = document(call(*words, "--json", at=space.consumer))
    assert got["verified"] is True
    with open(got["file"], "rb") as file:  # noqa: PTH123 - the path as the command told it
        assert file.read() == b"day,pm\r\n2024-01-02,2.5\r\n"


def test_chosen_columns_are_got_and_one_that_is_not_there_is_refused(call: Call, space: Space) -> None:
    publish(call, space, "chosen")
    words = ("get", "provider", "chosen", "--format", "csv", "-o", "chosen.csv", "--force", "--json")
    got = document(call(*words, "--columns", "pm", at=space.consumer))
    with open(got["file"], "rb") as file:  # noqa: PTH123 - the path as the command told it
        assert file.read() == b"pm\r\n1.5\r\n2.5\r\n"
    assert failure(call(*words, "--columns", "pm,no2", at=space.consumer))["code"] == "column.not-found"
    assert failure(call(*words, "--columns", "pm,", at=space.consumer))["code"] == "get.columns"


def test_the_offer_is_told_with_its_columns(call: Call, space: Space) -> None:
    file = space.files / "whole.db"
    with closing(sqlite3.connect(file)) as database, database:
        database.execute("CREATE TABLE t (a INTEGER, b TEXT)")
    told = call(
        "publish", "--grade", "1", "whole", "--table", f"sqlite:{file}#t", "--unrestricted", at=space.provider
    )
    assert "a integer, b text" in told.stdout


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("--table", "sqlite:x"), "table.place"),
        (("--param", "a:text"), "publish.no-table"),
        (("--table", "sqlite:x#t", "--password", "in-clear"), "publish.key-in-clear"),
        (("--table", "sqlite:/nowhere/x.db#t"), "source.not-allowed"),
    ],
)
def test_a_table_that_is_wrongly_named_is_refused(
    call: Call, space: Space, words: tuple[str, ...], code: str
) -> None:
    result = call("publish", "--grade", "1", "wrong", *words, "--unrestricted", "--json", at=space.provider)
    assert failure(result)["code"] == code


def test_a_parameter_is_given_by_name(call: Call, space: Space) -> None:
    result = call("get", "provider", "rows", "--param", "day", "--json", at=space.consumer)
    assert failure(result)["code"] == "get.param"


def test_a_file_of_rows_is_got_in_the_form_of_its_rule(call: Call, space: Space) -> None:
    (space.files / "track.csv").write_text("at,lat,owner\n2024-01-01T08:59:01Z,28.2282,a\n", encoding="utf-8")
    words = ("--column", "at,lat", "--coarser", "lat=0.01", "--coarser", "at=1h")
    track = str(space.files / "track.csv")
    document(call("publish", track, "--id", "track", "--grade", "1", *words, "--json", at=space.provider))
    ask = ("get", "provider", "track", "-o", "track.csv", "--force", "--json")
    got = document(call(*ask, at=space.consumer))
    with open(got["file"], "rb") as file:  # noqa: PTH123 - the path as the command told it
        assert file.read() == b"at,lat\r\n2024-01-01T08:00:00Z,28.23\r\n"
    said = failure(call(*ask, "--columns", "owner", at=space.consumer))
    assert said["code"] == "column.closed"
    assert "owner" in str(said)
    assert "permission[0]" in str(said)
