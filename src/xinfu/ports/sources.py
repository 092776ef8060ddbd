"""Source: where an asset's bytes really are, told apart by the tag `kind`.

A source never leaves the node. It holds no secret: what opens it is named, and the values lie in the node's secrets
(D-06). What a consumer may say of a request is what a source lists, and nothing else; fixed values win.
"""

from enum import StrEnum
from typing import Annotated, Literal

import msgspec


class SourceKind(StrEnum):
    """The kinds of source."""

    FILE = "file"
    FOLDER = "folder"
    ADDRESS = "address"
    """A data address that no data plane of this node reads: kept and shown, never transferred."""
    HTTP = "http"
    TABLE = "table"
    S3 = "s3"
    ROWS = "rows"
    """The rows of a file, in another form than the file's own."""


class SourceBase(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="kind"):
    """What all sources have."""

    @property
    def kind(self) -> SourceKind:
        """Which of them it is."""
        return SourceKind(str(type(self).__struct_config__.tag))

    @property
    def secret_names(self) -> frozenset[str]:
        """The secrets of the context that open it."""
        return frozenset()

    @property
    def is_kept(self) -> bool:
        """An answer of it is kept for a while, so that it can be read again and by range."""
        return False


class FileSource(SourceBase, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="file"):
    """One file of this machine."""

    path: str


class FolderSource(SourceBase, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="folder"):
    """All files below a folder of this machine."""

    path: str


class AddressSource(SourceBase, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="address"):
    """Nothing that this node reads; the asset's `address` says what its publisher stated."""


class PassedRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What of a consumer's request reaches an HTTP API. Nothing, unless it is said here.

    Attributes:
        path: what follows the source's own path.
        query: parameters, beside those that the source fixes.
        methods: with these the consumer may call; empty: only GET, and the API is called with the source's method.
        body: the consumer's body and its media type, where the source fixes none.
        headers: names of headers, in any case.
    """

    path: bool = False
    query: bool = False
    methods: tuple[Literal["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"], ...] = ()
    body: bool = False
    headers: tuple[str, ...] = ()


class HttpSource(SourceBase, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="http"):
    """An HTTP API behind this node.

    Attributes:
        url: where it starts; http or https, neither query nor user-info.
        path: added to `url`, before what a consumer adds.
        method: with which the API is called where the consumer's own does not pass.
        query: fixed parameters as in a URL, `a=1&b=2`; a consumer's of the same name are dropped.
        headers: fixed headers; a consumer's of the same name are dropped.
        body: a fixed body, of the media type `body_type`.
        secret_headers: fixed headers whose value is the secret of this name.
        silence_s: the longest wait for the API, before its answer begins and between two pieces of it.
    """

    url: str
    path: str = ""
    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE"] = "GET"
    query: str = ""
    headers: dict[str, str] = msgspec.field(default_factory=dict)
    body: str | None = None
    body_type: str = "application/json"
    secret_headers: dict[str, str] = msgspec.field(default_factory=dict)
    silence_s: Annotated[int, msgspec.Meta(ge=1, le=3600)] = 30
    passes: PassedRequest = PassedRequest()

    @property
    def secret_names(self) -> frozenset[str]:
        """The secrets of its headers."""
        return frozenset(self.secret_headers.values())


class Parameter(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A parameter of a query, which a consumer may give by name. Without a default it must be given.

    Attributes:
        values: of an enum, all that it can be.
    """

    name: str
    type: Literal["text", "integer", "number", "boolean", "date", "timestamp", "enum"] = "text"
    values: tuple[str, ...] = ()
    default: str | int | float | bool | msgspec.UnsetType | None = msgspec.UNSET


class Column(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A column of a table, as an offer shows it; the how-to page on tables lists the types."""

    name: str
    type: str


class TableSource(SourceBase, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="table"):
    """A table, or the rows of a query with declared parameters; one of `table` and `query` is given.

    Attributes:
        database: the path of a SQLite or DuckDB file, or a `postgresql://user@host/name` without a password.
        secret: name of the secret that is the password.
        table: a table or view, with its schema before a dot where it has one.
        query: one SELECT; parameters stand in it as `:name`.
        formats: what a consumer may ask for with `format=`; the first is what it gets without.
    """

    engine: Literal["sqlite", "duckdb", "postgresql"]
    database: str
    secret: str | None = None
    table: str | None = None
    query: str | None = None
    parameters: tuple[Parameter, ...] = ()
    formats: tuple[Literal["csv", "jsonl", "parquet", "arrow"], ...] = ("csv", "jsonl", "parquet", "arrow")

    @property
    def secret_names(self) -> frozenset[str]:
        """The secret that is the password."""
        return frozenset() if self.secret is None else frozenset({self.secret})

    @property
    def is_kept(self) -> bool:
        """The rows of a query become a result, which is kept."""
        return True


class S3Source(SourceBase, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="s3"):
    """One object of an S3-compatible store, or all below a prefix; `key` or `prefix` is given.

    Attributes:
        endpoint: its address, http or https.
        access_key, secret_key: names of the secrets that are its keys.
        keys: in their place, name of one secret that holds both as JSON; neither: an open bucket.
        path_style: the bucket stands in the path and not in the host name.
    """

    endpoint: str
    region: str = "us-east-1"
    bucket: str
    key: str | None = None
    prefix: str | None = None
    access_key: str | None = None
    secret_key: str | None = None
    keys: str | None = None
    path_style: bool = True

    @property
    def secret_names(self) -> frozenset[str]:
        """The secrets that are its keys."""
        names = (self.access_key, self.secret_key, self.keys)
        return frozenset(name for name in names if name is not None)


class RowsSource(SourceBase, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="rows"):
    """The rows of a file, as they are read where a rule changes what leaves of it; nobody publishes one.

    Attributes:
        path: of the file.
        format: of the file, and of what leaves.
        stamp: by which the file was measured.
    """

    path: str
    format: Literal["csv", "jsonl", "parquet"]
    stamp: str

    @property
    def formats(self) -> tuple[str, ...]:
        """What a consumer may ask for."""
        return (self.format,)

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """None."""
        return ()

    @property
    def is_kept(self) -> bool:
        """They become a result, as those of a query."""
        return True


Source = FileSource | FolderSource | AddressSource | HttpSource | TableSource | S3Source
"""What can be published."""

LiveSource = Source | RowsSource
"""What a live plane may be asked for."""
