"""The terms by which an entry of the log is found: its contract, agreement, dataset, other side, outcome and kind."""

from typing import Any, Final

import msgspec

TERMS: Final = ("contract", "strategy", "agreement", "dataset", "peer", "outcome", "kind")
"""The names of terms; those that fit the fewest entries come first."""


class _Facts(msgspec.Struct, frozen=True):
    """The facts by which an entry is found; another program may have stated them in another form."""

    number: Any = None
    strategy: Any = None
    dataset: Any = None
    asset: Any = None
    outcome: Any = None
    code: Any = None
    result: Any = None


class StatedTerms(msgspec.Struct, frozen=True):
    """The members of an entry by which it is found, read from its canonical bytes, and its time."""

    at: str
    kind: str
    agreement: str | None = None
    peer: str | None = None
    facts: _Facts = _Facts()


def terms_of(entry: StatedTerms) -> dict[str, str]:
    """The terms of an entry, by name; only those that it states.

    Its outcome is how a use, a refusal or a report came out.
    """
    facts = entry.facts
    found = {
        "contract": facts.number,
        "strategy": facts.strategy,
        "agreement": entry.agreement,
        "dataset": facts.dataset or facts.asset,
        "peer": entry.peer,
        "outcome": facts.outcome or facts.code or facts.result,
        "kind": entry.kind,
    }
    return {name: value for name, value in found.items() if isinstance(value, str) and value}


def term(name: str, value: str) -> str:
    """Write a term for the index of entries."""
    return f"{name}={value}"
