"""A node that does not run, examined by its configuration and its files."""

from pathlib import Path

from xinfu.errors import ConfigError, XinfuError
from xinfu.node.adapters import opened_store
from xinfu.node.build import bind
from xinfu.node.checks import machine
from xinfu.node.clock import SystemClock
from xinfu.node.config import Config, load
from xinfu.node.doctor import files
from xinfu.services.finding import Examination, Finding, examination, finding_of, fine


async def examine_offline(path: Path) -> Examination:
    """A node that does not run, by its configuration: what would keep it from starting, and what lies loose."""
    now = SystemClock().now()
    try:
        config = load(path)
    except ConfigError as error:
        return examination([finding_of("config.unusable", error, about=path.name)], now)
    findings = [fine("config.read", f"{path.name} can be read.", f"{path.name} 可以读取。", about=path.name)]
    findings += files(config)
    findings += machine.certificate(config, now)
    findings += [_addresses(config), await _store(config)]
    findings += await machine.database(config)
    return examination(findings, now)


def _addresses(config: Config) -> Finding:
    try:
        bind(config).close()
    except ConfigError as error:
        return finding_of("listener.taken", error)
    return fine("listener.free", "The listeners' ports are free.", "监听端口可用。")


async def _store(config: Config) -> Finding:
    try:
        await (await opened_store(config)).close()
    except XinfuError as error:
        return finding_of("store.unusable", error)
    return fine("store.opens", "The store opens and is migrated.", "存储可以打开且已迁移。")
