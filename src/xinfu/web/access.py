"""Access to the management listener: the node's key opens every context, a context's key opens its own."""

import hmac

import msgspec

from xinfu.ports.observer import about
from xinfu.services.contexts.context import Context, Contexts
from xinfu.services.hosting import key_digest
from xinfu.services.vault.passes import Pass
from xinfu.web import errors


class Access(msgspec.Struct, frozen=True):
    """The access that a key gives: to one context, or to every context and the node itself (`only` is None)."""

    only: str | None = None
    passed: Pass | None = None
    """The pass of the vault, if the caller showed a pass instead of a key."""

    def to(self, contexts: Contexts, named: str | None) -> Context:
        """Return the context of a call: the named one, else that of the key, else the first of the node.

        Raises:
            NotFoundError: `context.not-found`, also if the key does not open the context (M4).
        """
        if named and self.only and named != self.only:
            named = ""
        elif not named:
            named = self.only or contexts.first.id
        found = contexts.get(named)
        about(found.id)
        return found

    def shown(self, contexts: Contexts) -> list[Context]:
        """Return the contexts that the key may see."""
        return [each for each in contexts if self.only in {None, each.id}]

    def must_be_the_nodes(self) -> None:
        """Refuse a caller whose key opens only one context.

        Raises:
            RefusedError: `api.node-key`.
        """
        if self.only is not None:
            raise errors.API_NODE_KEY()


def access_of(given: str, api_key: bytes, contexts: Contexts) -> Access | None:
    """Return the access that a key gives, or None for an unknown key; keys are compared in constant time."""
    if hmac.compare_digest(given.encode(), api_key):
        return Access()
    own = contexts.opened_by(key_digest(given)) if given else None
    return None if own is None else Access(own.id)
