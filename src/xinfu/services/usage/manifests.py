"""What a caller may know of a dataset's files before it reads them: costs no use."""

from xinfu.errors import NotFoundError
from xinfu.odrl import Decision
from xinfu.ports.records import Asset, StoredManifest
from xinfu.ports.store import Step
from xinfu.services import grants
from xinfu.services.parts import Parts
from xinfu.services.usage.granted import Ask, allowed, claims_now, granted


class LiveSourceError(Exception):
    """The dataset is read live: no file lies there, or none in the form that may leave; `live_use` is the way to it.

    Nothing was paid or recorded.
    """


async def manifest_of(parts: Parts, ask: Ask) -> StoredManifest:
    """The chunk manifest of a file, for a caller whose token may read it.

    Raises:
        As `use`, but for what reading alone can meet; LiveSourceError.
    """
    claims = await claims_now(parts, ask)
    now = parts.clock.now()
    async with parts.store.view(ask.context) as view:
        grant, agreement = await granted(view, ask, now)
        decision = await allowed(view, ask, agreement, await grants.account(view, grant), claims, now)
        check_still(parts, await view.assets.get(grant.dataset), decision)
        return await find_manifest(view, grant.dataset, ask.path)


async def listing_of(parts: Parts, ask: Ask) -> list[StoredManifest]:
    """The files of a folder, for a caller whose token may read it.

    Raises:
        As `manifest_of`.
    """
    claims = await claims_now(parts, ask)
    now = parts.clock.now()
    async with parts.store.view(ask.context) as view:
        grant, agreement = await granted(view, ask, now)
        decision = await allowed(view, ask, agreement, await grants.account(view, grant), claims, now)
        check_still(parts, await view.assets.get(grant.dataset), decision)
        found: list[StoredManifest] = []
        after: str | None = None
        while page := await view.manifests.find({"asset": grant.dataset}, after=after, limit=1000):
            found += page
            after = page[-1].id
        return found


def check_still(parts: Parts, asset: Asset | None, decision: Decision) -> None:
    """The bytes that may leave lie there before they are asked for.

    Raises:
        LiveSourceError: those of this asset do not, or not in the form that is asked for.
    """
    if asset is not None and (asset.source.kind in parts.live or decision.transforms):
        raise LiveSourceError


async def find_manifest(step: Step, asset: str, path: str) -> StoredManifest:
    """The stored manifest of a file of an asset.

    Raises:
        NotFoundError: `file.not-found`.
    """
    found = await step.manifests.get(f"{asset}/{path}")
    if found is None or found.asset != asset:  # ids may hold slashes: "a" + "b/c" reads like "a/b" + "c"
        raise NotFoundError("file.not-found", "The dataset has no such file.", "该数据产品中没有这个文件。")
    return found
