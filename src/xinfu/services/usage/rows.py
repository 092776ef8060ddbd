"""Choice between stored and live reading of an asset: an API, a table and a transformed file of rows are live.

A file has rows if its media type or, failing that, its name says CSV, JSON Lines or Parquet. Under a rule that asks
for another form the file is read through a query, and its own bytes, length and digests are not disclosed.
"""

from xinfu.ports.records import MANIFESTS, Asset
from xinfu.ports.sources import LiveSource, RowsSource, SourceKind
from xinfu.ports.store import Step
from xinfu.services.parts import DataParts
from xinfu.services.sources.formats import rows_in


async def live_source(step: Step, parts: DataParts, asset: Asset, *, changed: bool) -> LiveSource | None:
    """The source to ask a live plane for; None if the stored bytes are read, or if no plane can read the rows.

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
