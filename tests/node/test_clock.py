"""The real clock: set back, set ahead, put right again, and what a node does while the time is in doubt."""

import logging
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.node.test_timer import is_expired, moves, started, until_later
from tests.nodes import MovedClock, World, configured, rule
from tests.nodes import world as open_world
from tests.services.agreements.test_duties import until

from xinfu.node.clock import SETTLED, TOLERANCE, SystemClock, recall

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)
HOUR, SECOND = timedelta(hours=1), timedelta(seconds=1)


class Hands:
    """A machine whose time can be set, and its clock: `pass_` lets time go by, `set_` moves the hands."""

    def __init__(self) -> None:
        self.shown, self.steady = NOW, timedelta(0)
        self.clock = SystemClock(lambda: self.shown, lambda: self.steady)

    def pass_(self, stretch: timedelta) -> None:
        self.shown += stretch
        self.steady += stretch

    def set_(self, by: timedelta) -> None:
        self.shown += by


def test_time_that_goes_on_is_trusted_however_long_nobody_asks() -> None:
    hands = Hands()
    for stretch in (SECOND, HOUR, timedelta(days=400), timedelta(0)):
        hands.pass_(stretch)
        assert hands.clock.is_trusted()
    assert hands.clock.now() == hands.shown


@pytest.mark.parametrize("by", [TOLERANCE, -TOLERANCE, SECOND])
def test_a_small_correction_is_no_jump(by: timedelta) -> None:
    hands = Hands()
    for _ in range(10):
        hands.pass_(HOUR)
        hands.set_(by)
        assert hands.clock.is_trusted()


def test_a_time_that_was_set_back_is_trusted_again_where_it_had_been() -> None:
    hands = Hands()
    assert hands.clock.is_trusted()
    hands.set_(-HOUR)
    for _ in range(59):
        assert not hands.clock.is_trusted()
        hands.pass_(timedelta(minutes=1))
    hands.pass_(timedelta(minutes=1))
    assert hands.clock.is_trusted()
    assert hands.clock.now() == NOW


def test_a_time_that_was_set_ahead_is_believed_once_it_has_stood() -> None:
    hands = Hands()
    hands.set_(HOUR)
    assert not hands.clock.is_trusted()
    hands.pass_(SETTLED - SECOND)
    assert not hands.clock.is_trusted()
    hands.pass_(SECOND)
    assert hands.clock.is_trusted()
    hands.pass_(HOUR)
    assert hands.clock.is_trusted()


def test_a_time_that_goes_on_jumping_is_never_believed() -> None:
    hands = Hands()
    for _ in range(100):
        hands.pass_(SETTLED / 2)
        hands.set_(HOUR)
        assert not hands.clock.is_trusted()


def test_a_jump_that_is_put_right_leaves_no_doubt() -> None:
    hands = Hands()
    for by in (timedelta(days=3650), -HOUR):
        hands.set_(by)
        assert not hands.clock.is_trusted()
        hands.pass_(SECOND)
        hands.set_(-by)
        assert hands.clock.is_trusted()


def test_a_jump_is_said_once_and_so_is_its_end(caplog: pytest.LogCaptureFixture) -> None:
    hands = Hands()
    with caplog.at_level(logging.WARNING):
        hands.set_(-HOUR)
        for _ in range(3):
            hands.clock.is_trusted()
        hands.set_(HOUR)
        hands.clock.is_trusted()
    assert [each.message for each in caplog.records] == ["the clock has jumped", "the clock is trusted again"]
    assert caplog.records[0].by_s == -3600  # type: ignore[attr-defined]  # a field of ours


async def test_a_time_before_the_evidence_was_set_back_while_the_node_was_down(tmp_path: Path) -> None:
    config, key = configured(tmp_path / "node")
    ahead = MovedClock()
    ahead.moved = HOUR
    async with started(config, key, ahead) as site:
        await until_later(site, 60)
        await site.numbered()
        clock = SystemClock()
        assert clock.is_trusted()
        await recall(clock, site.node.parts.store, site.node.parts.contexts)
        assert not clock.is_trusted()


async def test_nothing_ends_by_a_time_that_is_in_doubt(tmp_path: Path) -> None:
    """An agreement that expired by a clock that was set wrong would stay expired."""
    config, key = configured(tmp_path / "node")
    async with started(config, key, MovedClock()) as site:
        id_ = await until_later(site, 3600)
        site.clock.doubted, site.clock.moved = True, timedelta(hours=2)
        sooner = await until_later(site, 1)  # it wakes the timer, which looks at both
        await until(site, f"/agreements/{sooner}", lambda shown: shown["state"] == "ACTIVE")
        assert await moves(site) == []
        assert len(await site.node.parts.store.deadlines()) == 2
        site.clock.doubted = False
        await until(site, f"/agreements/{id_}", is_expired)


async def test_nothing_is_used_while_the_time_is_in_doubt(tmp_path: Path) -> None:
    async with open_world(tmp_path) as world:
        await world.provider.publish("air", rule("count", "lteq", "9"))
        agreement = await world.agree("air")
        made = await world.consumer.post("/transfers", {"agreement": agreement["id"]})
        await world.consumer.reaches("transfers", made["id"], "STARTED")
        assert await _read(world, made["id"]) == ""
        world.provider.clock.doubted = True
        assert await _read(world, made["id"]) == "clock.doubtful"
        world.provider.clock.doubted = False
        assert await _read(world, made["id"]) == ""
        landed = await world.consumer.post("/vault", {"transfer": made["id"]})
        await world.consumer.reaches("vault", landed["id"], "LANDED")
        world.consumer.clock.doubted = True
        said = await world.consumer.api("GET", f"/vault/{landed['id']}/content")
        assert (said.status, said.code) == (403, "clock.doubtful")
        world.consumer.clock.doubted = False
        assert (await world.consumer.api("GET", f"/vault/{landed['id']}/content")).status == 200


async def _read(world: World, transfer: str) -> str:
    said = await world.consumer.api("GET", f"/transfers/{transfer}/content")
    return "" if said.status == 200 else said.code


def test_many_small_steps_back_are_a_jump() -> None:
    hands = Hands()
    trusted = []
    for _ in range(5):
        hands.set_(-4 * SECOND)
        trusted.append(hands.clock.is_trusted())
    assert trusted == [True, False, False, False, False]
    hands.pass_(21 * SECOND)
    assert hands.clock.is_trusted()
