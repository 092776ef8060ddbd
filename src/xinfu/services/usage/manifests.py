"""Manifests and listings for a caller before it reads: paths, lengths and digests of a dataset's files.

They are as exact as the bytes, so where a rule counts uses they take one, on which the following read draws. Where
nothing counts uses they are free.
"""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from msgspec.structs import replace

from xinfu.errors import RefusedError
from xinfu.evidence import instant
from xinfu.evidence.entry import Fact
from xinfu.odrl import Decision, Measure
from xinfu.ports.records import GRANTS, MANIFESTS, AgreementRecord, Asset, Grant, KeyedRead, StoredManifest
from xinfu.ports.store import Step
from xinfu.services.parts import DataParts, RecordParts
from xinfu.services.usage import errors, meters, read_keys
from xinfu.services.usage.account import counts, is_paid, knows, pay_to_tell, take
from xinfu.services.usage.admission import Admission, CallerFacts, admit, admit_use, meet
from xinfu.services.usage.grant_lookup import ReadRequest
from xinfu.services.usage.read_keys import LISTED, KeyedRequest
from xinfu.services.usage.record import record_refusal, record_use

T = TypeVar("T")

Files = list[StoredManifest]
Find = Callable[[Step, str], Awaitable[Files]]
"""Finds what is to be told of an asset."""


class LiveSourceError(Exception):
    """The dataset is read live, because it has no file or none in the form that may leave; use `live_use`.

    Nothing was paid or recorded, and no step was opened for it.

    Attributes:
        caller: who asked, as `live_use` takes it.
    """

    def __init__(self, caller: CallerFacts) -> None:
        super().__init__()
        self.caller = caller


async def manifest_of(parts: DataParts, ask: ReadRequest, *, known: str = "") -> StoredManifest:
    """The chunk manifest of a file, for a caller who may read it; a refusal is recorded like that of a use.

    Args:
        known: the root that the caller knows; confirming that it still holds is free.

    Raises:
        As `use`, but for what reading alone can meet; LiveSourceError.
    """
    return await _noted(parts, ask, describe_file(parts, ask, known=known))


async def listing_of(parts: DataParts, ask: ReadRequest) -> Files:
    """The files of a folder, for a caller who may read it.

    Raises:
        As `manifest_of`.
    """
    return await _noted(parts, ask, _told(parts, ask, _files, _of_listing))


async def describe_file(parts: DataParts, ask: ReadRequest, *, known: str = "") -> StoredManifest:
    """Return the chunk manifest like `manifest_of`, for callers that record a refusal themselves."""

    async def found(step: Step, asset: str) -> Files:
        return [await find_manifest(step, asset, ask.path)]

    [manifest] = await _told(parts, ask, found, _of_file, root=known)
    return manifest


async def _noted(parts: RecordParts, ask: ReadRequest, telling: Awaitable[T]) -> T:
    try:
        return await telling
    except RefusedError as error:
        await record_refusal(parts, ask, error)
        raise


async def _files(step: Step, asset: str) -> Files:
    found: Files = []
    after: str | None = None
    while page := await step.of(MANIFESTS).find(MANIFESTS.asset.equals(asset), after=after, limit=1000):
        found += page
        after = page[-1].id
    return found


def _of_file(files: Files) -> KeyedRequest:
    """The content of a key under which a manifest is asked for: the whole file."""
    [file] = files
    return KeyedRequest(path=file.path, root=file.root, start=0, end=file.size_bytes)


def _of_listing(_: Files) -> KeyedRequest:
    return KeyedRequest(path=LISTED, root="", start=0, end=None)


async def _told(
    parts: DataParts, ask: ReadRequest, find: Find, wanted: Callable[[Files], KeyedRequest], *, root: str = ""
) -> Files:
    """Disclose the files that `find` returns; a step takes a use only if a rule counts uses and none is paid."""
    caller = await meet(parts, ask)
    if caller.is_live:
        raise LiveSourceError(caller)
    now = parts.clock.now()
    async with parts.store.view(ask.context) as view:
        admission = await admit(view, parts, ask, caller.claims, now)
        account, asset = admission.account, check_still(caller, admission)
        files = await find(view, asset.id)
        known = await read_keys.find_read(view, admission.agreement, ask.key, now) if ask.key else None
    if ask.key:
        is_told = _stands_for(known, wanted(files))
    else:
        is_told = is_paid(account, files) or bool(root and knows(account, files[0], root))
    if is_told or not counts(admission.decision):
        return files
    async with parts.store.step(ask.context) as step:
        admission = await admit_use(step, parts, ask, caller.claims, now)
        asset, decision = check_still(caller, admission), admission.decision
        account, agreement = admission.account, admission.agreement
        files = await find(step, asset.id)
        facts: dict[str, Fact] = {"dataset": asset.id, "root": "", "path": wanted(files).path}
        facts |= {"ranges": [], "bytes": 0, "outcome": "told", "started": instant(now), "ended": instant(now)}
        if ask.key:
            facts |= await _pay_once(step, parts, decision, agreement, account, ask.key, wanted(files))
            await record_use(step, parts, "use", facts, ask, agreement)
        elif await pay_to_tell(step, parts.clock, decision, agreement, account, files):
            await record_use(step, parts, "use", facts, ask, agreement)
        return files


def _stands_for(known: KeyedRead | None, wanted: KeyedRequest) -> bool:
    """Whether the requested content belongs to the read already made under the key."""
    if known is None:
        return False
    return wanted.path == LISTED or (known.path, known.root) == (wanted.path, wanted.root)


async def _pay_once(
    step: Step,
    parts: RecordParts,
    decision: Decision,
    agreement: AgreementRecord,
    account: Grant,
    key: str,
    wanted: KeyedRequest,
) -> dict[str, Fact]:
    """Take the use of a key if the key is new, and return the evidence facts of the read."""
    begun = await read_keys.begin(step, agreement, key, wanted, parts.clock.now())
    held = await take(step, parts.clock, decision, agreement, account, uses=int(begun.pays))
    await step.of(GRANTS).save(account)
    uses = await read_keys.end(step, begun, delivered=True)
    await meters.settle(step, held, {Measure.COUNT: uses})
    return begun.facts


def check_still(caller: CallerFacts, admission: Admission) -> Asset:
    """The asset whose stored bytes may leave, if it still is one.

    Raises:
        NotFoundError: `file.not-found`: the asset is gone.
        LiveSourceError: by now its bytes are not stored, or not in the form that may leave.
    """
    asset = admission.asset
    if asset is None:
        raise errors.FILE_NOT_FOUND_GONE()
    if asset.source.facts.is_live or admission.decision.transforms:
        raise LiveSourceError(replace(caller, is_live=True, is_kept=True))
    return asset


async def find_manifest(step: Step, asset: str, path: str) -> StoredManifest:
    """The stored manifest of a file of an asset.

    Raises:
        NotFoundError: `file.not-found`.
    """
    found = await step.of(MANIFESTS).get(f"{asset}/{path}")
    if found is None or found.asset != asset:  # ids may hold slashes: "a" + "b/c" reads like "a/b" + "c"
        raise errors.FILE_NOT_FOUND()
    return found
