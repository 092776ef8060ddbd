"""The authorities that the operator trusts, out of files that may change while the node runs.

Files are looked at when somebody asks and read again only when they have changed. A file that has become unreadable
leaves what was read before, with a line in the log: a revocation list grows out of date by itself and then opens nothing.
"""

import logging
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TypeVar

from xinfu.certificates import (
    CERTIFICATE,
    REVOCATIONS,
    Trust,
    parse_certificate,
    parse_revocations,
    read_pem,
)
from xinfu.certificates.chain import MOST_ANCHORS
from xinfu.errors import ConfigError, InputError
from xinfu.node import errors

_log = logging.getLogger(__name__)
T = TypeVar("T")


class AuthorityFiles:
    """The authorities in the files of `[trust] certificates` and `revocations`; a call returns their present content.

    Raises:
        ConfigError: `config.authorities`: a file cannot be read, or holds no certificate or list.
    """

    def __init__(self, certificates: Iterable[Path], revocations: Iterable[Path]) -> None:
        self._certificates = tuple(certificates)
        self._revocations = tuple(revocations)
        self._seen = self._look()
        self._trust = self._read()

    def __call__(self) -> Trust:
        """The authorities and lists of now."""
        found = self._look()
        if found != self._seen:
            self._seen = found
            try:
                self._trust = self._read()
            except ConfigError as error:
                _log.warning("authorities.unreadable", extra={"code": error.code, "reason": error.en})
        return self._trust

    def _look(self) -> list[tuple[int, int] | None]:
        return [_stamp(path) for path in (*self._certificates, *self._revocations)]

    def _read(self) -> Trust:
        anchors = [
            each for path in self._certificates for each in _parsed(path, CERTIFICATE, parse_certificate)
        ]
        lists = [each for path in self._revocations for each in _parsed(path, REVOCATIONS, parse_revocations)]
        if len(anchors) > MOST_ANCHORS:
            raise errors.CONFIG_AUTHORITIES_COUNT(most_anchors=MOST_ANCHORS)
        return Trust(anchors=tuple(anchors), lists=tuple(lists))


def _stamp(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size


def _parsed(path: Path, label: str, parse: Callable[[bytes], T]) -> list[T]:
    try:
        return [parse(der) for der in read_pem(path.read_text(encoding="utf-8"), label)]
    except (OSError, UnicodeDecodeError, InputError) as error:
        raise errors.CONFIG_AUTHORITIES(path=path, label=label) from error
