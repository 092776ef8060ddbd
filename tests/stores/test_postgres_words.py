"""Looking into documents where jsonb and text differ."""

import asyncio

import msgspec
from tests.ports.store_samples import CONTEXT, asset
from tests.stores.conftest import Opener
from tests.stores.postgres_server import Server

from xinfu.ports.query import Compare, Condition, Member, Query
from xinfu.ports.records import ASSETS, Asset

TITLE = Member(path=("title", "en"))


async def test_a_record_with_u0000_spoils_no_query(server: Server, opened: Opener) -> None:
    store = await opened(await asyncio.to_thread(server.database))
    async with store.step(CONTEXT) as step:
        for name, title in (("a", "x\x00y"), ("b", "plain"), ("c", "\\u0000")):
            await step.of(ASSETS).add(msgspec.structs.replace(asset(name), title={"en": title}))
    async with store.view(CONTEXT) as view:
        plain = Condition[Asset](fields=(TITLE,), test=Compare.EQUAL, values=("plain",))
        found = await view.of(ASSETS).query(Query(conditions=(plain,)))
        assert [each.id for each in found] == ["b"]
        ordered = await view.of(ASSETS).query(Query(sort=TITLE))
        assert sorted(each.id for each in ordered) == ["a", "b", "c"]
        kept = await view.of(ASSETS).get("a")
        assert kept is not None
        assert kept.title == {"en": "x\x00y"}


async def test_texts_are_ordered_by_code_point(server: Server, opened: Opener) -> None:
    store = await opened(await asyncio.to_thread(server.database))
    titles = ["Z", "a", "é", "中", "ｚ", "𐍈", "_"]
    async with store.step(CONTEXT) as step:
        for number, title in enumerate(titles):
            await step.of(ASSETS).add(msgspec.structs.replace(asset(str(number)), title={"en": title}))
    async with store.view(CONTEXT) as view:
        found = await view.of(ASSETS).query(Query(sort=TITLE))
        assert [each.title["en"] for each in found] == sorted(titles)
        later = Condition[Asset](fields=(TITLE,), test=Compare.MORE, values=("é",))
        found = await view.of(ASSETS).query(Query(conditions=(later,), sort=TITLE))
        assert [each.title["en"] for each in found] == [each for each in sorted(titles) if each > "é"]
