"""Very many datasets: published in few calls, and walked page by page."""

import pytest
from tests.client.conftest import Two

from xinfu.client import policy
from xinfu.errors import InputError, PeerError

MANY = 730


@pytest.fixture
async def stocked(two: Two) -> Two:
    """A provider of many datasets, and of one that it could not publish."""
    source = two.folder / "air.csv"
    source.write_bytes(b"hour,pm25\n0,12\n")
    place = {"kind": "file", "path": str(source)}
    forms = [
        {"asset": {"id": f"d{number:03}", "source": place}, "policy": policy()} for number in range(MANY)
    ]
    odd = {"asset": {"id": "odd", "source": {"kind": "file", "path": "/nowhere"}}, "policy": policy()}
    answers = [each async for each in two.provider.publish_all([*forms, odd])]
    assert [each.asset for each in answers] == [*(f"d{number:03}" for number in range(MANY)), "odd"]
    assert [each.asset for each in answers if each.fault is not None] == ["odd"]
    return two


async def test_every_dataset_is_walked_once(stocked: Two) -> None:
    walked = [each.id async for each in stocked.consumer.datasets("provider")]
    assert walked == [f"d{number:03}" for number in range(MANY)]


@pytest.mark.parametrize("limit", [70, 100, 230, 1000])
async def test_pages_of_any_size_follow_each_other(stocked: Two, limit: int) -> None:
    found: list[str] = []
    after: str | None = None
    while True:
        page = await stocked.consumer.catalog("provider", after=after, limit=limit)
        assert len(page) == min(limit, MANY - len(found))
        found += [each.id for each in page]
        assert page.more is (page.next is not None) is (len(found) < MANY)
        if page.next is None:
            break
        after = page.next
    assert found == [f"d{number:03}" for number in range(MANY)]


@pytest.mark.parametrize("cursor", ["x", "", "bm9uZQ==", "\u00e9", "eyJwYWdlIjo1fQ=="])
async def test_a_cursor_that_was_not_given_is_refused(two: Two, cursor: str) -> None:
    with pytest.raises(InputError) as refused:
        await two.consumer.catalog("provider", after=cursor)
    assert refused.value.code == "catalog.page-unknown"


async def test_a_cursor_leads_to_its_participant_only(two: Two) -> None:
    """Else our proof would go elsewhere."""
    with pytest.raises(PeerError) as refused:
        await two.consumer.catalog(
            "provider", after="eyJwYWdlIjoiaHR0cDovL2xvY2FsaG9zdDoxL3giLCJnaXZlbiI6MH0="
        )
    assert refused.value.code == "peer.paging"
