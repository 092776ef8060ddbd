"""Reads the bytes of a table into a pandas data frame; their first bytes determine the format."""

import importlib
import io
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from xinfu.client import errors

if TYPE_CHECKING:
    import pandas as pd


def frame_of(content: bytes, options: Mapping[str, Any]) -> "pd.DataFrame":
    """Return Parquet, Arrow, JSON Lines or CSV as a data frame.

    Args:
        options: passed to the pandas reader.

    Raises:
        InputError: `client.no-pandas`.
    """
    pandas = _pandas()
    file = io.BytesIO(content)
    if content.startswith(b"PAR1"):
        return pandas.read_parquet(file, **options)
    if content.startswith(b"ARROW1"):
        return pandas.read_feather(file, **options)
    if content[:1] == b"{":
        return pandas.read_json(file, lines=True, **options)
    return pandas.read_csv(file, **options)


def _pandas() -> Any:
    try:
        return importlib.import_module("pandas")
    except ImportError as error:
        raise errors.CLIENT_NO_PANDAS() from error
