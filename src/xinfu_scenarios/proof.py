"""Receipts in the page's folder: written as they came, one altered by a byte, and checked as anyone would check them.

The check is the command that the page shows to a visitor, `xinfu verify`, in a process of its own: offline,
without a node.
"""

import asyncio
import hashlib
import re
import sys
import urllib.parse
import urllib.request
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import msgspec
from msgspec import Struct

from xinfu.client import Node
from xinfu_scenarios import errors
from xinfu_scenarios.words import Text

Receipt = dict[str, Any]

_MOMENT: Final = re.compile(rb'"at":\s*"20[0-9]')
"""How the moment of an entry begins; its last digit here can be changed and the file stays JSON."""
RECEIPTS: Final = "receipts"
ALTERED: Final = "altered-by-one-byte.json"
_VERIFY_TIMEOUT_S: Final = 30
FETCH_TIMEOUT_S: Final = 10
DOCUMENT_LIMIT_BYTES: Final = 256 * 1024
LOOPBACK: Final = frozenset({"localhost", "127.0.0.1"})


class Check(Struct, frozen=True, kw_only=True):
    """A check of a receipt: its name, its verdict, and its place in the file."""

    name: str
    verdict: str
    at: str


class Checked(Struct, frozen=True, kw_only=True):
    """The report of `xinfu verify` on one file; `outcome` is established, intact, broken or unreadable."""

    outcome: str
    sentence: Text
    checks: tuple[Check, ...]

    @property
    def broken(self) -> Check | None:
        """The first check that failed, if any did."""
        return next((check for check in self.checks if check.verdict == "no"), None)


class Broken(Struct, frozen=True, kw_only=True):
    """The break of a receipt: the check that fails, its place, and the outcome as a sentence."""

    name: str
    at: str
    sentence: Text


class _Report(Struct, frozen=True, kw_only=True):
    files: tuple[Checked, ...]


def alter(receipt: bytes) -> bytes:
    """Change one digit of the moment in a receipt's entry: a single byte, and still JSON.

    Raises:
        IntegrityError: the bytes hold no moment, so this is no receipt.
    """
    found = _MOMENT.search(receipt)
    if found is None:
        raise errors.RECEIPT_NO_MOMENT()
    start = found.end() - 1
    other = b"1" if receipt[start : start + 1] != b"1" else b"2"
    return receipt[:start] + other + receipt[start + 1 :]


def fetch_did_document(did: str) -> bytes:
    """Fetch the DID document of a `did:web` identifier, as anyone can. Blocking.

    Raises:
        PeerError: no answer from the address that the identifier names.
    """
    host, *path = did.removeprefix("did:web:").split(":")
    authority = urllib.parse.unquote(host)
    scheme = "http" if authority.partition(":")[0] in LOOPBACK else "https"
    place = "/".join(path) or ".well-known"
    try:
        with urllib.request.urlopen(  # noqa: S310  the scheme is one of two
            f"{scheme}://{authority}/{place}/did.json", timeout=FETCH_TIMEOUT_S
        ) as answer:
            document: bytes = answer.read(DOCUMENT_LIMIT_BYTES)
    except OSError as error:
        raise errors.DID_UNREACHABLE(did=did) from error
    return document


def sha256_of(path: Path) -> str:
    """SHA-256 of a file, hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def written(receipt: Mapping[str, Any]) -> bytes:
    """A receipt as the content of a file; the spacing does not affect its proof."""
    return msgspec.json.format(msgspec.json.encode(receipt), indent=2) + b"\n"


def keep(path: Path, data: bytes) -> Path:
    """Write a file, with the folders above it. Blocking."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


async def must_hold(path: Path, *, trust: Sequence[Path]) -> Checked:
    """Check an untouched receipt, and return the report.

    Raises:
        IntegrityError: the receipt is not intact, or its signer is not established.
    """
    found = await verify(path, trust=trust)
    if found.outcome != "established":
        raise errors.RECEIPT_BROKEN(name=path.name, en=found.sentence.en, zh=found.sentence.zh)
    return found


async def must_break(path: Path, *, trust: Sequence[Path]) -> Broken:
    """Check an altered receipt, and return where it is broken.

    Raises:
        IntegrityError: the command did not find the change.
    """
    found = await verify(path, trust=trust)
    first = found.broken
    if found.outcome != "broken" or first is None:
        raise errors.RECEIPT_PASSED(name=path.name)
    return Broken(name=first.name, at=first.at, sentence=found.sentence)


async def verify(path: Path, *, trust: Sequence[Path]) -> Checked:
    """Run `xinfu verify` on a receipt, and return its report.

    Args:
        trust: DID documents or keys of the signers that are trusted.

    Raises:
        IntegrityError: the command gave no report.
    """
    trusted = [word for one in trust for word in ("--trust", str(one))]
    command = (sys.executable, "-m", "xinfu", "verify", str(path), *trusted, "--json")
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    try:
        out, _ = await asyncio.wait_for(process.communicate(), _VERIFY_TIMEOUT_S)
        return msgspec.json.decode(out, type=_Report).files[0]
    except (msgspec.DecodeError, IndexError, TimeoutError) as error:
        raise errors.RECEIPT_UNCHECKED() from error
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


class Wanted(Struct, frozen=True, kw_only=True):
    """A receipt that is worth keeping: its kind of entry, and for a message its type.

    Args:
        name: of its file, without the ending.
    """

    kind: str
    message: str = ""
    name: str
    about: Text

    def fits(self, entry: Mapping[str, Any]) -> bool:
        """Whether the entry is of this kind and type."""
        return entry["kind"] == self.kind and self.message in ("", entry["facts"].get("type", ""))


async def receipts_of(node: Node, wire_id: str, wanted: Sequence[Wanted]) -> list[tuple[Wanted, Receipt]]:
    """The node's receipts about an agreement and its transfers: the last one for each wanted kind."""
    found: dict[str, tuple[Wanted, Receipt]] = {}
    async for agreement in node.agreements(wire_id=wire_id):
        transfers = [one.id for one in await agreement.transfers()]
        for process in (agreement.view.negotiation, *transfers):
            for receipt in await node.receipts(process):
                found |= {one.name: (one, receipt) for one in wanted if one.fits(receipt["proven"]["entry"])}
    return [found[one.name] for one in wanted if one.name in found]
