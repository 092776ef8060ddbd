"""Answers of node.toml, taken into the store once; from then on the API edits them (D-30)."""

from collections.abc import Sequence
from typing import Protocol

from xinfu.ports.records import ANSWERS, Act, Answer, Event
from xinfu.services.parts import RecordParts
from xinfu.services.processes import errors


class Seed(Protocol):
    """An answer as the config writes it."""

    @property
    def id(self) -> str: ...
    @property
    def context(self) -> str | None: ...
    @property
    def on(self) -> str: ...
    @property
    def do(self) -> tuple[str, ...]: ...
    @property
    def dataset(self) -> str | None: ...
    @property
    def agreement(self) -> str | None: ...
    @property
    def peer(self) -> str | None: ...
    @property
    def priority(self) -> int: ...
    @property
    def reason(self) -> str | None: ...


async def seed_answers(parts: RecordParts, seeds: Sequence[Seed], *, default: str) -> int:
    """Store the answers that are not there yet; gives how many.

    Raises:
        ConfigError: `config.answer`: an event or an act that does not exist.
    """
    added = 0
    for seed in seeds:
        answer = _answer(parts, seed, default)
        async with parts.store.step(answer.context) as step:
            await step.alone(f"answer {answer.id}")
            if await step.of(ANSWERS).get(answer.id) is None:
                await step.of(ANSWERS).add(answer)
                added += 1
    return added


def _answer(parts: RecordParts, seed: Seed, default: str) -> Answer:
    now = parts.clock.now()
    try:
        event, acts = Event(seed.on), tuple(Act(act) for act in seed.do)
    except ValueError as error:
        raise errors.CONFIG_ANSWER(
            id=seed.id,
            error=error,
            events=", ".join(Event),
            acts=", ".join(Act),
            events_zh="、".join(Event),
            acts_zh="、".join(Act),
        ) from error
    return Answer(
        id=seed.id,
        context=seed.context or default,
        on=event,
        do=acts,
        dataset=seed.dataset,
        agreement=seed.agreement,
        peer=seed.peer,
        priority=seed.priority,
        reason=seed.reason,
        created=now,
        updated=now,
    )
