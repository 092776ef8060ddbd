"""The facts that the node needs about a kind of source; each struct in `sources.py` states them."""

import msgspec


class PathPlace(msgspec.Struct, frozen=True):
    """A path of this machine; it has to be below a folder that the operator opened."""

    path: str

    @property
    def label(self) -> str:
        """The text shown to the publisher for the place."""
        return self.path


class UrlPlace(msgspec.Struct, frozen=True):
    """An address that is checked before it is called for data. `label` is shown to the publisher, without a secret."""

    url: str
    label: str


class DialledPlace(msgspec.Struct, frozen=True):
    """An address that the data plane itself checks at each connection; only for planes that do. `label` as above."""

    label: str


Place = PathPlace | UrlPlace | DialledPlace
"""The place of a source, which decides how it is checked before it is opened."""


class SourceFacts(msgspec.Struct, frozen=True, kw_only=True):
    """The facts of a kind of source. None has a default, so that each kind has to state all of them.

    Attributes:
        delivery: 交付方式 in the codes of TC609-6-2025-14 (01 文件, 03 API); None: nothing is delivered.
        is_live: a live plane answers each request; otherwise the bytes are in files or objects that are measured.
        is_kept: an answer is kept for a while, so that it can be read again and by range.
        has_rows: its data is rows, which are counted and can be transformed.
        is_pushable: its data can be sent in one request.
    """

    delivery: str | None
    is_live: bool
    is_kept: bool
    has_rows: bool
    is_pushable: bool
