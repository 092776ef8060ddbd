"""node.toml and the environment -> Config; errors name the key and its line.

Precedence: environment `XINFU_<TABLE>_<KEY>` (upper case, for example XINFU_LISTEN_PROTOCOL_PORT), then the
file, then the defaults below. An unknown key is refused by name. Secrets never stand here (D-06).
"""

import os
import re
import tomllib
from collections.abc import Mapping
from datetime import UTC, datetime
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Literal

import msgspec

from xinfu.contracts import check_subject, new_contract_number, read_code
from xinfu.errors import ConfigError, InputError
from xinfu.node import errors
from xinfu.odrl.control.grades import GradeNumber
from xinfu.peers.rules import AllowEntry

Positive = Annotated[int, msgspec.Meta(ge=1)]


class Listener(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A listener. `public_url` is its address for others, if that is not host and port (D-05).

    `trusted_proxies`: addresses and networks whose X-Forwarded-For and X-Forwarded-Proto count. By default those of this
    machine if `public_url` is that of a proxy, else none.
    """

    host: str = "127.0.0.1"
    port: Annotated[int, msgspec.Meta(ge=0, le=65_535)] = 0
    public_url: str | None = None
    trusted_proxies: tuple[str, ...] | None = None


class ListenTable(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The listeners of a node. Port 0 takes a free one."""

    management: Listener = Listener(port=8181)
    protocol: Listener = Listener(port=8282)
    data: Listener = Listener(port=8383)


class Tls(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Certificate and key of the public listeners, PEM; `ca_file` for a private authority."""

    cert: str | None = None
    key: str | None = None
    ca_file: str | None = None


class StoreTable(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The store of records: a SQLite file, or the PostgreSQL database at `url`, which never includes its password.

    A relative path is relative to the folder of node.toml. `password_file` has mode 0600.
    """

    path: str = "xinfu.sqlite"
    url: str | None = None
    password_file: str | None = None
    connections: Annotated[int, msgspec.Meta(ge=1, le=1000)] = 8


class Keys(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Files of mode 0600, outside the store: the master key (D-06), and the key of the management API.

    `algorithm` is that of messages and of the evidence log, `contract_algorithm` that of digital contracts.
    """

    master: str = "master.key"
    api: str = "api.key"
    algorithm: Literal["EdDSA", "ES256"] = "EdDSA"
    contract_algorithm: Literal["EdDSA", "ES256", "SM2"] = "EdDSA"


class TrustedIssuer(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An issuer that is believed for these credential types (D-07)."""

    did: str
    types: tuple[str, ...] = ("MembershipCredential",)


class Trust(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Trusted issuers of credentials, and certificate authorities with their revocation lists (PEM files)."""

    issuers: tuple[TrustedIssuer, ...] = ()
    certificates: tuple[str, ...] = ()
    revocations: tuple[str, ...] = ()


class OutboundTable(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which addresses may be called."""

    allow: tuple[AllowEntry, ...] = ()
    sources: tuple[AllowEntry, ...] = ()


class IdentityTable(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How we prove who we are. `insecure-static` is for development only (D-10).

    `signed_bodies`: from whom a token must cover the body of its message: "known", whoever has done so before, or "always".
    """

    kind: Literal["did-web", "insecure-static"] = "did-web"
    signed_bodies: Literal["known", "always"] = "known"
    default_peer: str | None = None


class DataTable(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The data plane. Participants of node.toml publish files from below `folders`; relative to node.toml's own.

    `recheck_s`: how often a stream that lasts is asked about again, its consumer's credentials included.
    """

    token_ttl_s: Positive = 3600
    recheck_s: Positive = 30
    folders: tuple[str, ...] = ("data",)


class ResultsTable(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Results of tables and queries, which lie in `folder` for a while. `running`: queries at once."""

    folder: str = "results"
    size_bytes: Positive = 8_589_934_592
    number: Positive = 64
    idle_s: Positive = 3600
    running: Positive = 4
    query_s: Positive = 3600


class VaultTable(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The vault (受控存储): data that landed here lies sealed in `folder`, and so do the keys that open it."""

    folder: str = "vault"


class NegotiationTable(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The treatment of a counter-offer that no stored answer matches, and how long messages to a peer are retried."""

    counter_offers: Literal["hold", "refuse"] = "hold"
    give_up_after_s: Positive = 86_400


class ContextTable(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A participant context. `participant` is derived from the public address if it is absent.

    `entity` and `connector` are its subject code and the code of this node by NDI-TR-2025-04. `grade` applies to assets
    that state none, such as those of EDC's clients; without it, these are kept but not offered. `empty_policy` sets what
    a policy without a rule permits if it is posted to EDC's management API. `flow` sets under what data flows: an
    agreement, or only a digital contract that is signed and filed as well. `folders` and `sources` are its own, instead
    of `[data] folders` and `[outbound] sources`.
    """

    id: str
    participant: str | None = None
    name_zh: str = ""
    name_en: str = ""
    entity: str = ""
    connector: str = ""
    grade: GradeNumber | None = None
    empty_policy: Literal["use", "nothing"] = "use"
    flow: Literal["agreement", "filed-contract"] = "agreement"
    folders: tuple[str, ...] | None = None
    sources: tuple[AllowEntry, ...] | None = None


class AnswerTable(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A stored answer, taken into the store once (D-30)."""

    id: str
    context: str | None = None
    on: str
    do: tuple[str, ...]
    dataset: str | None = None
    agreement: str | None = None
    peer: str | None = None
    priority: int = 0
    reason: str | None = None


class Limits(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Bounds on what a caller may send, and on what a page of another participant's catalog may hold."""

    body_bytes: Positive = 1_048_576
    header_seconds: Positive = 10
    request_seconds: Positive = 60
    reader_seconds: Positive = 60
    connections: Positive = 1000
    catalog_bytes: Annotated[int, msgspec.Meta(ge=1024, le=16_777_216)] = 8_388_608
    catalog_datasets: Positive = 2_000
    catalog_offers: Positive = 4_000


class TelemetryTable(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The collector of traces, over OTLP/HTTP. Without an `endpoint` nothing is traced, and no tracing code is loaded.

    `endpoint` is a base address of the operator's own (`[outbound] sources` may have to name it). `ratio` of the
    traces that begin here are kept. `key` is a file of mode 0600 with a bearer token for the collector.
    """

    endpoint: str | None = None
    ratio: Annotated[float, msgspec.Meta(ge=0, le=1)] = 1.0
    key: str | None = None


class LogTable(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The level and the format of log lines, which go to standard error."""

    level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    format: Literal["json", "text"] = "text"


class MetricsTable(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Access to `/metrics`: with the API key, or with the key in `key`, a file of mode 0600 that opens only the metrics.

    `open` lets anyone who reaches the management listener read them.
    """

    key: str | None = None
    open: bool = False


class ContractTable(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The form of digital contracts where the standard has two readings, and the platform that files them.

    `sign_mode` is "01" between the parties or "02" on the platform, for contracts that do not state how they are signed.
    `sample_codes` takes subject codes whose check character is wrong, as the samples of the standard have them.
    `platform` is a DID; `platform_base` is where its interfaces stand, in place of what its DID document says.
    """

    strategies: Literal["object", "array"] = "object"
    nodes: Literal["annex-b", "table-c3"] = "annex-b"
    dates: Literal["iso", "compact"] = "iso"
    sign_mode: Literal["01", "02"] = "01"
    sample_codes: bool = False
    platform: str | None = None
    platform_base: str | None = None


class PlatformTable(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Makes this node a service platform, which numbers and files contracts.

    `context` is the participant that it is one as; without one it is none. `entity` is the subject code of its
    operator, `place` its region, four digits, or 00 and two digits of an industry. `type_code` is the first character
    of every number.
    """

    context: str = ""
    entity: str = ""
    place: str = ""
    type_code: Annotated[str, msgspec.Meta(pattern="^[0-9A-Z]$")] = "8"


class Config(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A whole node."""

    development: bool = False
    force_public_development: bool = False
    language: Literal["zh", "en"] = "en"
    folder: str = "."
    file: str = "node.toml"
    listen: ListenTable = ListenTable()
    tls: Tls = Tls()
    store: StoreTable = StoreTable()
    keys: Keys = Keys()
    trust: Trust = Trust()
    outbound: OutboundTable = OutboundTable()
    identity: IdentityTable = IdentityTable()
    data: DataTable = DataTable()
    results: ResultsTable = ResultsTable()
    vault: VaultTable = VaultTable()
    negotiation: NegotiationTable = NegotiationTable()
    issuer: bool = False
    contract: ContractTable = ContractTable()
    platform: PlatformTable = PlatformTable()
    limits: Limits = Limits()
    log: LogTable = LogTable()
    metrics: MetricsTable = MetricsTable()
    telemetry: TelemetryTable = TelemetryTable()
    contexts: tuple[ContextTable, ...] = ()
    answers: tuple[AnswerTable, ...] = ()

    def at(self, path: str) -> Path:
        """`path` as it is meant: relative to the folder of node.toml."""
        return (Path(self.folder) / path).resolve()


def load(path: Path, environment: Mapping[str, str] | None = None) -> Config:
    """Read and check a configuration.

    Raises:
        ConfigError: `config.missing`, `config.not-toml`, `config.invalid`; key and line stand in the sentence.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise errors.CONFIG_MISSING(name=path.name, error=type(error).__name__) from error
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise errors.CONFIG_NOT_TOML(name=path.name, error=error) from error
    _override(tables, os.environ if environment is None else environment)
    tables |= {"folder": str(path.resolve().parent), "file": path.name} | {
        key: tables[key] for key in ("folder", "file") if key in tables
    }
    try:
        config = msgspec.convert(tables, Config, strict=False)
    except msgspec.ValidationError as error:
        raise _invalid(path.name, text, str(error)) from error
    _check(config, path.name)
    return config


def _override(tables: dict[str, object], environment: Mapping[str, str]) -> None:
    """Environment values over the file's: XINFU_A_B_C sets tables a.b.c where Config has them."""
    for path in _paths(Config):
        value = environment.get("XINFU_" + "_".join(path).upper())
        if value is None:
            continue
        at: dict[str, object] = tables
        for key in path[:-1]:
            below = at.setdefault(key, {})
            if not isinstance(below, dict):
                break
            at = below
        else:
            at[path[-1]] = value


def _paths(table: type[msgspec.Struct]) -> list[tuple[str, ...]]:
    found: list[tuple[str, ...]] = []
    for field in msgspec.structs.fields(table):
        if isinstance(field.type, type) and issubclass(field.type, msgspec.Struct):
            found += [(field.name, *below) for below in _paths(field.type)]
        else:
            found.append((field.name,))
    return found


def _invalid(name: str, text: str, fault: str) -> ConfigError:
    """`Expected int, got str - at $.listen.protocol.port` -> with the line of that key."""
    where = re.search(r"`\$\.?([^`]*)`", fault)
    unknown = re.search(r"unknown field `([^`]*)`", fault)
    path = where.group(1) if where else ""
    dotted = ".".join(part for part in (path, unknown.group(1) if unknown else "") if part)
    line = _line_of(text, dotted)
    at = f"{name}, line {line}" if line else name
    at_zh = f"{name} 第 {line} 行" if line else name
    return errors.CONFIG_INVALID(at=at, fault=fault.split(" - at")[0], dotted=dotted, at_zh=at_zh)


def _line_of(text: str, path: str) -> int | None:
    """The line of the key with this dotted path, or of the table or value that holds it."""
    table = ""
    seen: dict[str, int] = {}
    for number, row in enumerate(text.splitlines(), 1):
        header = re.match(r"\s*(\[\[?)\s*([^\]]+?)\s*\]", row)
        key = re.match(r"\s*([\w.-]+)\s*=", row)
        if header:
            table = here = header[2]
            if header[1] == "[[":
                table = here = f"{here}[{seen.setdefault(header[2], 0)}]"
                seen[header[2]] += 1
        elif key:
            here = f"{table}.{key[1]}" if table else key[1]
        else:
            continue
        if path == here or (key and path.startswith((f"{here}.", f"{here}["))):
            return number
    return None


def _check(config: Config, name: str) -> None:
    if not config.contexts:
        raise errors.CONFIG_NO_CONTEXT(name=name)
    ids = [context.id for context in config.contexts]
    for id_ in ids:
        if not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,62}", id_) or ids.count(id_) > 1:
            raise errors.CONFIG_CONTEXT_ID(name=name, id=id_)
    _check_codes(config, name)
    if config.identity.kind == "insecure-static" and not config.development:
        raise errors.CONFIG_INSECURE_IDENTITY(name=name)
    _check_listeners(config, name)


def _check_codes(config: Config, name: str) -> None:
    """The codes of contexts are codes, and a platform is one of the contexts and can give numbers."""
    role = config.platform
    if role.context and role.context not in {context.id for context in config.contexts}:
        raise errors.CONFIG_PLATFORM(name=name, context=role.context)
    try:
        if role.context:
            check_subject(role.entity, samples=config.contract.sample_codes)
            first = datetime(2025, 1, 1, tzinfo=UTC)
            new_contract_number(
                node=role.entity, place=role.place, at=first, random="0" * 8, type_=role.type_code
            )
        for context in config.contexts:
            if context.entity:
                check_subject(context.entity, samples=config.contract.sample_codes)
            if context.connector:
                read_code(context.connector)
    except InputError as error:
        raise errors.CONFIG_CODE(name=name, en=error.en, zh=error.zh) from error


def _check_proxies(config: Config, name: str) -> None:
    listeners = (config.listen.management, config.listen.protocol, config.listen.data)
    for each in (proxy for listener in listeners for proxy in listener.trusted_proxies or ()):
        try:
            ip_network(each)
        except ValueError as error:
            raise errors.CONFIG_PROXY(name=name, proxy=each) from error


def _check_listeners(config: Config, name: str) -> None:
    _check_proxies(config, name)
    public = {"protocol": config.listen.protocol, "data": config.listen.data}
    for listener_name, listener in public.items():
        loopback = listener.host in {"127.0.0.1", "::1", "localhost"}
        if config.development and not loopback and not config.force_public_development:
            raise errors.CONFIG_PUBLIC_DEVELOPMENT(name=name, listener_name=listener_name)
        behind_proxy = (listener.public_url or "").startswith("https://")
        if not config.development and not (config.tls.cert and config.tls.key) and not behind_proxy:
            raise errors.CONFIG_NO_TLS(name=name, listener_name=listener_name)
