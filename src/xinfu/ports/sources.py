"""Sources: the real places of the bytes of assets, distinguished by the tag `kind`.

A source never leaves the node. It holds no secret, only the names of secrets; the values are among the node's secrets
(D-06). A consumer can influence only those parts of a request that the source lists; fixed values take precedence.

All facts that the node needs about a kind are stated here, with its struct. A kind that lacks one cannot be defined.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any, ClassVar, Final, Literal

import msgspec

from xinfu.ports.source_facts import DialledPlace, PathPlace, Place, SourceFacts, UrlPlace


class SourceKind(StrEnum):
    """The kinds of source."""

    FILE = "file"
    FOLDER = "folder"
    ADDRESS = "address"
    """A data address that no data plane of this node reads: stored and shown, never transferred."""
    HTTP = "http"
    TABLE = "table"
    S3 = "s3"
    ROWS = "rows"
    """The rows of a file, when a rule changes what leaves of it."""


_ANSWERS: Final = ("facts", "place")


class SourceBase(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="kind"):
    """The base of all sources. Every kind states its own `facts` and `place`."""

    facts: ClassVar[SourceFacts]

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        if missing := [name for name in _ANSWERS if name not in cls.__dict__]:
            raise TypeError(f"{cls.__name__} does not state {', '.join(missing)}")

    @property
    def place(self) -> Place | None:
        """The place of the source; None if the node does not read it."""
        raise NotImplementedError

    @property
    def is_pushable(self) -> bool:
        """Whether the data of the source can be sent in one request."""
        return self.facts.is_pushable

    @property
    def kind(self) -> SourceKind:
        """The kind of the source."""
        return SourceKind(str(type(self).__struct_config__.tag))

    @property
    def secret_names(self) -> frozenset[str]:
        """The names of the context's secrets that open the source."""
        return frozenset()

    @property
    def row_file(self) -> str | None:
        """The path of a file that has rows if its media type or name says so; None for other kinds."""
        return None

    @property
    def passed_headers(self) -> tuple[str, ...]:
        """The names of the consumer's headers that are passed to the source."""
        return ()

    @property
    def offered(self) -> Mapping[str, object]:
        """The query options that a catalog shows, by name."""
        return {}


class FileSource(SourceBase, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="file"):
    """A file of this machine."""

    facts: ClassVar = SourceFacts(
        delivery="01", is_live=False, is_kept=False, has_rows=False, is_pushable=True
    )

    path: str

    @property
    def place(self) -> PathPlace:
        """The path of the source."""
        return PathPlace(self.path)

    @property
    def row_file(self) -> str:
        """The path of the source."""
        return self.path


class FolderSource(SourceBase, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="folder"):
    """All files below a folder of this machine."""

    facts: ClassVar = SourceFacts(
        delivery="01", is_live=False, is_kept=False, has_rows=False, is_pushable=False
    )

    path: str

    @property
    def place(self) -> PathPlace:
        """The path of the source."""
        return PathPlace(self.path)


class AddressSource(SourceBase, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="address"):
    """A source that this node does not read; the asset's `address` holds what its publisher stated."""

    facts: ClassVar = SourceFacts(
        delivery=None, is_live=False, is_kept=False, has_rows=False, is_pushable=True
    )

    @property
    def place(self) -> None:
        """None, because the node does not read the source."""
        return None


class PassedRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The parts of a consumer's request that are passed to an HTTP API; no other parts are.

    Attributes:
        path: the path behind the source's own path.
        query: parameters, in addition to those that the source fixes.
        methods: methods that the consumer may use; empty: only GET, and the API is called with the source's method.
        body: the consumer's body and its media type, if the source fixes none.
        headers: names of headers, in upper or lower case.
    """

    path: bool = False
    query: bool = False
    methods: tuple[Literal["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"], ...] = ()
    body: bool = False
    headers: tuple[str, ...] = ()


class HttpSource(SourceBase, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="http"):
    """An HTTP API behind this node.

    Attributes:
        url: the base address; http or https, without query and user-info.
        path: added to `url`, before the path of a consumer.
        method: the method of the call if the consumer's method is not passed.
        query: fixed parameters as in a URL, `a=1&b=2`; the consumer's parameters of the same names are dropped.
        headers: fixed headers; the consumer's headers of the same names are dropped.
        body: a fixed body, of the media type `body_type`.
        secret_headers: fixed headers, with the names of the secrets that are their values.
        silence_s: the longest wait in seconds for the API to begin its answer, and between two pieces of it.
    """

    facts: ClassVar = SourceFacts(
        delivery="03", is_live=True, is_kept=False, has_rows=False, is_pushable=True
    )

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
        """The names of the secrets in its headers."""
        return frozenset(self.secret_headers.values())

    @property
    def place(self) -> UrlPlace:
        """The URL of the API."""
        return UrlPlace(self.url, self.url)

    @property
    def passed_headers(self) -> tuple[str, ...]:
        """The names of the request headers that the publisher allows."""
        return self.passes.headers


class Parameter(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A parameter of a query, which a consumer gives by name; it is required if it has no default.

    Attributes:
        values: the possible values of an enum.
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
        secret: name of the secret that holds the password.
        table: a table or view, after its schema and a dot if it has a schema.
        query: one SELECT, with parameters written as `:name`.
        formats: the formats that a consumer can choose with `format=`; the first is the default.
    """

    facts: ClassVar = SourceFacts(delivery="01", is_live=True, is_kept=True, has_rows=True, is_pushable=True)

    engine: Literal["sqlite", "duckdb", "postgresql"]
    database: str
    secret: str | None = None
    table: str | None = None
    query: str | None = None
    parameters: tuple[Parameter, ...] = ()
    formats: tuple[Literal["csv", "jsonl", "parquet", "arrow"], ...] = ("csv", "jsonl", "parquet", "arrow")

    @property
    def secret_names(self) -> frozenset[str]:
        """The name of the secret that holds the password."""
        return frozenset() if self.secret is None else frozenset({self.secret})

    @property
    def place(self) -> Place:
        """The file of the database, or its address if it is PostgreSQL."""
        return DialledPlace(self.database) if self.engine == "postgresql" else PathPlace(self.database)

    @property
    def offered(self) -> Mapping[str, object]:
        """The parameters and formats of the query."""
        return {"parameters": self.parameters, "formats": self.formats}


class S3Source(SourceBase, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="s3"):
    """An object of an S3-compatible store, or all objects below a prefix; `key` or `prefix` is given.

    Attributes:
        endpoint: the address of the store, http or https.
        access_key, secret_key: names of the secrets that hold its two keys.
        keys: instead of them, the name of one secret that holds both as JSON; if neither is given: an open bucket.
        path_style: the bucket is in the path, not in the host name.
    """

    facts: ClassVar = SourceFacts(
        delivery="01", is_live=False, is_kept=False, has_rows=False, is_pushable=True
    )

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
        """The names of the secrets that hold its keys."""
        names = (self.access_key, self.secret_key, self.keys)
        return frozenset(name for name in names if name is not None)

    @property
    def place(self) -> UrlPlace:
        """The address of the store."""
        return UrlPlace(self.endpoint, self.bucket)

    @property
    def is_pushable(self) -> bool:
        """Whether the source is one object and not a prefix."""
        return self.key is not None


class RowsSource(SourceBase, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="rows"):
    """The rows of a published file, read row by row because a rule changes what leaves; never published itself.

    Attributes:
        path: path of the file.
        format: format of the file, and of the rows that leave.
        stamp: stamp of the file when it was measured.
    """

    facts: ClassVar = SourceFacts(delivery="01", is_live=True, is_kept=True, has_rows=True, is_pushable=True)

    path: str
    format: Literal["csv", "jsonl", "parquet"]
    stamp: str

    @property
    def formats(self) -> tuple[str, ...]:
        """The formats that a consumer may ask for."""
        return (self.format,)

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """Empty: a file has no parameters."""
        return ()

    @property
    def place(self) -> PathPlace:
        """The path of the file."""
        return PathPlace(self.path)


Source = FileSource | FolderSource | AddressSource | HttpSource | TableSource | S3Source
"""The sources that can be published."""

LiveSource = Source | RowsSource
"""The sources that a live plane may have to read."""
