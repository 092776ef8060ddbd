"""Fixtures that every folder of tests may use."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from tests.object_store import ObjectStore

settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")
"""No example fails for being slow: a busy machine is no fault of what is tested."""

REQUIRE_ALL = os.environ.get("XINFU_REQUIRE_ALL") == "1"


def absent(what: str) -> None:
    """Skip because a peer is not there, or fail where everything is required.

    Args:
        what: one sentence that names the missing thing and how to get it.
    """
    if REQUIRE_ALL:
        pytest.fail(f"XINFU_REQUIRE_ALL=1 and {what}")
    pytest.skip(what)


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder ../shared beside the checkout: schemas, recorded exchanges, kits and test data."""
    folder = Path(__file__).resolve().parents[2] / "shared"
    if not folder.is_dir():
        absent("../shared is absent: the originals cannot be compared")
    return folder


@pytest.fixture(scope="session")
def object_store(tmp_path_factory: pytest.TempPathFactory) -> "Iterator[ObjectStore]":
    """A real server of the S3 API; nobody ends it."""
    from tests.object_store import serving

    with serving(tmp_path_factory.mktemp("s3")) as made:
        yield made
