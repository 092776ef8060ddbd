"""What is read of an asset: a file as it lies, or live: an API, a table, and a file of rows where a rule changes it.

A file has rows if its media type or, failing that, its name says CSV, JSON Lines or Parquet. Under a rule that asks for another form
than its own it is read through a query around it, and its own bytes, length and digests are nobody's to see.
"""

from xinfu.ports.records import MANIFESTS, Asset
from xinfu.ports.sources import LiveSource, RowsSource, SourceKind
from xinfu.ports.store import Step
from xinfu.services.parts import DataParts
from xinfu.services.sources.formats import rows_in


async def live_source(step: Step, parts: DataParts, asset: Asset, *, changed: bool) -> LiveSource | None:
    """What a live plane is asked for; None where the bytes are read as they lie, or where nobody reads them.

    Args:
        changed: a file leaves in another form than its own.
    """
    if asset.source.facts.is_live:
        return asset.source
    format_ = rows_in(asset.source, asset.media_type)
    if not changed or format_ is None or SourceKind.ROWS not in parts.live:
        return None
    measured = await step.of(MANIFESTS).get(f"{asset.id}/")
    if measured is None or measured.asset != asset.id or asset.source.row_file is None:
        return None
    return RowsSource(path=asset.source.row_file, format=format_, stamp=measured.stamp)
