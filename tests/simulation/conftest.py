"""Logs of a simulation are made, so that a fault in making them shows, and go nowhere."""

import logging
from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True)
def unheard() -> Iterator[None]:
    """What a schedule does on purpose is not worth a line each."""
    log = logging.getLogger("xinfu")
    before = (log.level, log.propagate)
    log.setLevel(logging.INFO)
    log.propagate = False
    yield
    log.level, log.propagate = before
