"""Which adapter of a port the configuration names."""

from contextlib import suppress
from importlib.util import find_spec

from xinfu.errors import ConfigError, InputError
from xinfu.node import errors, metrics
from xinfu.node.config import Config
from xinfu.node.keyfiles import own_key
from xinfu.node.telemetry import Telemetry
from xinfu.ports.outbound import Outbound, Purpose
from xinfu.ports.signer import Verifier
from xinfu.ports.store import Store
from xinfu.signers.ed25519 import Ed25519Verifier
from xinfu.signers.es256 import Es256Verifier
from xinfu.signers.sm2 import Sm2Verifier


async def opened_store(config: Config) -> Store:
    """The store of a node: PostgreSQL where `[store] url` is set, else the SQLite file at `[store] path`.

    Only what is used is loaded: neither driver costs the other's node anything.

    Raises:
        ConfigError: `store.driver-absent`, and as the adapters' own `open_postgres` and `open_sqlite`.
    """
    table = config.store
    if table.url is None:
        from xinfu.stores import sqlite

        return await sqlite.open_sqlite(config.at(table.path))
    if find_spec("asyncpg") is None:
        raise errors.STORE_DRIVER_ABSENT()
    from xinfu.stores import postgres

    password_file = config.at(table.password_file) if table.password_file else None
    return await postgres.open_postgres(table.url, password_file=password_file, connections=table.connections)


def signature_checks() -> dict[str, Verifier]:
    """Algorithm -> its check, for all that this system has: SM2 needs the system's libcrypto."""
    checks: dict[str, Verifier] = {"EdDSA": Ed25519Verifier(), "ES256": Es256Verifier()}
    with suppress(ConfigError):
        checks["SM2"] = Sm2Verifier()
    return checks


def start_tracing(config: Config, telemetry: Telemetry, outbound: Outbound, *, instance: str) -> None:
    """Let `telemetry` send its work as spans to the collector at `[telemetry] endpoint`, where one is named.

    Raises:
        ConfigError: `config.telemetry-absent`, `config.telemetry-endpoint`, `config.telemetry-key`.
    """
    table = config.telemetry
    if table.endpoint is None:
        return
    key = None if table.key is None else own_key(config.at(table.key))
    if table.key is not None and key is None:
        raise errors.CONFIG_TELEMETRY_KEY()
    try:
        outbound.check(table.endpoint, purpose=Purpose.SOURCE)
    except InputError as error:
        raise errors.CONFIG_TELEMETRY_ENDPOINT(
            en=error.en, zh=error.zh, help_en=error.help_en, help_zh=error.help_zh
        ) from error
    if find_spec("opentelemetry") is None:
        raise errors.CONFIG_TELEMETRY_ABSENT()
    from xinfu.node.tracing import Collector

    def count(outcome: str, spans: int) -> None:
        telemetry.metrics.count(metrics.SPANS, (outcome,), spans)

    telemetry.spans = Collector(
        outbound, table.endpoint, ratio=table.ratio, instance=instance, count=count, key=key
    )
