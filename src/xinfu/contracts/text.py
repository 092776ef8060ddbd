"""The canonical text of a contract, which every party signs, and digests over it.

The text is canonical JSON (RFC 8785) of the promises: number, name, time, parties, products, rules, terms, version,
and the contract that it amends. A signature covers the digest of the text, the number and the time of signing
(table 1), so that it cannot be moved to another contract, and its key and certificates, so that only the signer can
change them. The official form of these bytes is not published; only `text_of` and `signing_bytes` know ours.
Follows: TC609-6-2025-14, table 1, B.3, B.4; decisions 0018, 0052.
"""

import hashlib
import uuid
from datetime import datetime, timedelta
from typing import Any, Final

import msgspec

from xinfu import odrl
from xinfu.contracts import errors
from xinfu.contracts.contract import DigitalContract, FilingReceipt, Party, Signature
from xinfu.contracts.moments import Dates, read_moment, write_moment
from xinfu.contracts.strategy import ExecutionNodes, Product
from xinfu.contracts.suite import digest_method, digest_under, is_lower
from xinfu.contracts.terms import SignMode
from xinfu.errors import InputError
from xinfu.evidence import canonical
from xinfu.evidence.canonical import parse
from xinfu.odrl import PolicyKind

FORMAT: Final = "xinfu-contract-1"
MOST_PARTIES: Final = 32
"""The most parties of a contract; each signs, and each signature is checked before anything is stored."""
MOST_LISTED: Final = 1000
"""The most terms, products and levels, each, of a contract."""
_MESSAGE: Final = "xinfu-contract-message-1"
_SIGNING: Final = "xinfu-contract-signature"
_FILING: Final = "xinfu-contract-filing-1"


class Text(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="camel"):
    """The members of the canonical text, with the names of the standard if it has them."""

    format: str
    contract_id: str
    contract_name: str
    contract_abstract: str
    version: int
    sign_mode: SignMode
    create_time: str
    activation_time: str
    indate: str | None
    parties: tuple[Party, ...]
    products: tuple[Product, ...]
    nodes: ExecutionNodes
    policy: dict[str, Any]
    levels: dict[str, str]
    terms: tuple[str, ...]
    amends: str | msgspec.UnsetType = msgspec.UNSET


def text_of(contract: DigitalContract) -> bytes:
    """The canonical text of a contract; status, signatures and receipt are not part of it."""
    return canonical(
        Text(
            format=FORMAT,
            contract_id=contract.number,
            contract_name=contract.name,
            contract_abstract=contract.abstract,
            version=contract.version,
            sign_mode=contract.sign_mode,
            create_time=write_moment(contract.created, Dates.ISO),
            activation_time=write_moment(contract.begins, Dates.ISO),
            indate=None if contract.ends is None else write_moment(contract.ends, Dates.ISO),
            parties=contract.parties,
            products=contract.products,
            nodes=contract.nodes,
            policy=odrl.write(contract.policy),
            levels=contract.levels,
            terms=contract.terms,
            amends=contract.amends or msgspec.UNSET,
        )
    )


def read_text(data: bytes) -> DigitalContract:
    """Read a contract from its canonical text, as unsigned and initiated.

    Raises:
        InputError: `contract.text-unreadable`: not such a text, or not in its one canonical form; `contract.moment`,
            `contract.too-large`.
        ProtocolError: the policy cannot be read.
    """
    try:
        found = msgspec.convert(parse(data), Text)
    except (msgspec.ValidationError, InputError) as error:
        raise errors.CONTRACT_TEXT_UNREADABLE(why=str(error)) from error
    if (
        len(found.parties) > MOST_PARTIES
        or max(map(len, (found.terms, found.products, found.levels))) > MOST_LISTED
    ):
        raise errors.CONTRACT_TOO_LARGE_LISTS(most_parties=MOST_PARTIES, most_listed=MOST_LISTED)
    contract = DigitalContract(
        number=found.contract_id,
        name=found.contract_name,
        abstract=found.contract_abstract,
        version=found.version,
        sign_mode=found.sign_mode,
        created=read_moment(found.create_time, "createTime"),
        begins=read_moment(found.activation_time, "activationTime"),
        ends=None if found.indate is None else read_moment(found.indate, "indate"),
        parties=found.parties,
        products=found.products,
        nodes=found.nodes,
        policy=odrl.read(found.policy, kind=PolicyKind.AGREEMENT),
        levels=found.levels,
        terms=found.terms,
        amends=found.amends or "",
    )
    if found.format != FORMAT or text_of(contract) != data:
        raise errors.CONTRACT_TEXT_UNREADABLE(why="it is not in its canonical form")
    return contract


def digest_of(contract: DigitalContract) -> str:
    """SHA-256 of the text, 64 lower-case hex digits."""
    return hashlib.sha256(text_of(contract)).hexdigest()


def signing_bytes(contract: DigitalContract, signature: Signature) -> bytes:
    """The bytes that a party signs: party, time, key and certificates, the number, and the digest of the text.

    Args:
        signature: the signature, whose value is ignored; its format decides whether key and certificates are covered.
            The digests are those of its algorithm (`suite`), and its time is written in whole seconds.
    """
    algorithm = signature.algorithm
    said: dict[str, Any] = {
        "format": f"{_SIGNING}-1",
        "contractId": contract.number,
        "digest": digest_under(algorithm, text_of(contract)),
        "digestMethod": digest_method(algorithm),
        "party": signature.party,
        "signTime": write_moment(signature.at, Dates.ISO),
    }
    if signature.format is not msgspec.UNSET:
        said |= {
            "format": f"{_SIGNING}-{signature.format}",
            "keyId": signature.key_id,
            "publicKey": signature.public_jwk,
            "chainDigest": digest_under(algorithm, canonical(signature.chain)),
        }
    return canonical(said)


def message_bytes(api: str, message: msgspec.Struct, algorithm: str) -> bytes:
    """The bytes that the field `signature` of a message covers: the interface, and a digest of all other fields.

    Args:
        algorithm: the algorithm of the signature, which decides the digest (`suite`).
    """
    said = msgspec.to_builtins(message)
    del said["signature"]
    digest, method = digest_under(algorithm, canonical(said)), digest_method(algorithm)
    return canonical({"format": _MESSAGE, "interface": api, "digest": digest, "digestMethod": method})


def strategy_id(contract: DigitalContract) -> str:
    """The `strategyId`: a UUID that every side derives from the number."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"urn:xinfu:contract:{contract.number}"))


def strategy_version(contract: DigitalContract) -> str:
    """The `strategyVersion`: a UUID that changes with the text."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"urn:xinfu:contract:{contract.number}:{digest_of(contract)}"))


def contract_hash(contract: DigitalContract) -> str:
    """The evidence code of filing (`contractHash`): SHA-256 of the text's digest and of all signatures, in hex."""
    signatures = sorted(contract.signatures, key=lambda each: each.party)
    filed = {"digest": digest_of(contract), "signatures": [msgspec.to_builtins(each) for each in signatures]}
    return hashlib.sha256(canonical(filed)).hexdigest()


def filing_bytes(receipt: FilingReceipt) -> bytes:
    """The bytes that the platform signs for a receipt: all of it but the signature."""
    return canonical(
        {
            "format": _FILING,
            "contractId": receipt.contract,
            "contractHash": receipt.hash,
            "platform": receipt.platform,
            "filed": write_moment(receipt.filed, Dates.ISO),
            "entry": receipt.entry,
        }
    )


def write_receipt(receipt: FilingReceipt) -> str:
    """Write a receipt as text: canonical JSON."""
    return canonical(receipt).decode()


def read_receipt(text: str) -> FilingReceipt:
    """Read a receipt from its text, which has only one spelling.

    Raises:
        InputError: `contract.receipt-unreadable`.
    """
    try:
        found = msgspec.convert(parse(text), FilingReceipt)
        if write_receipt(found) != text or not _is_whole_second(found.filed):
            raise _respelled()
        if found.signature is not None:
            _check_spelling(found.signature)
    except (msgspec.ValidationError, InputError) as error:
        raise errors.CONTRACT_RECEIPT_UNREADABLE(error=error) from error
    return found


def write_signature(signature: Signature) -> str:
    """Write a signature as text, for the one field that the interfaces have for it: canonical JSON."""
    return canonical(signature).decode()


def read_signature(text: str) -> Signature:
    """Read a signature from its text, which has only one spelling: filed signatures are compared by their bytes.

    Raises:
        InputError: `contract.signature-unreadable`.
    """
    try:
        found = msgspec.convert(parse(text), Signature)
        if write_signature(found) != text:
            raise _respelled()
        _check_spelling(found)
    except (msgspec.ValidationError, InputError) as error:
        raise errors.CONTRACT_SIGNATURE_UNREADABLE(error=error) from error
    return found


def _check_spelling(signature: Signature) -> None:
    """Refuse a signature whose time is not in whole seconds of UTC, or whose value is not in its one spelling.

    The value has lower-case letters and no spaces, and is the lower one for ES256.
    """
    plain = "".join(signature.value.lower().split())
    is_plain = signature.value == plain and is_lower(signature.algorithm, plain)
    if not is_plain or not _is_whole_second(signature.at):
        raise _respelled()


def _is_whole_second(moment: datetime) -> bool:
    """Whether a time is in whole seconds of UTC, the only form that is signed."""
    return moment.utcoffset() == timedelta() and not moment.microsecond


def _respelled() -> msgspec.ValidationError:
    return msgspec.ValidationError("it is not in its canonical form")
