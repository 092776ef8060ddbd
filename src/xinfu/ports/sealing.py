"""Sealing: signatures over contracts and over message headers, and what each of them is worth.

A seal says by which key it was made; a certificate chain beside it says whose key that is. Without one it is a bare
key of a DID, which can be checked against the DID document and is marked "not a certified signature". The certified
ones are judged at the time of signing, not at the time of looking.

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
"""The algorithm of a signature -> the bytes that it covers; the digests in them belong to the algorithm."""


class ContractKey(msgspec.Struct, frozen=True, kw_only=True):
    """What signs contracts, and the chain that says whose key it is, DER, its own certificate first."""

    signer: Signer
    certificates: tuple[bytes, ...] = ()


class Seal(msgspec.Struct, frozen=True, kw_only=True):
    """A signature and by what it was made.

    Attributes:
        algorithm: `EdDSA`, `ES256` or `SM2`.
        key_id: the verification method, `did#fragment`; "" where only a certificate names the key.
        chain: certificates as PEM, that of the key first; () for a bare key.
        value: raw signature, lower-case hex.
    """

    algorithm: str
    key_id: str
    public_jwk: dict[str, str]
    chain: tuple[str, ...]
    value: str


class SealReason(StrEnum):
    """Why a seal is not certified, or does not hold."""

    WRONG = "seal.wrong"
    """The signature is not that of the key over these bytes."""
    OTHER_HOLDER = "seal.other-holder"
    """The key is somebody else's."""
    UNLISTED = "seal.key-unlisted"
    """The holder's DID document does not list the key, or no longer."""
    ENDED = "seal.key-ended"
    """The holder's DID document says that the key had ended when the signature was first seen."""
    UNRESOLVED = "seal.holder-unresolved"
    """The holder's DID document could not be had."""
    UNCERTIFIED = "seal.not-certified"
    """A bare key: it holds, and it is no certified signature."""
    ALGORITHM = "seal.algorithm"
    """This system cannot check the algorithm."""
    CHAIN = "seal.chain"
    """The certificates beside it cannot be read."""


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
"""Reason -> its words in English and Chinese; those of certificates are theirs."""


class SealStanding(msgspec.Struct, frozen=True, kw_only=True):
    """The result of checking a seal.

    Attributes:
        verdict: YES only where the signature, and whatever says whose key it is, hold.
        certified: a chain that held at the time of signing says so; a bare DID key does not.
        subject: whom the certificate names; "" for a bare key.
        reasons: stable codes, those of its certificates (`certificate.*`) too; also one that only marks.
    """

    verdict: Verdict
    certified: bool = False
    subject: str = ""
    reasons: tuple[str, ...] = ()

    def sentence(self, language: str) -> str:
        """The reasons in words, in `language` ("zh" or "en"); empty when there is nothing to say."""
        words = (SEAL_WORDS.get(each) or MEANINGS[Fault(each)][1:] for each in self.reasons)
        return "；".join(zh for _, zh in words) if language == "zh" else "; ".join(en for en, _ in words)


class Sealing(Protocol):
    """Signs for the participant contexts of this node, and checks what anyone has signed."""

    async def seal(self, *, context: str, covered: Callable[[Seal], bytes]) -> Seal:
        """Sign the canonical bytes of a contract or of a receipt.

        Args:
            covered: the seal as it will be, with an empty value -> the bytes to sign, which may cover its key.

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
            holder: participant id of who is said to have signed. entity: its subject code, "" for none.
            at: the time of signing, as the signer states it.
            seen: when somebody else than the signer had the seal for certain; a key that had ended by then is
                refused, whatever time of signing it states. As `at` where the seal was checked at first sight.
        """
        ...

    def is_signed(self, jwk: Mapping[str, str], message: bytes, signature: bytes) -> bool:
        """Whether a raw signature is that of this key over these bytes, by the algorithm of its curve."""
        ...

    async def stamp(self, *, context: str, covered: Covered) -> str:
        """`signValue` of a message header; raw, lower-case hex, 128 digits.

        It is made by the contract key where that signs by SM2, else by the key that signs our tokens.
        """
        ...

    async def is_stamped(
        self, value: str, covered: Covered, *, holder: str, jwk: Mapping[str, str], now: datetime
    ) -> bool:
        """Whether `value` is the holder's stamp.

        Args:
            jwk: the key under which the message's token was accepted; a contract key of theirs that has not ended may stamp too.
        """
        ...
