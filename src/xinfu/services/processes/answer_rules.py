"""Stored answers (应答规则), edited by our own people: on an event, do these acts."""

from msgspec.structs import replace

from xinfu.ports.records import ANSWERS, Answer
from xinfu.services.offering.stating import participant
from xinfu.services.parts import RecordParts
from xinfu.services.processes import errors


async def save(parts: RecordParts, answer: Answer) -> Answer:
    """Store an answer in place of the one of its id, if there is one.

    Args:
        answer: `peer` may be an alias of the address book; its times and version are set here.

    Raises:
        InputError: as `participant`: the peer is no DID and no alias.
    """
    now = parts.clock.now()
    async with parts.store.step(answer.context) as step:
        before = await step.of(ANSWERS).get(answer.id)
        peer = answer.peer
        if peer is not None:
            peer = await participant(step, parts.contexts.get(answer.context), peer)
        if before is None:
            made = replace(answer, peer=peer, version=1, created=now, updated=now)
            await step.of(ANSWERS).add(made)
        else:
            made = replace(answer, peer=peer, version=before.version + 1, created=before.created, updated=now)
            await step.of(ANSWERS).save(made)
    return made


async def remove(parts: RecordParts, context: str, id_: str) -> None:
    """Remove an answer.

    Raises:
        NotFoundError: `answer.not-found`.
    """
    async with parts.store.step(context) as step:
        if not await step.of(ANSWERS).remove(id_):
            raise errors.ANSWER_NOT_FOUND()
