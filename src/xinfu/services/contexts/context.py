"""Participant contexts: the participants that this node plays, and the addresses of each (D-01).

The contexts of node.toml exist from the start; additions and changes at run time override them. A closed context
answers no requests, but the messages that it still owes its peers are sent in its name.
"""

from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta

import msgspec
from msgspec.structs import replace

from xinfu.ports.records import ContextLimits, HostedContext
from xinfu.services.contexts import errors


class Context(msgspec.Struct, frozen=True, kw_only=True):
    """A participant that this node plays.

    Attributes:
        id: short name, part of our addresses.
        participant: the identifier that others know: a DID, or a plain name under a static identity.
        name: by language, "zh" and "en".
        protocol_root: the base address of `/.well-known/dspace-version`; no slash at the end.
        protocol_base: the base of protocol 2025-1 and our callback address (T-10).
        data_base: where our data listener serves this context.
        token_ttl: the longest life of an endpoint token (D-18).
        hold_counter_offers: whether a counter-offer waits for a person when no stored answer fits.
        entity: its subject code (主体标识码), 18 characters; "" for none.
        connector: the code of this node as its connector; "" for none.
        grade: the grade of its assets that state none; None: these are not offered.
        empty_policy_opens: whether a policy without a rule, posted to EDC's management API, permits use (D-36).
        filed_only: whether data flows only under a digital contract that is signed and filed, whatever the policy says.
        folders: below these its sources may lie, absolute, links resolved.
        sources: hosts and nets that are not public and that its sources may be at, as `Outbound.check_entry` takes them.
        limits: how much of the node it may take.
        closed: whether it is closed and answers no requests.
    """

    id: str
    participant: str
    name: dict[str, str]
    protocol_root: str
    protocol_base: str
    data_base: str
    token_ttl: timedelta
    hold_counter_offers: bool = True
    entity: str = ""
    connector: str = ""
    grade: int | None = None
    empty_policy_opens: bool = True
    filed_only: bool = False
    folders: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    limits: ContextLimits = ContextLimits()
    closed: bool = False


class Contexts:
    """The contexts of a node, found by id or by the API key that opens one alone.

    Args:
        contexts: the contexts of node.toml, at least one; the first is the default.
        make: a context from its record, for one that node.toml does not name.
    """

    def __init__(
        self, contexts: Iterable[Context], make: Callable[[HostedContext], Context] | None = None
    ) -> None:
        self._configured = {context.id: context for context in contexts}
        self._by_id = dict(self._configured)
        self._make = make
        self._keys: dict[str, str] = {}

    def __iter__(self) -> Iterator[Context]:
        return iter(list(self._by_id.values()))

    def __contains__(self, id: str) -> bool:  # noqa: A002 - the field's own name
        return id in self._by_id

    @property
    def first(self) -> Context:
        """The default context, used where no context is named."""
        return next(iter(self))

    def get(self, id: str) -> Context:  # noqa: A002 - the field's own name
        """The context, closed or not.

        Raises:
            NotFoundError: `context.not-found`.
        """
        context = self._by_id.get(id)
        if context is None:
            raise errors.CONTEXT_NOT_FOUND()
        return context

    def limits_of(self, id: str) -> ContextLimits:  # noqa: A002 - the field's own name
        """The limits of a context; no limits if there is no such context."""
        context = self._by_id.get(id)
        return ContextLimits() if context is None else context.limits

    def sources_of(self, id: str) -> tuple[str, ...]:  # noqa: A002 - the field's own name
        """The non-public addresses that a context's sources may have; none if there is no such context."""
        context = self._by_id.get(id)
        return () if context is None else context.sources

    def answering(self, id: str) -> Context:  # noqa: A002 - the field's own name
        """The open context with this id, for callers from outside; a closed one counts as not found.

        Raises:
            NotFoundError: `context.not-found`.
        """
        context = self.get(id)
        if context.closed:
            raise errors.CONTEXT_NOT_FOUND()
        return context

    def opened_by(self, key: str) -> Context | None:
        """The context whose own API key has this SHA-256 digest; None if there is none."""
        return self._by_id.get(self._keys.get(key, ""))

    def host(self, record: HostedContext) -> Context:
        """Apply a stored record to its context, made if new, and return the context."""
        base = self._configured.get(record.id) or self._made(record)
        grade = base.grade if record.grade is None else record.grade
        made = replace(
            base,
            grade=grade,
            folders=base.folders if record.folders is None else record.folders,
            sources=base.sources if record.sources is None else record.sources,
            limits=record.limits,
            closed=record.closed is not None,
        )
        self._by_id[record.id] = made
        self._keys = {key: id_ for key, id_ in self._keys.items() if id_ != record.id}
        if record.key:
            self._keys[record.key] = record.id
        return made

    def _made(self, record: HostedContext) -> Context:
        if self._make is None:
            raise errors.CONTEXT_NOT_FOUND()
        return self._make(record)


def must_answer(context: Context) -> Context:
    """Return the context, unless it is closed and so must not be changed.

    Raises:
        ConflictError: `context.closed`.
    """
    if context.closed:
        raise errors.CONTEXT_CLOSED()
    return context
