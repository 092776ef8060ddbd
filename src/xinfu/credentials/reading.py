"""Reading JSON that a stranger wrote: into a type, or one ValueError.

The decoder has an error of its own for a wrong shape, but lets two others through: text that is not UTF-8,
and nesting deeper than the stack. To whoever reads a token all three are the same.
"""

from typing import TypeVar

import msgspec

T = TypeVar("T")


def read_json(raw: bytes | str | msgspec.Raw, kind: type[T]) -> T:
    """`raw` as a value of `kind`.

    Raises:
        ValueError: it is not JSON, not of that shape, or nested beyond measure.
    """
    try:
        return msgspec.json.decode(raw, type=kind)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise ValueError("not the JSON that was expected") from error
