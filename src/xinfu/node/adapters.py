"""Which adapter of a port the configuration names."""

from importlib.util import find_spec

from xinfu.errors import ConfigError
from xinfu.node.config import Config
from xinfu.ports.store import Store


async def opened_store(config: Config) -> Store:
    """The store of a node: PostgreSQL where `[store] url` is set, else the SQLite file at `[store] path`.

    Only what is used is loaded: neither driver costs the other's node anything.

    Raises:
        ConfigError: `store.driver-absent`, and as the adapters' own `open_store`.
    """
    table = config.store
    if table.url is None:
        from xinfu.stores import sqlite

        return await sqlite.open_store(config.at(table.path))
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
    return await postgres.open_store(table.url, password_file=password_file, connections=table.connections)
