"""Explain who may do what, and why."""

from datetime import datetime
from typing import Any

from xinfu.api import (
    DryRun,
    ExplanationView,
)
from xinfu.client.handle import Handle


class Explanations(Handle):
    """The calls of a node that explain decisions."""

    async def explain(
        self,
        participant: str,
        dataset: str,
        *,
        action: str = "use",
        purpose: str | None = None,
        at: datetime | str | None = None,
    ) -> ExplanationView:
        """Explain whether a participant may perform an action on our dataset, and why. Asking spends nothing.

        Args:
            participant: its DID.
            purpose: the purpose that it would declare; by default the agreed one.
            at: the time of use; by default now.

        Raises:
            InputError: `explain.moment`: a time without an offset.
        """
        query = {
            "participant": participant,
            "dataset": dataset,
            "action": action,
            "purpose": purpose,
            "at": at.isoformat() if isinstance(at, datetime) else at,
        }
        return await self._transport.get("/explanation", ExplanationView, query)

    async def may_we(
        self,
        dataset: str | None = None,
        *,
        agreement: str | None = None,
        provider: str | None = None,
        action: str = "use",
        purpose: str | None = None,
        vault: bool = False,
        at: datetime | str | None = None,
    ) -> ExplanationView:
        """Explain whether we may perform an action on another's dataset, as far as our node knows; no provider is asked.

        Args:
            dataset: the dataset, under any agreement that we have for it.
            agreement: our id of the agreement to consider.
            provider: DID of the provider whose agreements to consider.
            purpose: the purpose that we would declare; by default the agreed one.
            vault: whether the data would land in our vault.
            at: the time of use; by default now.

        Raises:
            InputError: `explain.missing`: neither a dataset nor an agreement. `explain.moment`: a time without an offset.
        """
        query = {
            "dataset": dataset,
            "agreement": agreement,
            "provider": provider,
            "action": action,
            "purpose": purpose,
            "vault": "true" if vault else None,
            "at": at.isoformat() if isinstance(at, datetime) else at,
        }
        return await self._transport.get("/explanation", ExplanationView, query)

    async def dry_run(
        self,
        policy: dict[str, Any],
        *,
        dataset: str | None = None,
        action: str = "use",
        purpose: str | None = None,
    ) -> DryRun:
        """Return which known participants could agree to terms and then use a dataset.

        Raises:
            InputError: `policy.*`: it could not be published.
        """
        body = {"policy": policy, "action": action, "purpose": purpose}
        return await self._transport.post(
            "/dry-run", DryRun, body | ({"dataset": dataset} if dataset else {})
        )
