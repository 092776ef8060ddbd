"""The only writer of a log's order: gapless indexes, tiles, and a signed checkpoint (D-19).

Steps append entries without an index. After activity the sequencer numbers the waiting entries, extends the tiles
and signs a checkpoint, all in one step; while a log is idle nothing is signed. A node that starts signs the head of its
log again: so a store that was set back shows a head that is smaller and newer than those that its peers hold.
"""

from datetime import datetime

from xinfu.evidence import Checkpoint, Frontier, Note, NoteKey, Tile, grow, leaf_hash, reader_of
from xinfu.evidence.tiles import HEIGHT, WIDTH
from xinfu.ports.log import Head, Log
from xinfu.ports.observer import NoObserver, Observer
from xinfu.ports.signer import Signer
from xinfu.ports.store import Store

BATCH = 1000


async def sequence(
    store: Store,
    context: str,
    *,
    signer: Signer,
    origin: str,
    now: datetime,
    observer: Observer | None = None,
) -> int:
    """Number up to 1,000 waiting entries of a context's log, and return how many.

    Args:
        signer: the context's log key (Ed25519 or P-256).
        origin: the context's DID, the log's name in checkpoints.
        observer: receives the entries once they are numbered.
    """
    async with store.step(context) as step:
        waiting = await step.log.pending(BATCH)
        if not waiting:
            return 0
        frontier = await frontier_of(step.log)
        leaves = [leaf_hash(entry.canonical) for entry in waiting]
        tiles = grow(frontier.size, leaves, reader_of(await _right_edge(step.log, frontier.size)))
        for tile, hashes in tiles.items():
            await step.log.save_tile(tile.level, tile.index, hashes)
        await step.log.number([entry.row for entry in waiting], frontier.size)
        await step.log.index_terms(waiting)
        grown = frontier.extend(leaves)
        await step.log.save_head(Head(size=grown.size, frontier=grown.to_bytes()))
        newest = await step.log.checkpoint()
        before = None if newest is None else _head_in(newest)
        head = Checkpoint.of(origin, grown.size, grown.root(), now, before)
        await step.log.save_checkpoint(grown.size, _sign(head, signer))
        step.publish("checkpoint")
    (observer or NoObserver()).recorded(context, waiting)
    return len(waiting)


async def sign_again(store: Store, context: str, *, signer: Signer, origin: str, now: datetime) -> None:
    """Sign the newest head of a context's log once more, at a later time.

    Nothing happens for an empty log, nor where another key signed the head: the last head of a key vouches for the next.
    """
    key = NoteKey.from_jwk(origin, signer.public_jwk())
    async with store.step(context) as step:
        await step.log.pending(1)  # no other worker grows the log meanwhile
        newest = await step.log.checkpoint()
        if newest is None or key.key_hash not in [each.key_hash for each in Note.parse(newest).signatures]:
            return
        before = _head_in(newest)
        head = Checkpoint.of(origin, before.size, before.root, now, before)
        await step.log.save_checkpoint(head.size, _sign(head, signer))
        step.publish("checkpoint")


def _head_in(note: str) -> Checkpoint:
    return Checkpoint.parse(Note.parse(note).text)


async def frontier_of(log: Log) -> Frontier:
    """The frontier of the log; an empty one before the first entry."""
    head = await log.head()
    return Frontier() if head is None else Frontier.from_bytes(head.frontier)


async def _right_edge(log: Log, size: int) -> dict[Tile, bytes]:
    """The partial tiles of a log of `size` entries, one for each level."""
    edge: dict[Tile, bytes] = {}
    level = 0
    while count := size >> HEIGHT * level:
        index, width = divmod(count, WIDTH)
        hashes = await log.tile(level, index) if width else None
        if hashes is not None:
            edge[Tile(level, index, width)] = hashes
        level += 1
    return edge


def _sign(head: Checkpoint, signer: Signer) -> str:
    key = NoteKey.from_jwk(head.origin, signer.public_jwk())
    return head.signed(key, signer.sign(head.text().encode()))
