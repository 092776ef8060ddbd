"""The catalog's index: which (asset, definition) pairs exist, and under which access policy.

A pair exists when the definition names the asset, selects it, or names every asset, and the asset is there. Pairs
have rows of their own, but for a definition of every asset, which is one flag: publishing an asset never fans out.
A caller is told apart by access policies alone, so a page walks the index of each policy that lets the caller see
and merges: its cost follows the page and the number of policies, not the catalog nor the number of definitions.
"""

from collections import defaultdict
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

import msgspec

from xinfu.ports.query import AnyCondition, Query
from xinfu.ports.records import ASSETS, Asset, ContractDefinition
from xinfu.ports.store import Audience, OfferDefinition, OfferedAsset
from xinfu.stores.sql import errors, selections
from xinfu.stores.sql.query import select_page
from xinfu.stores.sql.records import check_limit
from xinfu.stores.sql.rows import pad, text
from xinfu.stores.sql.statements import Cell, Session, Statement, among, sql
from xinfu.stores.sql.tables import RECORDS
from xinfu.stores.sql.terms import needed_terms

_FIRST: Final = 8
_AT_ONCE: Final = 64
"""How many policies one statement asks about: first a few, whose page bounds what the others have to give."""

_ASSET: Final = msgspec.json.Decoder(Asset)
_OF_DEFINITION: Final = "context = :context AND definition = :definition"
NAMED: Final = sql("SELECT asset FROM offerings WHERE", _OF_DEFINITION)
NAME: Final = Statement(
    "INSERT INTO offerings (context, definition, asset, access) "
    "SELECT context, id, CAST(:asset AS TEXT), access_policy FROM definitions "
    "WHERE context = :context AND id = :definition ON CONFLICT DO NOTHING"
)
UNNAME_ALL: Final = sql("DELETE FROM offerings WHERE", _OF_DEFINITION)
UNNAME: Final = sql("DELETE FROM offerings WHERE", _OF_DEFINITION, "AND asset = :asset")
SHOW_TO: Final = sql("UPDATE offerings SET access = :access WHERE", _OF_DEFINITION, "AND access <> :access")
NAMING: Final = Statement(
    "SELECT definition, access_policy, contract_policy FROM offerings JOIN definitions "
    "ON definitions.context = offerings.context AND definitions.id = offerings.definition "
    "WHERE offerings.context = :context AND offerings.asset = :asset"
)
EVERYTHING: Final = Statement(
    "SELECT id, access_policy, contract_policy FROM definitions WHERE context = :context AND everything = 1"
)
EXISTS: Final = Statement("SELECT id FROM assets WHERE context = :context AND id = :asset")
AUDIENCES: Final = Statement(
    "WITH RECURSIVE used(policy) AS ("
    "SELECT min(access_policy) FROM definitions WHERE context = :context UNION ALL "
    "SELECT (SELECT min(access_policy) FROM definitions WHERE context = :context AND access_policy > used.policy) "
    "FROM used WHERE used.policy IS NOT NULL) "
    "SELECT policies.id, policies.digest FROM used "
    "JOIN policies ON policies.context = :context AND policies.id = used.policy"
)
"""Each access policy in use once: the index is skipped along, not walked."""


async def follow_definition(
    session: Session, context: str, definition: str, record: ContractDefinition | None
) -> None:
    """Update the rows of a definition to the assets that it names now; None removes them."""
    if record is not None:
        await session.write(SHOW_TO, context=context, definition=definition, access=record.access_policy)
        if record.selects:
            return
    await session.write(selections.UNSELECT, context=context, definition=definition)
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

    async def audiences(self) -> list[Audience]:
        rows = await self._session.rows(AUDIENCES, context=self._context)
        return [Audience(policy=text(policy), digest=text(digest)) for policy, digest in rows]

    async def page(
        self,
        access: Sequence[str],
        *,
        after: str | None = None,
        before: str | None = None,
        limit: int = 100,
    ) -> list[OfferedAsset]:
        check_limit(limit)
        asked = sorted(set(access))
        everything = await self._everything(asked)
        if everything:
            ids = await self._any(after, before, limit)
        else:
            ids = await self._shown_by(asked, after, before, limit)
        return await self._offered(await self._assets(ids), set(asked), everything)

    async def of(self, asset: str) -> list[OfferDefinition]:
        if not await self._session.rows(EXISTS, context=self._context, asset=asset):
            return []
        rows = await self._session.rows(NAMING, context=self._context, asset=asset)
        rows += await self._session.rows(EVERYTHING, context=self._context)
        return sorted((_under(row) for row in rows), key=_by_definition)

    async def query(self, access: Sequence[str], query: Query[Asset]) -> list[OfferedAsset]:
        check_limit(query.limit)
        asked = sorted(set(access))
        everything = await self._everything(asked)
        await self._check_after(query)
        if query.sort is not None or query.descending or query.offset:
            return await self._sorted(query, asked, everything)
        if not query.conditions:
            return await self.page(asked, after=query.after, limit=query.limit)
        found: list[OfferedAsset] = []
        async for ids in selections.fitting_assets(
            self._session,
            self._context,
            query.conditions,
            after=query.after or "",
            at_first=query.limit,
        ):
            for start in range(0, len(ids), query.limit):
                assets = await self._assets(ids[start : start + query.limit])
                found += await self._offered(assets, set(asked), everything)
                if len(found) >= query.limit:
                    return found[: query.limit]
        return found

    async def select(self, definition: str, conditions: Sequence[AnyCondition[Asset]]) -> None:
        await self.drop(definition)
        await selections.select(self._session, self._context, definition, conditions)
        async for ids in selections.fitting_assets(self._session, self._context, conditions):
            pairs = [{"context": self._context, "definition": definition, "asset": id_} for id_ in ids]
            await self._session.write_each(NAME, pairs)

    async def candidates(self, asset: Asset) -> list[str]:
        return await selections.candidates(self._session, self._context, asset)

    async def put(self, definition: str, asset: str) -> None:
        await self._session.write(NAME, context=self._context, definition=definition, asset=asset)

    async def drop(self, definition: str, asset: str | None = None) -> None:
        named = {"context": self._context, "definition": definition}
        if asset is None:
            await self._session.write(UNNAME_ALL, **named)
        else:
            await self._session.write(UNNAME, asset=asset, **named)

    async def _everything(self, access: Sequence[str]) -> list[OfferDefinition]:
        rows = await self._session.rows(EVERYTHING, context=self._context)
        return [under for under in map(_under, rows) if under.access in access]

    async def _check_after(self, query: Query[Asset]) -> None:
        """Refuse a page after an asset that no longer exists, because it has no place in the order."""
        if query.after is None or query.sort is None:
            return
        if not await self._session.rows(EXISTS, context=self._context, asset=query.after):
            raise errors.ASSET_NOT_FOUND()

    async def _any(self, after: str | None, before: str | None, limit: int) -> list[str]:
        statement = any_asset(after is not None, before is not None)
        rows = await self._session.rows(
            statement, context=self._context, after=after, before=before, limit=limit
        )
        return sorted(text(row[0]) for row in rows)

    async def _shown_by(
        self, access: Sequence[str], after: str | None, before: str | None, limit: int
    ) -> list[str]:
        """Merge a page from each policy. Once a page is full, assets behind its end are no longer read."""
        backwards = before is not None
        found: list[str] = []
        start, size = 0, _FIRST
        while start < len(access):
            if len(found) == limit and backwards:
                after = found[-1]
            elif len(found) == limit:
                before = found[-1]
            batch = pad(access[start : start + size])
            statement = shown_by(len(batch), after is not None, before is not None, backwards=backwards)
            asked: dict[str, Cell] = {f"access_{place}": each for place, each in enumerate(batch)}
            rows = await self._session.rows(
                statement, context=self._context, after=after, before=before, limit=limit, **asked
            )
            merged = {*found, *(text(row[0]) for row in rows)}
            found = sorted(merged, reverse=backwards)[:limit]
            start, size = start + size, _AT_ONCE
        return sorted(found)

    async def _sorted(
        self, query: Query[Asset], access: Sequence[str], everything: Sequence[OfferDefinition]
    ) -> list[OfferedAsset]:
        """A page in an order that has no index."""
        words = self._session.words
        extra = [] if everything else [_some_policy(words.listed("access"))]
        terms = needed_terms(query.conditions)
        extra += [] if terms is None else [_some_term(words.listed("terms"))]
        statement, values = select_page(RECORDS[ASSETS], query, words, self._context, extra=extra)
        if not everything:
            values["access"] = msgspec.json.encode(list(access)).decode()
        if terms is not None:
            values["terms"] = msgspec.json.encode(sorted(terms)).decode()
        rows = await self._session.search(statement, **values)
        return await self._offered([_ASSET.decode(text(row[0])) for row in rows], set(access), everything)

    async def _assets(self, ids: Sequence[str]) -> list[Asset]:
        rows = await self._session.rows(assets_among(len(pad(ids))), **self._listed(ids)) if ids else []
        return [_ASSET.decode(text(row[0])) for row in rows]

    async def _offered(
        self, assets: Sequence[Asset], access: set[str], everything: Sequence[OfferDefinition]
    ) -> list[OfferedAsset]:
        """The assets that are shown, each with the definitions that offer it."""
        ids = [asset.id for asset in assets]
        rows = await self._session.rows(pairs_among(len(pad(ids))), **self._listed(ids)) if ids else []
        found: dict[str, list[OfferDefinition]] = defaultdict(list)
        for asset, *pair in rows:
            under = _under(pair)
            if under.access in access:
                found[text(asset)].append(under)
        shown = [(asset, (*found[asset.id], *everything)) for asset in assets]
        return [
            OfferedAsset(asset=asset, under=tuple(sorted(by, key=_by_definition)))
            for asset, by in shown
            if by
        ]

    def _listed(self, ids: Sequence[str]) -> dict[str, Cell]:
        listed: dict[str, Cell] = {f"asset_{place}": each for place, each in enumerate(pad(ids))}
        return {"context": self._context, **listed}


def _under(row: Sequence[Cell]) -> OfferDefinition:
    definition, access, contract = row
    return OfferDefinition(definition=text(definition), access=text(access), contract=text(contract))


def _by_definition(under: OfferDefinition) -> str:
    return under.definition


def _some_policy(access: str) -> str:
    """The condition that a policy of the subquery `access` shows the asset."""
    return " ".join(
        [
            "EXISTS (SELECT 1 FROM offerings WHERE offerings.context = assets.context",
            f"AND offerings.asset = assets.id AND offerings.access IN {access})",
        ]
    )


def _some_term(terms: str) -> str:
    """The condition that the asset has a term of the subquery `terms`."""
    found = "SELECT asset_terms.asset FROM asset_terms WHERE asset_terms.context = :context"
    return f"assets.id IN ({found} AND asset_terms.term IN {terms})"


def _within(asset: str, after: bool, before: bool, backwards: bool) -> str:
    """The end of a query that limits it to the page; the assets nearest to the page's beginning come first."""
    bounds = [f"AND {asset} > :after"] if after else []
    bounds += [f"AND {asset} < :before"] if before else []
    return " ".join([*bounds, "ORDER BY", asset, "DESC" if backwards else "ASC", "LIMIT :limit"])


@lru_cache
def any_asset(after: bool, before: bool) -> Statement:
    """Ids of assets, whichever definition offers them."""
    return sql("SELECT id FROM assets WHERE context = :context", _within("id", after, before, before))


@lru_cache
def shown_by(count: int, after: bool, before: bool, *, backwards: bool) -> Statement:
    """Ids of assets that `count` access policies show, a page from each policy."""
    shown = (
        "SELECT DISTINCT offerings.asset FROM offerings "
        "JOIN assets ON assets.context = offerings.context AND assets.id = offerings.asset "
        "WHERE offerings.context = :context AND offerings.access ="
    )
    within = _within("offerings.asset", after, before, backwards)
    parts: list[str] = []
    for place in range(count):
        parts += ["UNION ALL"] if parts else []
        parts += ["SELECT asset FROM (", shown, f":access_{place}", within, f") AS d{place}"]
    return sql(*parts)


@lru_cache
def assets_among(count: int) -> Statement:
    """The records of `count` assets."""
    start = "SELECT record FROM assets WHERE context = :context AND"
    return sql(start, among("id", "asset", count), "ORDER BY id")


@lru_cache
def pairs_among(count: int) -> Statement:
    """The definitions that offer these `count` assets one by one, with their policies."""
    start = (
        "SELECT offerings.asset, definition, access_policy, contract_policy FROM offerings JOIN definitions "
        "ON definitions.context = offerings.context AND definitions.id = offerings.definition "
        "WHERE offerings.context = :context AND"
    )
    return sql(start, among("offerings.asset", "asset", count))
