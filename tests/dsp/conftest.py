"""Published schemas, examples and recorded exchanges."""

from pathlib import Path

import pytest
from tests.dsp.schemas import Schemas


@pytest.fixture(scope="session")
def schemas(shared: Path) -> Schemas:
    """The schemas of the Dataspace Protocol as published."""
    return Schemas(shared / "spec" / "dsp")


@pytest.fixture(scope="session")
def examples(shared: Path) -> dict[str, bytes]:
    """Every published example of a message, by file name."""
    paths = sorted((shared / "spec" / "dsp").glob("*/example/*.json"))
    return {path.stem: path.read_bytes() for path in paths if "did-service" not in path.name}
