"""Waiting: an answer when the state is reached, and a sentence that helps when it is not."""

import pytest
from tests.client.canned import Canned, serving, waiting

from xinfu.api import Waiting
from xinfu.client import connect
from xinfu.errors import ConflictError, PeerError, RefusedError


async def over(waits: Waiting | None) -> PeerError:
    """What is told when the time is over."""
    canned = Canned({}, state="REQUESTED", waiting=waits)
    async with serving(canned), connect(canned.url, "k" * 20) as node:
        transfer = await node.transfer("t1")
        with pytest.raises(PeerError) as caught:
            await transfer.started(timeout_s=0)
    return caught.value


async def test_state_since_and_whom_it_waits_for_are_told() -> None:
    error = await over(waiting())
    assert error.code == "wait.over"
    assert "REQUESTED since 2026-01-01" in error.en
    assert "did:web:provider.example" in error.zh
    assert error.facts["waits_for"] == "did:web:provider.example"


async def test_without_a_word_of_the_node_the_other_side_is_waited_for() -> None:
    assert "did:web:provider.example" in (await over(None)).en


async def test_a_message_that_is_not_delivered_is_told_with_its_tries_and_its_error() -> None:
    error = await over(waiting("delivery", tries=4, last_error="peer.unreachable"))
    assert "4 tries (peer.unreachable)" in error.en
    assert "4 次" in error.zh


async def test_a_person_is_told_how_to_decide() -> None:
    error = await over(waiting("a person here"))
    assert "xinfu negotiate" in error.help_en
    assert "本方人员" in error.zh


async def test_a_transfer_that_ended_says_why_at_once() -> None:
    canned = Canned({}, state="TERMINATED", reason=["no more"])
    async with serving(canned), connect(canned.url, "k" * 20) as node:
        with pytest.raises(RefusedError) as caught:
            await (await node.transfer("t1")).started(timeout_s=30)
    assert "no more" in caught.value.en


async def test_a_completed_transfer_does_not_start_again() -> None:
    canned = Canned({}, state="COMPLETED")
    async with serving(canned), connect(canned.url, "k" * 20) as node:
        with pytest.raises(ConflictError) as caught:
            await (await node.transfer("t1")).started()
    assert caught.value.code == "transfer.completed"
