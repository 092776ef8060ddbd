"""Auditing a whole log: are the entries, the tiles and the heads one and the same history?

Damage is located as exactly as what is at hand allows. Against leaf hashes (level 0 tiles) the first bad
index is named, and whether an entry was changed, dropped, inserted or swapped there, or the tail cut off.
Whoever rewrites the tiles too meets the heads that others hold: the first head that does not fit bounds
the change between the last head that does and itself. Follows: usage-control design §11, DECISIONS D-20.
"""

from collections.abc import Iterable, Sequence
from typing import Final, Literal, TypeAlias

from xinfu.errors import XinfuError
from xinfu.evidence.canonical import leaf_hash
from xinfu.evidence.checkpoint import Checkpoint
from xinfu.evidence.entry import Entry
from xinfu.evidence.findings import Check, Findings, check
from xinfu.evidence.tiles import WIDTH, TileReader, all_tiles, grow, reader_of, tiles_of, unpack
from xinfu.evidence.tree import Frontier
from xinfu.verdict import Verdict

Damage: TypeAlias = Literal["changed", "dropped", "inserted", "swapped", "cut", "added"]

_SENTENCES: Final[dict[Damage, tuple[str, str]]] = {
    "changed": ("entry {0} is not the one that was hashed", "第 {0} 条存证与当初的哈希不符"),
    "dropped": ("entry {0} was dropped", "第 {0} 条存证被删除"),
    "inserted": ("entry {0} was inserted", "第 {0} 条存证是后来插入的"),
    "swapped": ("entry {0} changed its place with another", "第 {0} 条存证与其他条目调换了位置"),
    "cut": ("the log was cut off at entry {0}", "日志从第 {0} 条起被截断"),
    "added": ("entry {0} is behind the end of the hashed log", "第 {0} 条存证超出了已哈希的日志"),
}


def audit(
    entries: Sequence[bytes], heads: Iterable[Checkpoint], *, leaves: Sequence[bytes] | None = None
) -> Findings:
    """Check a log's entries against its leaf hashes and against heads.

    Args:
        entries: canonical bytes by index.
        heads: checkpoints of this log whose signatures hold, from wherever they were kept: the log's own,
            those that peers and witnesses hold. In any order; without one nothing says how long the log is.
        leaves: the leaf hashes of the level 0 tiles, as stored; None when there are none.
    """
    computed = [leaf_hash(entry) for entry in entries]
    checks = [] if leaves is None else [_against_leaves(computed, leaves)]
    fitting = all(each.verdict is Verdict.YES for each in checks)
    checks += _against_heads(computed, leaves, heads) or [_no_head()]
    if fitting:
        checks.append(_readable(entries))
    return Findings(checks=tuple(checks))


def _no_head() -> Check:
    return check(
        "log.head",
        about="signer",
        holds=Verdict.UNKNOWN,
        yes=("", ""),
        no=("no signed head says how long the log is", "没有已签署的检查点说明日志有多长"),
    )


def _against_leaves(computed: Sequence[bytes], leaves: Sequence[bytes]) -> Check:
    where = first_difference(computed, leaves)
    damage = "changed" if where is None else _damage(computed, leaves, where)
    return check(
        "log.entries",
        holds=where is None,
        at=f"entry {where}",
        yes=(
            f"all {len(computed)} entries have their leaf hashes",
            f"全部 {len(computed)} 条存证与叶哈希相符",
        ),
        no=(_SENTENCES[damage][0].format(where), _SENTENCES[damage][1].format(where)),
    )


def first_difference(computed: Sequence[bytes], leaves: Sequence[bytes]) -> int | None:
    """The first index at which two lists of hashes differ, in length too; None when they are equal."""
    for index, (one, other) in enumerate(zip(computed, leaves, strict=False)):
        if one != other:
            return index
    return None if len(computed) == len(leaves) else min(len(computed), len(leaves))


def _damage(computed: Sequence[bytes], leaves: Sequence[bytes], where: int) -> Damage:
    """The kind of damage at the first difference, judged by the leaves around it."""
    if where == len(computed):
        return "cut"
    if where == len(leaves):
        return "added"
    here, wanted = computed[where], leaves[where]
    if len(computed) < len(leaves) and here == leaves[where + 1]:
        return "dropped"
    if len(computed) > len(leaves) and computed[where + 1] == wanted:
        return "inserted"
    return "swapped" if here in leaves[where + 1 :] else "changed"


def _against_heads(
    computed: Sequence[bytes], leaves: Sequence[bytes] | None, heads: Iterable[Checkpoint]
) -> list[Check]:
    """Check each head, smallest first, against the tree of the entries, which is built once."""
    checks, frontier, sound = [], Frontier(), 0
    for head in sorted(heads, key=lambda each: each.size):
        if head.size <= len(computed):
            frontier = frontier.extend(computed[frontier.size : head.size])
        holds = frontier.size == head.size and frontier.root() == head.root
        checks.append(_head(head, holds=holds, sound=sound, have=len(computed)))
        if not holds:
            if leaves is not None and len(leaves) >= head.size:
                checks.append(_tiles_or_entries(leaves, head))
            break
        sound = head.size
    return checks


def _head(head: Checkpoint, *, holds: bool, sound: int, have: int) -> Check:
    if have < head.size:
        no = (
            f"the log has {have} entries, and a signed head of {head.size} exists: its tail was cut off",
            f"日志只有 {have} 条，而已签署的检查点有 {head.size} 条：尾部被截断",
        )
        at = f"entry {have}"
    else:
        no = (
            f"an entry from {sound} to {head.size - 1} is not the one that the head of {head.size} was signed over",
            f"第 {sound} 至 {head.size - 1} 条中有存证与大小为 {head.size} 的检查点不符",
        )
        at = f"entry {sound}" if head.size - sound == 1 else f"entries {sound} to {head.size - 1}"
    return check(
        "log.head",
        holds=holds,
        at=at,
        yes=(f"the log fits its head of {head.size}", f"日志与大小为 {head.size} 的检查点相符"),
        no=no,
    )


def _tiles_or_entries(leaves: Sequence[bytes], head: Checkpoint) -> Check:
    """Which of the two was changed: do the stored leaf hashes still lead to the head?"""
    fits = Frontier().extend(leaves[: head.size]).root() == head.root
    return check(
        "log.tiles",
        holds=fits,
        at="tile/0",
        yes=(
            "the stored leaf hashes still lead to the head: the entries were changed",
            "所存叶哈希仍与检查点一致：被改动的是存证条目",
        ),
        no=(
            "the stored leaf hashes do not lead to the head either",
            "所存叶哈希也与检查点不一致",
        ),
    )


def _readable(entries: Sequence[bytes]) -> Check:
    """Check that every entry can be read, is in canonical form, and has an id of its own."""
    seen: set[str] = set()
    for index, data in enumerate(entries):
        try:
            entry = Entry.from_bytes(data)
        except XinfuError as error:
            return _unreadable(index, error.en, error.zh)
        if entry.id in seen:
            return _unreadable(index, f"the id {entry.id} stands twice", f"标识 {entry.id} 重复出现")
        seen.add(entry.id)
    return check("log.form", holds=True, yes=("every entry can be read", "每条存证均可读取"), no=("", ""))


def _unreadable(index: int, en: str, zh: str) -> Check:
    return check("log.form", holds=False, at=f"entry {index}", yes=("", ""), no=(en, zh))


def stored_leaves(size: int, read: TileReader) -> list[bytes]:
    """The leaf hashes of a log of `size` entries out of its level 0 tiles.

    Raises:
        IntegrityError: `evidence.tile-broken`, or what `read` raises for a tile that is not there.
    """
    return [leaf for tile in tiles_of(size, 0) for leaf in unpack(read(tile), tile)]


def audit_tiles(leaves: Sequence[bytes], read: TileReader) -> Findings:
    """Check that the stored tiles are those that follow from the leaf hashes, and locate the first that is not.

    Args:
        leaves: leaf hashes that are known to be good, e.g. those of audited entries.
    """
    good = grow(0, leaves, reader_of({}))
    checks = []
    for tile in all_tiles(len(leaves)):
        try:
            where = first_difference(unpack(read(tile), tile), unpack(good[tile], tile))
        except XinfuError as error:
            checks.append(check("tile", holds=False, at=tile.path(), yes=("", ""), no=(error.en, error.zh)))
            continue
        if where is not None:
            span = WIDTH**tile.level
            first = (tile.index * WIDTH + where) * span
            checks.append(
                check(
                    "tile",
                    holds=False,
                    at=f"{tile.path()} hash {where}",
                    yes=("", ""),
                    no=(
                        f"a stored hash over entries {first} to {first + span - 1} was changed",
                        f"覆盖第 {first} 至 {first + span - 1} 条的哈希被改动",
                    ),
                )
            )
    if not checks:
        checks.append(
            check(
                "tile",
                holds=True,
                yes=("every tile follows from the entries", "所有瓦片与存证一致"),
                no=("", ""),
            )
        )
    return Findings(checks=tuple(checks))
