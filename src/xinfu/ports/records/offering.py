"""Records of publishing: assets, policies, contract definitions, manifests."""

import hashlib
from datetime import datetime
from typing import Annotated, Any, Final

import msgspec

from xinfu.odrl import Policy
from xinfu.odrl.control.grades import GradeNumber
from xinfu.ports.column import Number, Word
from xinfu.ports.kind import DatedKind, Kind
from xinfu.ports.sources import Column, Source

Bound = Annotated[int, msgspec.Meta(ge=0, le=1_000_000_000)]


class Asset(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An asset of a provider (数据资源). `title` and `description` are keyed by language, "zh" and "en".

    `public` and `private` are free properties by IRI; only the public ones are shown to others. `address` is the
    data address as its publisher stated it, with the names of EDC, `dataplane` the properties for a data plane.
    `derived_from` lists our agreements as consumer whose data it was made from.
    `grade` is its stated grade (分类分级); None: none was stated.
    """

    id: str
    context: str
    source: Source
    grade: GradeNumber | None = None
    title: dict[str, str] = msgspec.field(default_factory=dict)
    description: dict[str, str] = msgspec.field(default_factory=dict)
    keywords: tuple[str, ...] = ()
    media_type: str = "application/octet-stream"
    properties: dict[str, str] = msgspec.field(default_factory=dict)
    generated: bool = False
    derived_from: tuple[str, ...] = ()
    size_bytes: int | None = None
    root: str | None = None
    columns: tuple[Column, ...] = ()
    public: dict[str, Any] = msgspec.field(default_factory=dict)
    private: dict[str, Any] = msgspec.field(default_factory=dict)
    address: dict[str, Any] | None = None
    dataplane: dict[str, Any] | None = None
    is_catalog: bool = False
    created: datetime
    updated: datetime


class _Assets(DatedKind[Asset]):
    generated = Number[Asset, bool](lambda asset: asset.generated)


ASSETS: Final = _Assets("asset", "assets", "数据资源", Asset)


class PolicyDefinition(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A policy with a name; it was checked when it was written. `private`: free properties by IRI."""

    id: str
    context: str
    policy: Policy
    private: dict[str, Any] = msgspec.field(default_factory=dict)
    posted_empty: bool = False
    created: datetime
    updated: datetime

    @property
    def digest(self) -> str:
        """The digest of the policy; equal policies have equal digests, whatever their definitions are called."""
        return hashlib.sha256(msgspec.json.encode(self.policy)).hexdigest()


class _Policies(DatedKind[PolicyDefinition]):
    """A policy that was stored by an old version has an empty `digest` until it is saved again."""

    digest = Word[PolicyDefinition, str](lambda definition: definition.digest)


POLICIES: Final = _Policies("policy", "policies", "策略", PolicyDefinition)


class Criterion(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A condition on an asset, in the words of the management API."""

    left: str
    operator: str
    right: Any


class ContractDefinition(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An offer of assets under an access policy (who sees the offer) and a contract policy (its terms).

    `assets` None means every asset of the context. `criteria` are the conditions on an asset, as stated;
    if they do not name ids, `selects` is True and the matching assets are stored next to the record.
    """

    id: str
    context: str
    access_policy: str
    contract_policy: str
    assets: tuple[str, ...] | None = None
    criteria: tuple[Criterion, ...] = ()
    selects: bool = False
    private: dict[str, Any] = msgspec.field(default_factory=dict)
    created: datetime
    updated: datetime

    @property
    def reach(self) -> int:
        """1 for all assets, 2 for those that its criteria select, 0 for those it names."""
        return 2 if self.selects else int(self.assets is None)


class _Definitions(DatedKind[ContractDefinition]):
    access_policy = Word[ContractDefinition, str](lambda definition: definition.access_policy)
    contract_policy = Word[ContractDefinition, str](lambda definition: definition.contract_policy)
    everything = Number[ContractDefinition, int](lambda definition: definition.reach)
    indexed = ("access_policy", "contract_policy", "everything")


DEFINITIONS: Final = _Definitions("definition", "definitions", "合约定义", ContractDefinition)


class StoredManifest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The chunk manifest of one file of an asset (D-17). `id` is "<asset>/<path>", path "" for a single file.

    `stamp` is inode, size, mtime and ctime in nanoseconds: a file with another stamp has changed.
    `chunks` are the SHA-256 of each 1 MiB chunk, 32 bytes each, joined.
    For a file in the vault `asset` is the object, `stamp` the salt of its key in hex ("" until it is complete), and
    `chunks` is empty, because each chunk is authenticated as it is read.
    """

    id: str
    context: str
    asset: str
    path: str
    stamp: str
    size_bytes: int
    root: str
    chunks: bytes


class _Manifests(Kind[StoredManifest]):
    asset = Word[StoredManifest, str](lambda manifest: manifest.asset)
    root = Word[StoredManifest, str](lambda manifest: manifest.root)
    indexed = ("asset",)


MANIFESTS: Final = _Manifests("manifest", "manifests", "分块清单", StoredManifest)
