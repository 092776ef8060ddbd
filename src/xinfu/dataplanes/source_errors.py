"""Errors for a source that cannot be reached. A consumer reads them too, so they never name the source's address."""

from xinfu.dataplanes import errors
from xinfu.errors import StoreError


def unreachable() -> StoreError:
    """The error for a source that does not answer, or answers wrongly, before the first byte."""
    return errors.SOURCE_UNREACHABLE()


def broken_off() -> StoreError:
    """The error for a source that failed while it was read, or that sent nothing for too long."""
    return errors.SOURCE_BROKEN_OFF()
