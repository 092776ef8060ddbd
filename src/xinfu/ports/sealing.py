"""Sealing: makes and checks signatures over contracts and over message headers.

A seal names the key that made it; its certificate chain states the holder of the key. Without a chain it was made by a
bare key of a DID, which can be checked against the DID document and is marked "not a certified signature".
Certificates are checked as of the time of signing, not of the check.

Follows: TC609-6-2025-14, 7.3 f, 7.5 a, 8.3; NDI-TR-2025-03 (draft), 8.2.3 and annex A.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from enum import StrEnum
from typing import Final, Protocol

import msgspec

from xinfu.certificates.findings import MEANINGS, Fault
from xinfu.ports.signer import Signer
from xinfu.verdict import Verdict

Covered = Callable[[str], bytes]
"""The algorithm of a signature -> the bytes that it covers, whose digests depend on the algorithm."""


class ContractKey(msgspec.Struct, frozen=True, kw_only=True):
    """The key that signs contracts, with its certificate chain as DER, its own certificate first; () for a bare key."""

    signer: Signer
    certificates: tuple[bytes, ...] = ()


class Seal(msgspec.Struct, frozen=True, kw_only=True):
    """A signature, with the key and the certificates that belong to it.

    Attributes:
        algorithm: `EdDSA`, `ES256` or `SM2`.
        key_id: the verification method, `did#fragment`; "" if only a certificate names the key.
        chain: certificates as PEM, that of the key first; () for a bare key.
        value: raw signature, lower-case hex.
    """

    algorithm: str
    key_id: str
    public_jwk: dict[str, str]
    chain: tuple[str, ...]
    value: str


class SealReason(StrEnum):
    """The reasons why a seal is not certified, or not valid."""

    WRONG = "seal.wrong"
    """The key did not make this signature over these bytes."""
    OTHER_HOLDER = "seal.other-holder"
    """The key belongs to somebody else."""
    UNLISTED = "seal.key-unlisted"
    """The holder's DID document does not list the key, or no longer does."""
    ENDED = "seal.key-ended"
    """The holder's DID document says that the key had ended when the signature was first seen."""
    UNRESOLVED = "seal.holder-unresolved"
    """The holder's DID document could not be obtained."""
    UNCERTIFIED = "seal.not-certified"
    """A bare key: the signature is valid, but not certified."""
    ALGORITHM = "seal.algorithm"
    """This system cannot check the algorithm."""
    CHAIN = "seal.chain"
    """The certificates of the seal cannot be read."""


SEAL_WORDS: Final[Mapping[str, tuple[str, str]]] = {
    SealReason.WRONG: (
        "it is forged, changed or made for something else",
        "签名系伪造、被改动，或并非对此内容签署",
    ),
    SealReason.OTHER_HOLDER: ("its key is somebody else's", "签名密钥属于他人"),
    SealReason.UNLISTED: (
        "the holder's DID document does not list its key, or no longer",
        "持有者的 DID 文档未列出或不再列出该密钥",
    ),
    SealReason.ENDED: (
        "its key was rotated out before the signature was first seen",
        "首次出示签名时其密钥已被轮换停用",
    ),
    SealReason.UNRESOLVED: ("the holder's DID document could not be had", "无法取得持有者的 DID 文档"),
    SealReason.UNCERTIFIED: ("it is not a certified signature", "未经认证的签名"),
    SealReason.ALGORITHM: ("this system cannot check its algorithm", "本系统无法校验其算法"),
    SealReason.CHAIN: ("the certificates beside it cannot be read", "所附证书无法读取"),
}
"""Reason -> its sentence in English and Chinese; the reasons of certificates have theirs in `MEANINGS`."""


class SealStanding(msgspec.Struct, frozen=True, kw_only=True):
    """The result of checking a seal.

    Attributes:
        verdict: YES only if the signature is valid, and the key is proven to belong to its holder.
        certified: proven by a chain that was valid at the time of signing; a bare DID key is not certified.
        subject: the subject of the certificate; "" for a bare key.
        reasons: stable codes, including those of its certificates (`certificate.*`); some do not make a seal invalid.
    """

    verdict: Verdict
    certified: bool = False
    subject: str = ""
    reasons: tuple[str, ...] = ()

    def sentence(self, language: str) -> str:
        """The reasons as text in `language` ("zh" or "en"); empty if there are none."""
        words = (SEAL_WORDS.get(each) or MEANINGS[Fault(each)][1:] for each in self.reasons)
        return "；".join(zh for _, zh in words) if language == "zh" else "; ".join(en for en, _ in words)


class Sealing(Protocol):
    """Signs for the participant contexts of this node, and checks the signatures of anyone."""

    async def seal(self, *, context: str, covered: Callable[[Seal], bytes]) -> Seal:
        """Sign the canonical bytes of a contract or of a receipt.

        Args:
            covered: the future seal, with an empty value -> the bytes to sign, which may cover its key.

        Raises:
            NotFoundError: `context.not-found`.
            ConfigError: `algorithm.unavailable`.
        """
        ...

    async def check(
        self, seal: Seal, covered: Covered, *, holder: str, entity: str, at: datetime, seen: datetime
    ) -> SealStanding:
        """Check a seal. Never raises: what cannot be determined is UNKNOWN.

        Args:
            holder: participant id of the stated signer. entity: its subject code, "" for none.
            at: the time of signing, as the signer states it.
            seen: a time at which the seal certainly was in other hands than the signer's; a key that had ended by then
                is refused, whatever time of signing is stated. The same as `at` if the seal was checked on arrival.
        """
        ...

    def is_signed(self, jwk: Mapping[str, str], message: bytes, signature: bytes) -> bool:
        """Whether this key made a raw signature over these bytes, by the algorithm of its curve."""
        ...

    async def stamp(self, *, context: str, covered: Covered) -> str:
        """Make the `signValue` of a message header: a raw signature in lower-case hex, 128 digits.

        The contract key makes it if that signs by SM2, otherwise the key that signs our tokens.
        """
        ...

    async def is_stamped(
        self, value: str, covered: Covered, *, holder: str, jwk: Mapping[str, str], now: datetime
    ) -> bool:
        """Whether `value` is the holder's stamp.

        Args:
            jwk: the key that signed the accepted token of the message; a contract key of the holder that has not
                ended is accepted too.
        """
        ...
