"""Logs of a simulation are made, so that a fault in making them shows, and go nowhere; a server of PostgreSQL."""

import logging
from collections.abc import Iterator

import pytest
from tests.stores import postgres_server


@pytest.fixture(autouse=True)
def unheard() -> Iterator[None]:
    """What a schedule does on purpose is not worth a line each."""
    log = logging.getLogger("xinfu")
    before = (log.level, log.propagate)
    log.setLevel(logging.INFO)
    log.propagate = False
    yield
    log.level, log.propagate = before


@pytest.fixture(scope="session")
def postgres() -> Iterator[None]:
    """The server of this test session; skips where PostgreSQL is absent."""
    postgres_server.one()
    yield
    postgres_server.end()
