"""The terms by which an entry of the log is found: its contract, agreement, dataset, other side, outcome and kind."""

from typing import Final

from xinfu.evidence.entry import Entry

TERMS: Final = ("contract", "strategy", "agreement", "dataset", "peer", "outcome", "kind")
"""The names of terms; those that fit the fewest entries come first."""
_OUTCOMES: Final = ("outcome", "code", "result")
"""Facts that tell how something came out: of a use, of a refusal, of a report."""


def terms_of(entry: Entry) -> dict[str, str]:
    """The terms of an entry, by name; only those that it states."""
    facts = entry.facts
    outcome = next((facts[name] for name in _OUTCOMES if name in facts), None)
    found = {
        "contract": facts.get("number"),
        "strategy": facts.get("strategy"),
        "agreement": entry.agreement,
        "dataset": facts.get("dataset") or facts.get("asset"),
        "peer": entry.peer,
        "outcome": outcome,
        "kind": entry.kind,
    }
    return {name: value for name, value in found.items() if isinstance(value, str) and value}


def term(name: str, value: str) -> str:
    """Write a term for the index of entries."""
    return f"{name}={value}"
