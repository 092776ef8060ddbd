"""Framing of triples as an equivalent JSON document, which `wire.read` then reads.

All members of a node stay in its document, so that one that is not understood still makes its rule unknown; only
members of other vocabularies on a party or an asset, such as its name, are left out: they describe and never decide.
A node that several others name is written under each of them; an endless net is refused.
"""

from collections.abc import Iterable, Mapping
from typing import Final

from xinfu.odrl import errors
from xinfu.odrl.model.limits import MAX_DEPTH, MAX_NODES
from xinfu.odrl.report.rdf import RDF, Term, TermKind, Triple
from xinfu.odrl.values.terms import PARTY_FUNCTIONS, XSD, short

KINDS: Final[tuple[str, ...]] = ("Agreement", "Offer", "Set", "Policy")
_NAMED: Final = frozenset({"target", "assigner", "assignee", *PARTY_FUNCTIONS})
_INSIDE: Final = _NAMED | {
    "permission", "prohibition", "obligation", "duty", "remedy", "consequence",
    "constraint", "refinement", "and", "or", "xone", "andSequence", "action",
}  # fmt: skip
_TERMS: Final = frozenset({"leftOperand", "operator", "dataType", "unit", "status", "conflict"})
_OF_A_NAME: Final = frozenset({"uid", "source", "refinement"})
_TYPES: Final = frozenset(
    [
        "Permission",
        "Prohibition",
        "Duty",
        "Obligation",
        "Rule",
        "Constraint",
        "LogicalConstraint",
        "Action",
        "Asset",
        "AssetCollection",
        "Party",
        "PartyCollection",
    ]
)
_LITERAL_TEXT: Final = XSD + "string"

Document = dict[str, object]
Said = Mapping[Term, Mapping[str, tuple[Term, ...]]]
"""What is said about each subject, by the short name of the predicate."""


def group_triples(triples: Iterable[Triple]) -> Said:
    """The triples by subject and predicate."""
    about: dict[Term, dict[str, tuple[Term, ...]]] = {}
    for subject, predicate, value in triples:
        name = "@type" if predicate == RDF + "type" else short(predicate)
        members = about.setdefault(subject, {})
        members[name] = (*members.get(name, ()), value)
    return about


def types(about: Said, subject: Term) -> frozenset[str]:
    """The short names of the classes of `subject`."""
    return frozenset(short(kind.value) for kind in about.get(subject, {}).get("@type", ()))


def document(about: Said, subject: Term) -> Document:
    """The document of `subject` with all nodes below it.

    Raises:
        InputError: `policy.too-large` when it goes on deeper or wider than a policy may.
    """
    return _Framer(about).document(subject, 1)


class _Framer:
    """The framing of one subject; counts what it writes."""

    def __init__(self, about: Said) -> None:
        self.about = about
        self.written = 0

    def document(self, subject: Term, depth: int) -> Document:
        self._count(depth)
        found: Document = {} if subject.kind is TermKind.BLANK else {"@id": subject.value}
        for name, values in self.about.get(subject, {}).items():
            if name == "@type":
                found |= self._typed(subject)
            elif name != "uid" or values != (subject,):
                listed = [self._value(name, value, depth) for value in values]
                found[name] = listed[0] if len(listed) == 1 else listed
        return found

    def _typed(self, subject: Term) -> Document:
        """The one class that decides; others only describe, unless ODRL has them and nobody here."""
        names = types(self.about, subject)
        known = [kind for kind in KINDS if kind in names] or sorted(names & _TYPES)
        collections = [name for name in known if name.endswith("Collection")]
        unknown = sorted(name for name in names if ":" not in name)
        chosen = collections or known or unknown
        return {"@type": chosen[0]} if chosen else {}

    def _count(self, depth: int) -> None:
        self.written += 1
        if depth > MAX_DEPTH or self.written > 2 * MAX_NODES:
            raise errors.POLICY_TOO_LARGE_NODES(max_nodes=MAX_NODES, max_depth=MAX_DEPTH)

    def _value(self, name: str, value: Term, depth: int) -> object:
        if value.kind is TermKind.LITERAL:
            return value.value if name in _TERMS else _literal(value)
        if name in _TERMS:
            return value.value
        items = self._list(value)
        if items is not None:
            return {"@list": [self._value(name, item, depth) for item in items]}
        if name in _INSIDE and self._says_more(name, value):
            inner = self.document(value, depth + 1)
            return _named(inner) if name in _NAMED else inner
        return {"@id": value.value if value.kind is TermKind.IRI else f"_:{value.value}"}

    def _says_more(self, name: str, value: Term) -> bool:
        members = self.about.get(value, {})
        if name == "action":
            return "rdf:value" in members or "refinement" in members
        if name in _NAMED:
            is_collection = any(kind.endswith("Collection") for kind in types(self.about, value))
            return is_collection or not _OF_A_NAME.isdisjoint(members)
        return bool(members) or value.kind is TermKind.BLANK

    def _list(self, value: Term) -> list[Term] | None:
        """The items of an RDF list; None when `value` is none."""
        nil = Term(RDF + "nil")
        if value != nil and "rdf:first" not in self.about.get(value, {}):
            return None
        items: list[Term] = []
        while value != nil:
            members = self.about.get(value, {})
            self._count(1)
            items += members.get("rdf:first", ())
            value = members.get("rdf:rest", (nil,))[0]
        return items


def _named(found: Document) -> Document:
    """A party or an asset without what other vocabularies say about it."""
    return {key: value for key, value in found.items() if key.startswith("@") or key in _OF_A_NAME}


def _literal(value: Term) -> object:
    if value.language:
        return {"@value": value.value, "@language": value.language}
    if value.data_type and value.data_type != _LITERAL_TEXT:
        return {"@value": value.value, "@type": value.data_type}
    return {"@value": value.value, "@type": _LITERAL_TEXT} if ":" in value.value else value.value
