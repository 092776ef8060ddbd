"""Sources when they are published: allowed by the operator, there, readable, and measured where they lie still."""

import msgspec

from xinfu.errors import InputError, RefusedError
from xinfu.evidence import Manifest
from xinfu.ports.dataplane import FileOf
from xinfu.ports.outbound import Purpose
from xinfu.ports.records import Asset
from xinfu.ports.sources import (
    AddressSource,
    Column,
    FileSource,
    FolderSource,
    HttpSource,
    S3Source,
    Source,
    TableSource,
)
from xinfu.services import secrets
from xinfu.services.parts import Parts


class Measured(msgspec.Struct, frozen=True, kw_only=True):
    """What a source is found to be: its files with their manifests, or the columns of a table."""

    files: tuple[tuple[FileOf, Manifest], ...] = ()
    columns: tuple[Column, ...] = ()


def is_served(parts: Parts, source: Source) -> bool:
    """Whether a data plane of this node reads it."""
    return source.kind in parts.planes or source.kind in parts.live


def is_pushable(source: Source) -> bool:
    """Whether a source is one thing that can be sent in one request."""
    return not isinstance(source, FolderSource) and not (isinstance(source, S3Source) and source.key is None)


async def measured(parts: Parts, context: str, source: Source) -> Measured:
    """Look at a source as it is published: its files with their manifests; none of a live one.

    Raises:
        RefusedError: `source.not-allowed`: the operator does not let this path be published.
        InputError: `source.*`, `secret.not-found`, `address.refused`. IntegrityError: `source.changed` meanwhile.
    """
    if isinstance(source, AddressSource):
        return Measured()
    _check_place(parts, source)
    if not is_served(parts, source):
        raise _unserved(source)
    opened = await secrets.opened(parts, context, source.secret_names)
    if source.kind in parts.live:
        return Measured(columns=await parts.live[source.kind].check(source, secrets=opened))
    plane = parts.planes[source.kind]
    files = await plane.files(source, secrets=opened)
    return Measured(
        files=tuple([(file, await plane.measure(source, file, secrets=opened)) for file in files])
    )


def shown(asset: Asset) -> dict[str, str]:
    """What a catalog says of a table besides its terms, as JSON texts: columns, parameters, formats."""
    source = asset.source
    if not isinstance(source, TableSource):
        return {}
    told: dict[str, object] = {
        "columns": asset.columns,
        "parameters": source.parameters,
        "formats": source.formats,
    }
    return {name: msgspec.json.encode(value).decode() for name, value in told.items()}


def _check_place(parts: Parts, source: Source) -> None:
    """Where a source lies has to be a place that the operator opened."""
    match source:
        case FileSource() | FolderSource():
            _check_path(parts, source.path)
        case HttpSource():
            parts.outbound.check(source.url, purpose=Purpose.SOURCE)
        case S3Source():
            parts.outbound.check(source.endpoint, purpose=Purpose.SOURCE)
        case TableSource() if source.engine != "postgresql":
            _check_path(parts, source.database)
        case _:
            pass


def _check_path(parts: Parts, path: str) -> None:
    if not parts.may_publish(path):
        raise RefusedError(
            "source.not-allowed",
            "The node's configuration does not let this path be published.",
            "节点配置不允许发布该路径。",
            help_en="Put the file below a folder of [data] folders.",
            help_zh="请将文件放在 [data] folders 所列文件夹之下。",
        )


def _unserved(source: Source) -> InputError:
    return InputError(
        "source.unsupported",
        f"This node has no data plane for sources of the kind {source.kind}.",
        f"本节点没有能读取 {source.kind} 类数据源的数据面。",
        help_en="Install the extra that brings it; docs/reference/settings.md names them.",
        help_zh="请安装相应的扩展；参见 docs/reference/settings.md。",
    )
