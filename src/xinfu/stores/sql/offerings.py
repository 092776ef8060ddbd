"""Which (asset, definition) pairs exist: the catalog's index.

A pair exists when the definition names the asset, or names every asset, and the asset is there. Only the
assets that a definition names have rows of their own; a definition of every asset is one flag, so publishing
an asset never fans out. Pages walk the index of each definition and merge: their cost follows the page, not
the catalog.
"""

from collections import defaultdict
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

import msgspec

from xinfu.ports.query import Query
from xinfu.ports.records import Asset, ContractDefinition
from xinfu.stores.sql.query import selecting
from xinfu.stores.sql.records import check_limit
from xinfu.stores.sql.rows import padded, text
from xinfu.stores.sql.statements import Cell, Session, Statement, among, insert_new, sql
from xinfu.stores.sql.tables import ASSETS, OFFERINGS

_AT_ONCE: Final = 64
"""How many definitions one statement asks about."""

_ASSET: Final = msgspec.json.Decoder(Asset)
_OF_DEFINITION: Final = "context = :context AND definition = :definition"
NAMED: Final = sql("SELECT asset FROM offerings WHERE", _OF_DEFINITION)
NAME: Final = insert_new(OFFERINGS)
UNNAME_ALL: Final = sql("DELETE FROM offerings WHERE", _OF_DEFINITION)
UNNAME: Final = sql("DELETE FROM offerings WHERE", _OF_DEFINITION, "AND asset = :asset")
NAMING: Final = Statement("SELECT definition FROM offerings WHERE context = :context AND asset = :asset")
EVERYTHING: Final = Statement("SELECT id FROM definitions WHERE context = :context AND everything = 1")
EXISTS: Final = Statement("SELECT id FROM assets WHERE context = :context AND id = :asset")


async def follow(session: Session, context: str, definition: str, record: ContractDefinition | None) -> None:
    """Keep the rows of one definition in step with what it names now; None: it is gone."""
    if record is not None and record.selects:
        return
    wanted = set(record.assets or ()) if record is not None else set()
    rows = await session.rows(NAMED, context=context, definition=definition)
    named = {text(row[0]) for row in rows}
    for statement, assets in ((UNNAME, named - wanted), (NAME, wanted - named)):
        pairs = [{"context": context, "definition": definition, "asset": asset} for asset in sorted(assets)]
        if pairs:
            await session.write_each(statement, pairs)


class OfferingsTable:
    """Implements `Offerings` of ports/store.py."""

    __slots__ = ("_context", "_session")

    def __init__(self, session: Session, context: str) -> None:
        self._session = session
        self._context = context

    async def page(
        self,
        definitions: Sequence[str],
        *,
        after: str | None = None,
        before: str | None = None,
        limit: int = 100,
    ) -> list[tuple[Asset, tuple[str, ...]]]:
        check_limit(limit)
        asked = sorted(set(definitions))
        everything = set(asked) & await self._everything()
        if everything:
            ids = await self._any(after, before, limit)
        else:
            ids = await self._named_by(asked, after, before, limit)
        assets = await self._assets(ids)
        naming = await self._naming(ids, set(asked))
        return [(asset, tuple(sorted(naming[asset.id] | everything))) for asset in assets]

    async def of(self, asset: str) -> list[str]:
        if not await self._session.rows(EXISTS, context=self._context, asset=asset):
            return []
        rows = await self._session.rows(NAMING, context=self._context, asset=asset)
        return sorted({text(row[0]) for row in rows} | await self._everything())

    async def query(self, definitions: Sequence[str], query: Query) -> list[tuple[Asset, tuple[str, ...]]]:
        asked = sorted(set(definitions))
        everything = set(asked) & await self._everything()
        extra = () if everything else (_offered(self._session.words.listed("definitions")),)
        statement, values = selecting(ASSETS, query, self._session.words, self._context, extra=extra)
        if extra:
            values["definitions"] = msgspec.json.encode(asked).decode()
        assets = [_ASSET.decode(text(row[0])) for row in await self._session.rows(statement, **values)]
        naming = await self._naming([asset.id for asset in assets], set(asked))
        return [(asset, tuple(sorted(naming[asset.id] | everything))) for asset in assets]

    async def put(self, definition: str, asset: str) -> None:
        await self._session.write(NAME, context=self._context, definition=definition, asset=asset)

    async def drop(self, definition: str, asset: str | None = None) -> None:
        named = {"context": self._context, "definition": definition}
        if asset is None:
            await self._session.write(UNNAME_ALL, **named)
        else:
            await self._session.write(UNNAME, asset=asset, **named)

    async def _everything(self) -> set[str]:
        rows = await self._session.rows(EVERYTHING, context=self._context)
        return {text(row[0]) for row in rows}

    async def _any(self, after: str | None, before: str | None, limit: int) -> list[str]:
        statement = any_asset(after is not None, before is not None)
        rows = await self._session.rows(
            statement, context=self._context, after=after, before=before, limit=limit
        )
        return sorted(text(row[0]) for row in rows)

    async def _named_by(
        self, definitions: Sequence[str], after: str | None, before: str | None, limit: int
    ) -> list[str]:
        """A page from each definition, merged; what lies behind the page is let go batch by batch."""
        backwards = before is not None
        found: set[str] = set()
        for start in range(0, len(definitions), _AT_ONCE):
            batch = padded(definitions[start : start + _AT_ONCE])
            statement = named(len(batch), after is not None, before is not None)
            asked: dict[str, Cell] = {f"definition_{place}": each for place, each in enumerate(batch)}
            rows = await self._session.rows(
                statement, context=self._context, after=after, before=before, limit=limit, **asked
            )
            found.update(text(row[0]) for row in rows)
            found = set(sorted(found, reverse=backwards)[:limit])
        return sorted(found)

    async def _assets(self, ids: Sequence[str]) -> list[Asset]:
        rows = await self._session.rows(assets_among(len(padded(ids))), **self._listed(ids)) if ids else []
        return [_ASSET.decode(text(row[0])) for row in rows]

    async def _naming(self, ids: Sequence[str], asked: set[str]) -> dict[str, set[str]]:
        rows = await self._session.rows(pairs_among(len(padded(ids))), **self._listed(ids)) if ids else []
        found: dict[str, set[str]] = defaultdict(set)
        for asset, definition in rows:
            if definition in asked:
                found[text(asset)].add(text(definition))
        return found

    def _listed(self, ids: Sequence[str]) -> dict[str, Cell]:
        listed: dict[str, Cell] = {f"asset_{place}": each for place, each in enumerate(padded(ids))}
        return {"context": self._context, **listed}


def _offered(definitions: str) -> str:
    """The condition that one of `definitions`, a subquery, names the asset."""
    return " ".join(
        [
            "EXISTS (SELECT 1 FROM offerings WHERE offerings.context = assets.context",
            f"AND offerings.asset = assets.id AND offerings.definition IN {definitions})",
        ]
    )


def _within(asset: str, after: bool, before: bool) -> str:
    """The end of a query: only assets of the page, those nearest to where it begins first."""
    bounds = [f"AND {asset} > :after"] if after else []
    bounds += [f"AND {asset} < :before"] if before else []
    return " ".join([*bounds, "ORDER BY", asset, "DESC" if before else "ASC", "LIMIT :limit"])


@lru_cache
def any_asset(after: bool, before: bool) -> Statement:
    """Ids of assets, whoever offers them."""
    return sql("SELECT id FROM assets WHERE context = :context", _within("id", after, before))


@lru_cache
def named(count: int, after: bool, before: bool) -> Statement:
    """Ids of assets that `count` definitions name; a page from each."""
    named_assets = (
        "SELECT offerings.asset FROM offerings "
        "JOIN assets ON assets.context = offerings.context AND assets.id = offerings.asset "
        "WHERE offerings.context = :context AND offerings.definition ="
    )
    within = _within("offerings.asset", after, before)
    parts: list[str] = []
    for place in range(count):
        parts += ["UNION ALL"] if parts else []
        parts += ["SELECT asset FROM (", named_assets, f":definition_{place}", within, f") AS d{place}"]
    return sql(*parts)


@lru_cache
def assets_among(count: int) -> Statement:
    """The records of `count` assets."""
    start = "SELECT record FROM assets WHERE context = :context AND"
    return sql(start, among("id", "asset", count), "ORDER BY id")


@lru_cache
def pairs_among(count: int) -> Statement:
    """Which definitions name these `count` assets."""
    start = "SELECT asset, definition FROM offerings WHERE context = :context AND"
    return sql(start, among("asset", "asset", count))
