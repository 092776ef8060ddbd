"""Whether a chain of certificates leads to an authority that we trust, and held at the moment of signing.

The signer's certificate comes first, the others in any order; whoever signs need not send the anchor. A path goes
from issuer name to subject name, by a signature that holds, up to a certificate that the node's operator named.
Then every certificate of the path is judged at the moment of signing: validity, whether it may issue, how many
authorities may stand below it, what its key is for, conditions that nobody here understands, revocation.

- YES: there is such a path and nothing on it is wrong.
- NO: something on the best path is wrong, or a signature was forged.
- UNKNOWN: no path leads to an anchor, or something on it cannot be told here.

Work is bounded: 8 certificates a chain, 64 signatures checked, 6 steps to the anchor. Nothing is fetched. Revocation is
told by lists that the operator puts beside the anchors; without a list of the issuer it is stated as unchecked.

Follows: RFC 5280 section 6 (without policies and name constraints, which make a chain UNKNOWN where they bind).
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import pairwise
from typing import Final

import msgspec

from xinfu.certificates.certificate import Certificate, malformed, parse_certificate
from xinfu.certificates.findings import Fault, Finding
from xinfu.certificates.keys import SignatureChecks
from xinfu.certificates.revocation import RevocationList
from xinfu.verdict import Verdict, every

MOST_CERTIFICATES: Final = 8
MOST_STEPS: Final = 6
MOST_CHECKS: Final = 64
MOST_ANCHORS: Final = 256


class Trust(msgspec.Struct, frozen=True, kw_only=True):
    """The authorities that this node's operator trusts, and the revocation lists at hand."""

    anchors: tuple[Certificate, ...] = ()
    lists: tuple[RevocationList, ...] = ()


class ChainCheck(msgspec.Struct, frozen=True, kw_only=True):
    """The answer about a chain.

    Attributes:
        path: from the signer to the anchor; the signer alone when no path was found.
        findings: everything that was found, and that revocation was not checked where it was not.
    """

    verdict: Verdict
    path: tuple[Certificate, ...]
    findings: tuple[Finding, ...]

    @property
    def signer(self) -> Certificate:
        """The certificate of the one who signed."""
        return self.path[0]


def parse_chain(chain: Sequence[bytes]) -> tuple[Certificate, ...]:
    """Read the certificates of a chain, the signer's first.

    Raises:
        InputError: `certificate.malformed`: none, more than 8, or one that cannot be read.
    """
    if not 0 < len(chain) <= MOST_CERTIFICATES:
        raise malformed("a chain has 1 to 8 certificates", "证书链应含 1 至 8 个证书")
    return tuple(parse_certificate(der) for der in chain)


def check_chain(
    chain: Sequence[Certificate], *, trust: Trust, at: datetime, checks: SignatureChecks
) -> ChainCheck:
    """Whether the first certificate of `chain` held at `at`, on the word of a trusted authority.

    Args:
        chain: from `parse_chain`.
        at: the moment of signing; aware.
        checks: the algorithms that can be checked here.
    """
    search = _Search(chain, trust, checks)
    judged = [_judge(path, trust.lists, at, checks) for path in search.paths()]
    if judged:
        return max(judged, key=lambda each: each.verdict.value)
    lonely = [
        *_judge_signer(chain[0], at),
        *dict.fromkeys(search.faults),
        _finding(Fault.NO_ANCHOR, chain[0]),
    ]
    return _answer((chain[0],), lonely)


class _Search:
    """Paths to an anchor, the shortest first, over signatures that hold."""

    def __init__(self, chain: Sequence[Certificate], trust: Trust, checks: SignatureChecks) -> None:
        self.faults: list[Finding] = []
        self._checks = checks
        self._signer = chain[0]
        self._anchors = frozenset(each.der for each in trust.anchors)
        self._authorities = (*trust.anchors, *(each for each in chain if each.der not in self._anchors))
        self._left = MOST_CHECKS

    def paths(self) -> Iterator[tuple[Certificate, ...]]:
        waiting: list[tuple[Certificate, ...]] = [(self._signer,)]
        while waiting:
            path = waiting.pop(0)
            if path[-1].der in self._anchors:
                yield path
            elif len(path) <= MOST_STEPS:
                waiting.extend((*path, issuer) for issuer in self._issuers(path))

    def _issuers(self, path: tuple[Certificate, ...]) -> Iterator[Certificate]:
        below = path[-1]
        for issuer in self._authorities:
            if issuer in path or not _may_have_issued(issuer, below):
                continue
            if self._left == 0:
                return
            self._left -= 1
            fault = _signature_fault(below, issuer, self._checks)
            if fault is None:
                yield issuer
            else:
                self.faults.append(_finding(fault, below))


def _may_have_issued(issuer: Certificate, below: Certificate) -> bool:
    """Whether names fit, and key ids where both state them."""
    stated = (issuer.subject_key_id, below.authority_key_id)
    return issuer.subject == below.issuer and (None in stated or stated[0] == stated[1])


def _signature_fault(below: Certificate, issuer: Certificate, checks: SignatureChecks) -> Fault | None:
    check = None if below.algorithm is None else checks.get(below.algorithm)
    if check is None or issuer.jwk is None:
        return Fault.ALGORITHM
    return None if check.verify(issuer.jwk, below.tbs, below.signature) else Fault.SIGNATURE


def _judge(
    path: tuple[Certificate, ...], lists: Sequence[RevocationList], at: datetime, checks: SignatureChecks
) -> ChainCheck:
    findings = _judge_signer(path[0], at)
    for place, authority in enumerate(path[1:], start=1):
        findings += _judge_validity(authority, at)
        findings += _judge_authority(authority, below=path[1:place])
    for below, issuer in pairwise(path):
        findings += _judge_revocation(below, issuer, lists, at, checks)
    return _answer(path, findings)


def _judge_signer(signer: Certificate, at: datetime) -> list[Finding]:
    usage = [] if signer.states else [_finding(Fault.USAGE, signer)]
    return [*_judge_validity(signer, at), *usage]


def _judge_validity(certificate: Certificate, at: datetime) -> list[Finding]:
    findings = []
    if at < certificate.not_before:
        findings.append(_finding(Fault.EARLY, certificate))
    if at > certificate.not_after:
        findings.append(_finding(Fault.EXPIRED, certificate))
    if certificate.unread:
        findings.append(_finding(Fault.CRITICAL, certificate))
    return findings


def _judge_authority(authority: Certificate, *, below: Sequence[Certificate]) -> list[Finding]:
    """RFC 5280, 6.1.4 (k) to (n); authorities that renamed their own key do not count for the length."""
    findings = []
    if not authority.is_authority:
        findings.append(_finding(Fault.NOT_AUTHORITY, authority))
    if not authority.signs_certificates:
        findings.append(_finding(Fault.USAGE, authority))
    deep = sum(not each.is_self_issued for each in below)
    if authority.path_length is not None and deep > authority.path_length:
        findings.append(_finding(Fault.PATH_LENGTH, authority))
    return findings


def _judge_revocation(
    below: Certificate,
    issuer: Certificate,
    lists: Iterable[RevocationList],
    at: datetime,
    checks: SignatureChecks,
) -> list[Finding]:
    theirs = [each for each in lists if each.issuer == below.issuer]
    if not theirs:
        return [_finding(Fault.REVOCATION_UNCHECKED, below)]
    signed = [each for each in theirs if _is_list_of(each, issuer, checks)]
    if not signed:
        return [_finding(Fault.REVOCATION_FORGED, below)]
    entries = [each.revoked[below.serial] for each in signed if below.serial in each.revoked]
    if any(entry.since <= at for entry in entries):
        return [_finding(Fault.REVOKED, below)]
    if any(entry.compromised for entry in entries):
        return [_finding(Fault.COMPROMISED, below)]
    return [] if any(each.covers(at) for each in signed) else [_finding(Fault.REVOCATION_STALE, below)]


def _is_list_of(found: RevocationList, issuer: Certificate, checks: SignatureChecks) -> bool:
    check = None if found.algorithm is None else checks.get(found.algorithm)
    return (
        check is not None
        and issuer.jwk is not None
        and issuer.signs_lists
        and check.verify(issuer.jwk, found.tbs, found.signature)
    )


def _finding(fault: Fault, certificate: Certificate) -> Finding:
    return Finding(fault=fault, subject=certificate.name)


def _answer(path: tuple[Certificate, ...], findings: Sequence[Finding]) -> ChainCheck:
    verdict = every([Verdict.YES, *(each.verdict for each in findings)])
    return ChainCheck(verdict=verdict, path=path, findings=tuple(findings))
