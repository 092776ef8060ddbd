"""The certificate authorities that the operator trusts, and the signature checks that this system offers."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from xinfu.certificates.certificate import Certificate
from xinfu.certificates.chain import ChainCheck, Trust, check_chain
from xinfu.certificates.keys import SignatureCheck


@dataclass(frozen=True, kw_only=True)
class Authorities:
    """The trusted authorities and the signature checks by which certificates are checked.

    Attributes:
        trust: the authorities and revocation lists as the operator's files say now.
        checks: algorithm -> its check; SM2 is not on every system.
    """

    trust: Callable[[], Trust] = Trust
    checks: Mapping[str, SignatureCheck] = field(default_factory=dict)

    def check(self, chain: Sequence[Certificate], *, at: datetime) -> ChainCheck:
        """Check whether the first certificate was valid at `at` under an authority that is trusted now."""
        return check_chain(chain, trust=self.trust(), at=at, checks=self.checks)
