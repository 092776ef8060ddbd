"""An append-only ledger, in which only the rows that group and city have signed count.

The contract of a ledger names the digest of its entries; both have signed it, so that an amount that is edited in
place is found. A correction is a new entry that names the old one, and a supplement to the contract that says both
amounts and the reason: it counts when that is signed by all, and is only shown until then.
"""

import csv
import hashlib
import io
import json
import re
from collections.abc import Sequence
from datetime import date, datetime
from typing import Final

from msgspec import Struct

from xinfu.client import ContractView
from xinfu_scenarios.s01 import errors
from xinfu_scenarios.s01.generator import COLUMNS, Entry, Side
from xinfu_scenarios.words import Text

_LEDGER: Final = re.compile(r"(\d+) 笔, SHA-256 ([0-9a-f]{64})")
_SERVICE: Final = "03"
"""The type of the platform that files a contract, and does not sign it."""
_CORRECTION: Final = re.compile(r"更正 (\S+) → (\S+): (\d+) → (\d+) \(0\.01 亿元\), (.+)")


class Correction(Struct, frozen=True, kw_only=True):
    """A correction: the id of the old entry and of the new one, both amounts in 0.01 亿元, and the reason."""

    old: str
    new: str
    was: int
    amount: int
    reason: str

    def term(self) -> str:
        """The correction as a term of a contract, which all parties sign."""
        return f"更正 {self.old} → {self.new}: {self.was} → {self.amount} (0.01 亿元), {self.reason}"


class Signature(Struct, frozen=True, kw_only=True):
    """A signature on a contract: the signer, and the moment; None if it has not signed yet."""

    name: str
    at: datetime | None


class Signed(Struct, frozen=True, kw_only=True):
    """The state of a contract for the ledger.

    Args:
        amends: number of the contract that it supplements, or empty.
        complete: whether all its parties have signed it, it has not ended, and the platform has filed it.
    """

    number: str
    amends: str = ""
    status: str
    signatures: tuple[Signature, ...]
    complete: bool
    filed: datetime | None
    terms: tuple[str, ...]


class Counted(Struct, frozen=True, kw_only=True):
    """An entry that counts, with the contract that it is based on.

    Args:
        old: the entry that it corrects. corrected: the contract by which it does.
    """

    entry: Entry
    signed: Signed
    old: Entry | None = None
    corrected: Signed | None = None


class Ledger(Struct, frozen=True, kw_only=True):
    """A ledger as it arrived: the entries that count, and those that wait for signatures."""

    counted: tuple[Counted, ...]
    waiting: tuple[Entry, ...]


def digest(entries: Sequence[Entry]) -> str:
    """The SHA-256 of entries, cell by cell, as lower-case hex."""
    return hashlib.sha256(
        json.dumps([each.cells() for each in entries], ensure_ascii=False).encode()
    ).hexdigest()


def ledger_term(entries: Sequence[Entry]) -> str:
    """The ledger as a term of its contract."""
    return f"台账 ledger: {len(entries)} 笔, SHA-256 {digest(entries)}"


def read_rows(came: bytes) -> tuple[Entry, ...]:
    """Read the entries of a ledger from CSV with all its columns.

    Raises:
        InputError: `ledger.unreadable`.
    """
    try:
        rows = list(csv.DictReader(io.StringIO(came.decode())))
        return tuple(_entry(row) for row in rows)
    except (KeyError, ValueError, TypeError) as error:
        raise errors.LEDGER_UNREADABLE(error=error) from error


def signed(view: ContractView) -> Signed:
    """The state of a contract for the ledger, from its view at a node."""
    signing = [each for each in view.parties if each.type != _SERVICE]
    by = {each.participant for each in signing if each.signed is not None}
    complete = view.in_force and len(by) > 1 and by == {each.participant for each in signing}
    filed = view.filing.filed if view.filing else None
    return Signed(
        number=view.number,
        status=view.status,
        amends=view.amends,
        signatures=tuple(Signature(name=each.name or each.participant, at=each.signed) for each in signing),
        complete=complete and view.filing is not None,
        filed=filed,
        terms=tuple(view.terms),
    )


def read_ledger(rows: Sequence[Entry], contract: Signed, corrections: Sequence[Signed]) -> Ledger:
    """Read the rows of a ledger into entries that count and entries that wait.

    Args:
        contract: of the ledger. corrections: supplements to it, signed or not.

    Raises:
        IntegrityError: `ledger.unsigned`: the contract is not signed by all parties, or names no ledger;
            `ledger.edited`: the entries are not those that were signed.
    """
    number, wanted = _promised(contract)
    first, further = rows[:number], rows[number:]
    if digest(first) != wanted:
        raise errors.LEDGER_EDITED(contract=contract.number, number=number)
    counted = {each.id: Counted(entry=each, signed=contract) for each in first}
    waiting = []
    for entry in further:
        correction, by = _correction_of(entry, contract, corrections) or (None, None)
        old = counted.get(correction.old) if correction else None
        if correction is None or old is None or old.entry.amount != correction.was:
            waiting.append(entry)
            continue
        counted[correction.old] = Counted(entry=entry, signed=contract, old=old.entry, corrected=by)
    return Ledger(counted=tuple(counted.values()), waiting=tuple(waiting))


def correction_in(terms: Sequence[str]) -> Correction | None:
    """The correction in the terms of a contract; None if there is none."""
    found = next(filter(None, map(_CORRECTION.fullmatch, terms)), None)
    if found is None:
        return None
    old, new, was, amount, reason = found.groups()
    return Correction(old=old, new=new, was=int(was), amount=int(amount), reason=reason)


def _promised(contract: Signed) -> tuple[int, str]:
    found = next(filter(None, map(_LEDGER.search, contract.terms)), None)
    if found is None or not contract.complete:
        raise errors.LEDGER_UNSIGNED(number=contract.number)
    return int(found[1]), found[2]


def _correction_of(
    entry: Entry, base: Signed, supplements: Sequence[Signed]
) -> tuple[Correction, Signed] | None:
    """The correction that an entry carries out, if all parties have signed it as a supplement to the contract."""
    for each in supplements:
        said = correction_in(each.terms) if each.complete and each.amends == base.number else None
        if said is not None and (said.new, said.amount) == (entry.id, entry.amount):
            return said, each
    return None


def _entry(row: dict[str, str]) -> Entry:
    if tuple(row) != COLUMNS:
        raise ValueError(f"columns {', '.join(row)}")
    return Entry(
        id=row["id"],
        party=row["party"],
        side=Side(row["side"]),
        amount=int(row["amount"]),
        signed=date.fromisoformat(row["signed"]),
        status=row["status"],
        terms=row["terms"],
    )


STATUS_NAMES: Final = {
    "signed": Text(en="signed", zh="已签"),
    "corrected": Text(en="corrected", zh="已更正"),
    "terminated": Text(en="terminated", zh="已终止"),
}
