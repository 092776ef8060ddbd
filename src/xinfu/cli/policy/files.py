"""Reads the caller's own policy: an error in it is the caller's to correct."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from xinfu import odrl
from xinfu.client import read_policy
from xinfu.errors import InputError, ProtocolError


@contextmanager
def own_words() -> Iterator[None]:
    """Raise protocol errors as errors of the caller's input.

    Raises:
        InputError: in place of a `ProtocolError`, under the same code.
    """
    try:
        yield
    except ProtocolError as error:
        raise InputError(
            error.code, error.en, error.zh, help_en=error.help_en, help_zh=error.help_zh, facts=error.facts
        ) from error


def policy_in(path: Path) -> odrl.Policy:
    """Return the policy in a file.

    Raises:
        InputError: as `read_policy`; `policy.too-large`, `policy.unreadable`.
    """
    with own_words():
        return odrl.read(read_policy(path))
