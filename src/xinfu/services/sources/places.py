"""Checks of sources, when they are published and each time they are opened: the places allowed to this context.

A source has to exist and be readable when it is published; files are measured then.
"""

import asyncio
import logging
from collections.abc import Sequence
from typing import Final, assert_never

import msgspec

from xinfu.errors import InputError, XinfuError
from xinfu.evidence import Manifest
from xinfu.ports.dataplane import FileOf, Secrets
from xinfu.ports.outbound import Purpose
from xinfu.ports.records import Asset
from xinfu.ports.source_facts import DialledPlace, PathPlace, UrlPlace
from xinfu.ports.sources import (
    Column,
    RowsSource,
    Source,
    SourceKind,
)
from xinfu.services.parts import DataParts
from xinfu.services.sources import errors, secrets
from xinfu.services.sources.formats import rows_in

_log = logging.getLogger(__name__)

_LOOKED_THROUGH: Final = 64 * 1024 * 1024
"""Bytes of a file of JSON Lines whose columns are looked for; all of it has to be read for them."""


class SourceContents(msgspec.Struct, frozen=True, kw_only=True):
    """The measured content of a source: its files with their manifests, or the columns of a table."""

    files: tuple[tuple[FileOf, Manifest], ...] = ()
    columns: tuple[Column, ...] = ()


def is_served(parts: DataParts, source: Source) -> bool:
    """Whether a data plane of this node reads this source."""
    return source.kind in (parts.live if source.facts.is_live else parts.planes)


async def measure(parts: DataParts, context: str, source: Source, *, media_type: str = "") -> SourceContents:
    """Look at a source as it is published: its files with their manifests, none of a live one; and its columns.

    Raises:
        RefusedError: `source.not-allowed`: the operator does not let this path be published.
        InputError: `source.*`, `secret.not-found`, `address.refused`. IntegrityError: `source.changed` meanwhile.
    """
    if source.place is None:
        return SourceContents()
    if not is_served(parts, source):
        raise _unserved(source)
    keys = await open_secrets(parts, context, source)
    if source.facts.is_live:
        async with parts.turns.of(("check", context)):  # nobody fills the queue of the plane alone
            return SourceContents(columns=await parts.live[source.kind].check(source, secrets=keys))
    plane = parts.planes[source.kind]
    files = await plane.files(source, secrets=keys)
    manifests = [(file, await plane.measure(source, file, secrets=keys)) for file in files]
    columns = await _columns(parts, context, source, media_type, files)
    return SourceContents(files=tuple(manifests), columns=columns)


async def _columns(
    parts: DataParts, context: str, source: Source, media_type: str, files: Sequence[FileOf]
) -> tuple[Column, ...]:
    """The columns of a file of rows; empty if they cannot be determined, which does not prevent its publication."""
    format_ = rows_in(source, media_type)
    if format_ is None or source.row_file is None or SourceKind.ROWS not in parts.live:
        return ()
    if format_ == "jsonl" and files[0].size_bytes > _LOOKED_THROUGH:
        return ()
    rows = RowsSource(path=source.row_file, format=format_, stamp=files[0].stamp)
    try:
        async with parts.turns.of(("check", context)):
            return await parts.live[SourceKind.ROWS].check(rows)
    except XinfuError as error:
        _log.info("the columns of a file cannot be told", extra={"code": error.code})
        return ()


async def open_secrets(parts: DataParts, context: str, source: Source) -> Secrets:
    """The secrets that open a source, after a check of its place; called before every access.

    Raises:
        RefusedError: `source.not-allowed`: the operator does not let this context take data from there.
        InputError: `secret.not-found`, `address.refused`.
    """
    await _check_place(parts, context, source)
    return await secrets.load_values(parts, context, source.secret_names)


async def at_use(parts: DataParts, context: str, source: Source) -> Secrets:
    """The secrets that open a source for a consumer's read; the consumer does not learn why it cannot be opened.

    Raises:
        StoreError: `source.locked`.
    """
    try:
        return await open_secrets(parts, context, source)
    except XinfuError as error:
        _log.error("a source cannot be opened", extra={"code": error.code, **error.facts})
        raise errors.SOURCE_LOCKED() from error


def describe_table(asset: Asset) -> dict[str, str]:
    """The catalog's description of a table, as JSON texts: columns, parameters, formats."""
    offered = asset.source.offered
    if not offered:
        return {}
    told: dict[str, object] = {"columns": asset.columns, **offered}
    return {name: msgspec.json.encode(value).decode() for name, value in told.items()}


async def _check_place(parts: DataParts, context: str, source: Source) -> None:
    """Refuse a source outside the places that the operator opened to this context."""
    match source.place:
        case PathPlace(path=path):
            await _check_path(parts, context, path)
        case UrlPlace(url=url):
            parts.outbound.check(url, purpose=Purpose.SOURCE, context=context)
        case DialledPlace():
            pass  # the plane checks it as it connects, at each opening
        case None:
            raise _unserved(source)
        case other:
            assert_never(other)


async def _check_path(parts: DataParts, context: str, path: str) -> None:
    if not await asyncio.to_thread(parts.may_publish, context, path):
        raise errors.SOURCE_NOT_ALLOWED()


def _unserved(source: Source) -> InputError:
    return errors.SOURCE_UNSUPPORTED(kind=source.kind)
