"""Findings of certificate checks: a closed list of codes, each with a verdict and a sentence in both languages."""

from enum import StrEnum
from typing import Final

import msgspec

from xinfu.verdict import Verdict


class Fault(StrEnum):
    """The reason why a chain does not hold, or could not be checked completely."""

    NO_ANCHOR = "certificate.no-anchor"
    SIGNATURE = "certificate.signature"
    ALGORITHM = "certificate.algorithm"
    EARLY = "certificate.early"
    EXPIRED = "certificate.expired"
    USAGE = "certificate.usage"
    NOT_AUTHORITY = "certificate.not-authority"
    PATH_LENGTH = "certificate.path-length"
    CRITICAL = "certificate.critical"
    REVOKED = "certificate.revoked"
    COMPROMISED = "certificate.compromised"
    REVOCATION_STALE = "certificate.revocation-stale"
    REVOCATION_FORGED = "certificate.revocation-forged"
    REVOCATION_UNCHECKED = "certificate.revocation-unchecked"


NO, UNKNOWN, YES = Verdict.NO, Verdict.UNKNOWN, Verdict.YES

MEANINGS: Final[dict[Fault, tuple[Verdict, str, str]]] = {
    Fault.NO_ANCHOR: (
        UNKNOWN,
        "no authority that is trusted here stands behind it",
        "没有本节点信任的证书机构为其担保",
    ),
    Fault.SIGNATURE: (
        NO,
        "it was not signed by the authority that it names",
        "不是由其所称的证书机构签发",
    ),
    Fault.ALGORITHM: (
        UNKNOWN,
        "it is signed by an algorithm that this system cannot check",
        "其签名算法本系统无法校验",
    ),
    Fault.EARLY: (NO, "it was not yet valid at the time of signing", "签署时尚未生效"),
    Fault.EXPIRED: (NO, "it had expired at the time of signing", "签署时已过期"),
    Fault.USAGE: (NO, "its key is not meant for this", "其密钥用途不符"),
    Fault.NOT_AUTHORITY: (NO, "it may not issue certificates", "无权签发证书"),
    Fault.PATH_LENGTH: (NO, "too many authorities stand below it", "其下的证书机构层级过多"),
    Fault.CRITICAL: (
        UNKNOWN,
        "it sets a condition that is not understood here",
        "含有本节点无法理解的关键扩展",
    ),
    Fault.REVOKED: (NO, "it had been revoked by the time of signing", "签署时已被吊销"),
    Fault.COMPROMISED: (
        UNKNOWN,
        "it was revoked later because its key had become known to others, who may have written any time of signing",
        "其后因密钥泄露被吊销，签署时间可能由他人伪造",
    ),
    Fault.REVOCATION_STALE: (
        UNKNOWN,
        "the revocation list of its authority was out of date at the time of signing",
        "签署时其机构的吊销列表已过期",
    ),
    Fault.REVOCATION_FORGED: (
        UNKNOWN,
        "the revocation list of its authority is not signed by it",
        "其机构的吊销列表不是由该机构签署",
    ),
    Fault.REVOCATION_UNCHECKED: (
        YES,
        "revocation was not checked: no list of its authority is at hand",
        "未检查吊销状态：没有其机构的吊销列表",
    ),
}
"""Fault -> what it does to the verdict, and its words about a certificate."""


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """A fault found in a certificate.

    Attributes:
        subject: of the certificate, as one line.
    """

    fault: Fault
    subject: str

    @property
    def verdict(self) -> Verdict:
        """The verdict on the chain from this finding alone."""
        return MEANINGS[self.fault][0]

    def sentence(self, language: str) -> str:
        """The finding in `language` ("zh" or "en")."""
        _, en, zh = MEANINGS[self.fault]
        return f"证书“{self.subject}”：{zh}。" if language == "zh" else f"Certificate “{self.subject}”: {en}."
