"""A governed Parquet file read by range on real nodes: by hand, by pandas, by DuckDB; what is not needed stays away."""

import asyncio
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest
from tests.client.conftest import KEY, Two

from xinfu.client import blocking, policy
from xinfu.client.blocking.reading import AHEAD_BLOCKS, BLOCK_BYTES
from xinfu.errors import IntegrityError, NotFoundError, RefusedError

ROWS = 600_000
COLUMNS = ("hour", "pm25", "no2", "o3", "so2", "co")


@pytest.fixture(scope="module")
def table() -> pa.Table:
    """Numbers that no encoding makes small."""
    random = np.random.default_rng(1)
    return pa.table({"hour": np.arange(ROWS), **{name: random.random(ROWS) for name in COLUMNS[1:]}})


async def published(two: Two, write: Callable[[Path], object], **rules: Any) -> tuple[str, int]:
    """Offer a file, and ask for it; gives the started transfer and the size."""
    file = two.folder / "air.parquet"
    write(file)
    await two.provider.publish(file, id="air", policy=policy(**rules))
    catalog = await two.consumer.catalog("provider")
    negotiation = await catalog.dataset("air").negotiate(purpose="research")
    transfer = await (await negotiation.agreed()).transfer()
    return (await transfer.started()).id, file.stat().st_size


async def reading(two: Two, transfer: str, read: Callable[[blocking.TransferFile], Any]) -> Any:
    """What `read` gives of the opened file; it runs without a loop, as in a notebook."""

    def work() -> Any:
        with blocking.connect(two.consumer.url, KEY) as node, node.transfer(transfer).open() as file:
            return read(file)

    return await asyncio.to_thread(work)


def dataset(file: blocking.TransferFile) -> ds.Dataset:
    """The file as Arrow and DuckDB take it."""
    parquet = ds.ParquetFileFormat()
    fragment = parquet.make_fragment(file)
    return ds.FileSystemDataset([fragment], schema=fragment.physical_schema, format=parquet)


def revoked(two: Two) -> None:
    """The provider has ended the agreement."""
    with blocking.connect(two.provider.url, KEY) as node:
        (agreement,) = node.agreements(state="ACTIVE")
        agreement.terminate()


async def delivered(two: Two) -> int:
    """Bytes that the provider's evidence counts."""
    return sum(each.entry["facts"]["bytes"] for each in await two.provider.entries(kind="use"))


async def test_pandas_reads_one_column_and_only_its_bytes(two: Two, table: pa.Table) -> None:
    transfer, size = await published(two, lambda path: pq.write_table(table, path))
    frame = await reading(two, transfer, lambda file: pd.read_parquet(file, columns=["pm25"]))
    assert frame["pm25"].sum() == pytest.approx(table["pm25"].to_pandas().sum())
    assert list(frame.columns) == ["pm25"]
    assert 0 < await delivered(two) < size / 2


async def test_duckdb_reads_through_arrow_what_its_query_needs(two: Two, table: pa.Table) -> None:
    transfer, size = await published(two, lambda path: pq.write_table(table, path, row_group_size=100_000))

    def read(file: blocking.TransferFile) -> Any:
        with duckdb.connect() as database:
            database.register("air", dataset(file))
            return database.sql(
                "select count(*), max(hour), sum(no2) from air where hour >= 590000"
            ).fetchall()[0]

    count, last, total = await reading(two, transfer, read)
    assert (count, last) == (10_000, ROWS - 1)
    assert total == pytest.approx(table["no2"].to_pandas()[590_000:].sum())
    assert 0 < await delivered(two) < size / 2


async def test_it_is_a_file_like_any_other(two: Two) -> None:
    content = bytes(range(256)) * (5 * 4096) + b"end"
    transfer, size = await published(two, lambda path: path.write_bytes(content))

    def read(file: blocking.TransferFile) -> None:
        like = io.BytesIO(content)
        assert (file.readable(), file.seekable(), file.writable(), file.size) == (True, True, False, size)
        for offset, whence, count in [
            (0, 0, 10),
            (-3, 2, 9),
            (BLOCK_BYTES - 2, 0, 5),
            (7, 1, 3),
            (size + 9, 0, 4),
        ]:
            assert (file.seek(offset, whence), file.tell()) == (like.seek(offset, whence), like.tell())
            assert file.read(count) == like.read(count)
        file.seek(0)
        assert file.read() == content
        for place in ((-1, io.SEEK_SET), (0, 9)):
            with pytest.raises(ValueError, match="place"):
                file.seek(*place)
        file.close()
        with pytest.raises(ValueError, match="closed"):
            file.read(1)
        with pytest.raises(ValueError, match="closed"):
            file.seek(0)

    await reading(two, transfer, read)


async def test_what_was_read_is_kept_and_reading_straight_on_fetches_ahead(two: Two) -> None:
    transfer, size = await published(two, lambda path: path.write_bytes(bytes(12 * BLOCK_BYTES)), times=1)

    def read(file: blocking.TransferFile) -> int:
        for _ in range(3):
            file.seek(BLOCK_BYTES // 2)
            file.read(10)
        file.seek(0)
        while file.read(100_000):
            pass
        file.seek(0)
        return len(file.read())

    assert await reading(two, transfer, read) == size
    assert await delivered(two) == size  # nothing twice, so one use is enough
    uses = await two.provider.entries(kind="use")
    assert len(uses) <= 2 + -(-12 // AHEAD_BLOCKS)


async def test_a_revocation_is_told_as_the_provider_tells_it(two: Two, table: pa.Table) -> None:
    transfer, _ = await published(two, lambda path: pq.write_table(table, path))

    def read(file: blocking.TransferFile) -> None:
        file.seek(-4, io.SEEK_END)
        assert file.read() == b"PAR1"
        revoked(two)
        pd.read_parquet(file)

    with pytest.raises(RefusedError, match=r"agreement\.terminated"):
        await reading(two, transfer, read)


async def test_a_query_of_duckdb_ends_with_the_sentence_of_a_revocation(two: Two, table: pa.Table) -> None:
    transfer, _ = await published(two, lambda path: pq.write_table(table, path))

    def read(file: blocking.TransferFile) -> Any:
        with duckdb.connect() as database:
            database.register("air", dataset(file))
            revoked(two)
            return database.sql("select sum(no2) from air").fetchall()

    with pytest.raises((duckdb.Error, RefusedError), match="The agreement is terminated"):
        await reading(two, transfer, read)


async def test_a_transfer_that_was_stopped_tells_its_reason(two: Two, table: pa.Table) -> None:
    transfer, _ = await published(two, lambda path: pq.write_table(table, path))

    def read(file: blocking.TransferFile) -> None:
        with blocking.connect(two.provider.url, KEY) as node:
            (theirs,) = node.transfers(state="STARTED")
            theirs.terminate("not as agreed")
        with blocking.connect(two.consumer.url, KEY) as node:
            node.transfer(transfer).over()
        pd.read_parquet(file)

    with pytest.raises(RefusedError, match="not as agreed"):
        await reading(two, transfer, read)


async def test_a_refusal_by_the_policy_is_told_with_its_code(two: Two, table: pa.Table) -> None:
    transfer, _ = await published(two, lambda path: pq.write_table(table, path), times=1)
    await reading(two, transfer, lambda file: file.read())
    with pytest.raises(RefusedError, match=r"count\.exhausted"):
        await reading(two, transfer, pd.read_parquet)


async def test_a_file_that_was_published_anew_is_another(two: Two) -> None:
    transfer, _ = await published(two, lambda path: path.write_bytes(bytes(3 * BLOCK_BYTES)))

    def read(file: blocking.TransferFile) -> bytes:
        file.read(10)
        path = two.folder / "air.parquet"
        path.write_bytes(b"x" * (3 * BLOCK_BYTES))
        with blocking.connect(two.provider.url, KEY) as node:
            node.publish(path, id="air", policy=policy())
        file.seek(2 * BLOCK_BYTES)
        return file.read(10)

    with pytest.raises(IntegrityError, match=r"data\.changed"):
        await reading(two, transfer, read)


async def test_a_file_that_is_not_there_is_told(two: Two) -> None:
    transfer, _ = await published(two, lambda path: path.write_bytes(b"1"))

    def work() -> None:
        with blocking.connect(two.consumer.url, KEY) as node:
            node.transfer(transfer).open("another.parquet")

    with pytest.raises(NotFoundError, match=r"data\.no-such-file"):
        await asyncio.to_thread(work)


async def test_an_empty_file_reads_as_nothing(two: Two) -> None:
    transfer, _ = await published(two, lambda path: path.write_bytes(b""))
    assert await reading(two, transfer, lambda file: (file.size, file.read(), file.read(5))) == (0, b"", b"")
