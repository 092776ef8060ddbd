"""Three running nodes and a stranger, shared by the tests of a module."""

from tests.journeys.conftest import peer, schemas, world

__all__ = ["peer", "schemas", "world"]
