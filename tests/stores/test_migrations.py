"""A store of an earlier version holds what it held, and finds it by the indexes of today."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import msgspec
from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine
from tests.ports.store_samples import CONTEXT, NOW, asset, definition, policy

from xinfu.odrl import PolicyKind
from xinfu.ports.query import Compare, Condition, Member
from xinfu.ports.records import PolicyDefinition
from xinfu.stores.migrate import FOLDER
from xinfu.stores.sqlite import open_store

RED = Condition(fields=(Member(("public", "colour")),), test=Compare.EQUAL, values=("red",))


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
    store = await open_store(path)
    async with store.step(CONTEXT) as step:
        (audience,) = await step.offerings.audiences()
        assert (audience.policy, audience.digest) == ("seen", "")
        (offered,) = await step.offerings.page(["seen"])
        assert [under.definition for under in offered.under] == ["named", "selects"]
        assert await step.offerings.candidates(red) == ["selects"]
        await step.offerings.select("selects", (RED,))
        (offered,) = await step.offerings.page(["seen"])
        assert [under.definition for under in offered.under] == ["named", "selects"]
        await step.policies.save(seen)
        assert (await step.offerings.audiences())[0].digest
    await store.close()
