"""A cache of good signatures of credentials: each is checked once, not at every message.

A credential comes again with each token of its holder. Whether a signature fits a key and a message never
changes, so a good answer may be cached; key, message and signature are all part of what is looked up.
Nothing else of a credential is cached here: its time, status and holder are judged each time, and a
token is never a credential (D-03).
"""

import hashlib
from collections import OrderedDict
from collections.abc import Mapping
from typing import Final

from xinfu.credentials import SignatureCheck, SignatureChecks

MOST_HELD: Final = 4096


class CachedCheck:
    """A signature check that knows the good signatures it has seen."""

    def __init__(self, check: SignatureCheck) -> None:
        self._check = check
        self._good: OrderedDict[bytes, None] = OrderedDict()

    def verify(self, jwk: Mapping[str, str], message: bytes, signature: bytes) -> bool:
        """Whether the signature is that of the key over the message."""
        name = _name(jwk, message, signature)
        if name in self._good:
            self._good.move_to_end(name)
            return True
        if not self._check.verify(jwk, message, signature):
            return False
        self._good[name] = None
        if len(self._good) > MOST_HELD:
            self._good.popitem(last=False)
        return True


def cache_checks(checks: SignatureChecks) -> SignatureChecks:
    """The same checks, each with a cache of its own."""
    return {algorithm: CachedCheck(check) for algorithm, check in checks.items()}


def _name(jwk: Mapping[str, str], message: bytes, signature: bytes) -> bytes:
    """A digest over everything that the answer depends on, each part with its length."""
    digest = hashlib.sha256()
    key = [text.encode() for member in sorted(jwk.items()) for text in member]
    for part in (*key, message, signature):
        digest.update(len(part).to_bytes(8, "big") + part)
    return digest.digest()
