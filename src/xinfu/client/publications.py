"""Publish datasets, offer them to others, and withdraw them."""

import asyncio
import mimetypes
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, Literal
from urllib.parse import quote

from xinfu.api import (
    AssetView,
    ContractDefinitionView,
    PolicyDefinitionView,
    PublicationAnswer,
    PublicationAnswers,
    Published,
)
from xinfu.client.handle import Handle

UNKNOWN_MEDIA = "application/octet-stream"
_TOGETHER = 500
"""Publications in one call."""


class Publications(Handle):
    """The calls of a node that publish and withdraw its datasets."""

    async def publish(
        self,
        source: str | Path | Mapping[str, Any],
        *,
        id: str,  # noqa: A002 - the API's name
        grade: int | None = None,
        policy: dict[str, Any] | None = None,
        access: dict[str, Any] | None = None,
        title: dict[str, str] | None = None,
        description: dict[str, str] | None = None,
        keywords: Sequence[str] = (),
        media_type: str | None = None,
        generated: bool = False,
        derived_from: Sequence[str] = (),
        kind: Literal["file", "folder"] | None = None,
        replace: bool = False,
        reason: str | None = None,
        past: bool = False,
    ) -> Published:
        """Publish a source as a dataset, in one call.

        Publishing the same source again measures it anew. Any other change under an existing id needs `replace`;
        agreements keep their terms.

        Args:
            source: a file or folder of the node's machine; or a source as the API takes it, such as of `in_bucket`.
            grade: of the data (分类分级), 1 to 5; by default the grade stated before, or that of the context.
            policy: its terms (`xinfu.client.policy` writes the usual ones); by default those of its grade.
            access: who sees the offer; by default every authenticated participant.
            title, description: by language, "zh" and "en".
            media_type: guessed from the name when None.
            derived_from: agreements under which we received the data that it is derived from; each has to permit the
                offer by its permission to `derive`.
            kind: by default determined from the local path.
            replace: replace the asset published under this id.
            reason: the reason for the log; required for a lower grade, wider terms or a wider audience.
            past: accept rules whose time is over.

        Raises:
            RefusedError: `source.not-allowed`, `derived.not-permitted`. InputError: `source.*`, `address.refused`,
                `policy.*`, `grade.*`, `publication.reason`. ConflictError: `publication.exists`.
        """
        stated = source if isinstance(source, Mapping) else await asyncio.to_thread(_place, source, kind)
        asset = {
            "id": id,
            "source": stated,
            "grade": grade,
            "title": title or {},
            "description": description or {},
            "keywords": list(keywords),
            "media_type": media_type or _media_type(stated),
            "generated": generated,
            "derived_from": list(derived_from),
        }
        body = {
            "asset": asset,
            "policy": policy,
            "access": access,
            "replace": replace,
            "reason": reason,
            "past": past,
        }
        return await self._transport.post("/publications", Published, body)

    async def define(
        self,
        id_: str,
        datasets: Sequence[str],
        *,
        policy: dict[str, Any],
        access: dict[str, Any],
    ) -> ContractDefinitionView:
        """Offer published datasets to further participants or under other terms, by another contract definition.

        Args:
            policy: its terms. access: who sees this offer.

        Raises:
            ConflictError: `policy.exists`, `definition.exists`. InputError: `policy.*`. NotFoundError: `asset.not-found`.
            RefusedError: `derived.not-permitted`.
        """
        named = {"access_policy": f"{id_} seen by", "contract_policy": id_}
        for key, terms in (("access_policy", access), ("contract_policy", policy)):
            await self._transport.post("/policies", PolicyDefinitionView, {"id": named[key], "policy": terms})
        body = {"id": id_, "assets": list(datasets), **named}
        return await self._transport.post("/contract-definitions", ContractDefinitionView, body)

    async def publish_all(
        self, publications: Iterable[Mapping[str, Any]]
    ) -> AsyncIterator[PublicationAnswer]:
        """Publish many assets, each independent of the others, a few hundred in a call.

        Args:
            publications: bodies of `POST /publications`: `asset` with its `grade`, `policy` if it differs from that of
                the grade, and `access` if not everyone may see it.

        Returns:
            The result of each, in order; a refused publication does not affect the others.
        """
        rest = iter(publications)
        while some := list(islice(rest, _TOGETHER)):
            body = {"publications": some}
            answers = await self._transport.post("/publications/batch", PublicationAnswers, body)
            for each in answers.items:
                yield each

    def assets(self) -> AsyncIterator[AssetView]:
        """Yield the assets of the node."""
        return self._transport.pages("/assets", AssetView)

    async def withdraw(self, id_: str) -> None:
        """Remove an asset from the catalog and delete its record.

        Raises:
            NotFoundError: `asset.not-found`. ConflictError: `asset.in-use`: live agreements stand on it.
        """
        await self._transport.delete(f"/assets/{quote(id_, safe='')}")


def _place(path: str | Path, kind: Literal["file", "folder"] | None) -> dict[str, Any]:
    here = Path(path).resolve()
    return {"kind": kind or ("folder" if here.is_dir() else "file"), "path": str(here)}


def _media_type(source: Mapping[str, Any]) -> str:
    """Return the media type that the name of a file or object suggests."""
    name = {"file": source.get("path"), "s3": source.get("key")}.get(str(source.get("kind")))
    return (mimetypes.guess_type(str(name), strict=False)[0] if name else None) or UNKNOWN_MEDIA
