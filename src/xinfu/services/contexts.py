"""Participant contexts: who we are, one by one, and where others reach us as that (D-01)."""

from collections.abc import Iterable, Iterator
from datetime import timedelta

import msgspec

from xinfu.errors import NotFoundError


class Context(msgspec.Struct, frozen=True, kw_only=True):
    """One participant that this node plays.

    Attributes:
        id: short name, part of our addresses.
        participant: the identifier that others know: a DID, or a plain name under a static identity.
        name: by language, "zh" and "en".
        protocol_root: where `/.well-known/dspace-version` stands; no slash at the end.
        protocol_base: the base of protocol 2025-1 and our callback address (T-10).
        data_base: where our data listener serves this context.
        token_ttl: the longest life of an endpoint token (D-18).
        hold_counter_offers: whether a counter-offer waits for a person when no stored answer fits.
    """

    id: str
    participant: str
    name: dict[str, str]
    protocol_root: str
    protocol_base: str
    data_base: str
    token_ttl: timedelta
    hold_counter_offers: bool = True


class Contexts:
    """The contexts of a node, found by id or by participant identifier."""

    def __init__(self, contexts: Iterable[Context]) -> None:
        self._by_id = {context.id: context for context in contexts}

    def __iter__(self) -> Iterator[Context]:
        return iter(self._by_id.values())

    def get(self, id: str) -> Context:  # noqa: A002 - the field's own name
        """The context.

        Raises:
            NotFoundError: `context.not-found`.
        """
        context = self._by_id.get(id)
        if context is None:
            raise NotFoundError(
                "context.not-found", "This node plays no such participant.", "本节点没有这个参与方上下文。"
            )
        return context
