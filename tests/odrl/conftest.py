"""A situation in which the ordinary facts are there."""

from datetime import UTC, datetime

import pytest

from xinfu.odrl import Situation


@pytest.fixture
def situation() -> Situation:
    """did:c, a member, asks for urn:ds for research from Zhuzhou, at noon of 2026-01-01."""
    return Situation(
        now=datetime(2026, 1, 1, 12, tzinfo=UTC),
        assignee="did:c",
        target="urn:ds",
        purpose="research",
        spatial="430200",
        claims={"MembershipCredential": (), "MembershipCredential.memberOf": ("urn:space:1",)},
        counts={"permission[0]": 0},
    )
