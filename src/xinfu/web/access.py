"""Who calls the management listener: with the node's key every context is open, with a context's key just that one."""

import hmac

import msgspec

from xinfu.ports.observer import about
from xinfu.services.contexts.context import Context, Contexts
from xinfu.services.hosting import key_digest
from xinfu.services.vault.passes import Pass
from xinfu.web import errors


class Access(msgspec.Struct, frozen=True):
    """What a key opens: one context, or every one and the node itself (None)."""

    only: str | None = None
    passed: Pass | None = None
    """A pass of the vault, where that is all that was shown."""

    def to(self, contexts: Contexts, named: str | None) -> Context:
        """The context that a call is about: the one that it names, else its key's, else the node's first.

        Raises:
            NotFoundError: `context.not-found`, also for one that the key does not open (M4).
        """
        if named and self.only and named != self.only:
            named = ""
        elif not named:
            named = self.only or contexts.first.id
        found = contexts.get(named)
        about(found.id)
        return found

    def shown(self, contexts: Contexts) -> list[Context]:
        """The contexts that it may know of."""
        return [each for each in contexts if self.only in {None, each.id}]

    def must_be_the_nodes(self) -> None:
        """Refuse who holds the key of one context only.

        Raises:
            RefusedError: `api.node-key`.
        """
        if self.only is not None:
            raise errors.API_NODE_KEY()


def access_of(given: str, api_key: bytes, contexts: Contexts) -> Access | None:
    """What a key opens, compared in constant time; None: nothing."""
    if hmac.compare_digest(given.encode(), api_key):
        return Access()
    own = contexts.opened_by(key_digest(given)) if given else None
    return None if own is None else Access(own.id)
