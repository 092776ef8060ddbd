"""Who vouches for keys: the authorities that the operator trusts, and what this system can check of their word."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from xinfu.certificates import Certificate, ChainCheck, SignatureCheck, Trust, check_chain


@dataclass(frozen=True, kw_only=True)
class Authorities:
    """What certificates are held against.

    Attributes:
        trust: the authorities and revocation lists as the operator's files say now.
        checks: algorithm -> its check; SM2 is not on every system.
    """

    trust: Callable[[], Trust] = Trust
    checks: Mapping[str, SignatureCheck] = field(default_factory=dict)

    def check(self, chain: Sequence[Certificate], *, at: datetime) -> ChainCheck:
        """Whether the first certificate held at `at`, on the word of an authority that is trusted now."""
        return check_chain(chain, trust=self.trust(), at=at, checks=self.checks)
