"""What is said of a source that is away. A consumer reads it too, so it never says where the source is."""

from xinfu.dataplanes import errors
from xinfu.errors import StoreError


def unreachable() -> StoreError:
    """The source does not answer, or not as it should; no byte has come."""
    return errors.SOURCE_UNREACHABLE()


def broken_off() -> StoreError:
    """The source died while it was read, or stood still too long."""
    return errors.SOURCE_BROKEN_OFF()
