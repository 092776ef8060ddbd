"""Which adapter of a port the configuration names."""

from contextlib import suppress
from importlib.util import find_spec

from xinfu.errors import ConfigError, InputError
from xinfu.node import metrics
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
        raise ConfigError(
            "store.driver-absent",
            "PostgreSQL is configured and its driver is not installed.",
            "已配置 PostgreSQL，但未安装其驱动。",
            help_en="Run: pip install 'xinfu[postgres]'.",
            help_zh="请运行：pip install 'xinfu[postgres]'。",
        )
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
        raise ConfigError(
            "config.telemetry-key",
            "[telemetry] key is no file with a key of at least 16 characters, readable by its owner alone.",
            "[telemetry] key 所指文件没有仅所有者可读、至少 16 个字符的密钥。",
            help_en="Write the collector's token there with mode 0600, or leave [telemetry] key out.",
            help_zh="请写入采集端的令牌并将权限设为 0600，或去掉 [telemetry] key。",
        )
    try:
        outbound.check(table.endpoint, purpose=Purpose.SOURCE)
    except InputError as error:
        raise ConfigError(
            "config.telemetry-endpoint",
            f"[telemetry] endpoint cannot be called: {error.en}",
            f"[telemetry] endpoint 无法访问：{error.zh}",
            help_en=error.help_en,
            help_zh=error.help_zh,
        ) from error
    if find_spec("opentelemetry") is None:
        raise ConfigError(
            "config.telemetry-absent",
            "Traces are configured and OpenTelemetry is not installed.",
            "已配置链路追踪，但未安装 OpenTelemetry。",
            help_en="Run: pip install 'xinfu[telemetry]'.",
            help_zh="请运行：pip install 'xinfu[telemetry]'。",
        )
    from xinfu.node.tracing import Collector

    def count(outcome: str, spans: int) -> None:
        telemetry.metrics.count(metrics.SPANS, (outcome,), spans)

    telemetry.spans = Collector(
        outbound, table.endpoint, ratio=table.ratio, instance=instance, count=count, key=key
    )
