"""Expands names in a request body to IRIs: the part of JSON-LD that EDC's clients need, without fetching anything.

Keys become full IRIs by the body's own context; what no context names falls away, as JSON-LD has it, but inside a
policy, where it stays and is refused by its name: what falls away there might have been the rule that closes. Terms of
ODRL are known inside a policy only. Known contexts are told apart by their address: what matters of each is
whether it makes EDC's namespace the default and whether it knows the terms of ODRL.
"""

from collections.abc import Mapping
from typing import Any, Final

import msgspec

EDC: Final = "https://w3id.org/edc/v0.0.1/ns/"
ODRL: Final = "http://www.w3.org/ns/odrl/2/"
AUTH: Final = "https://w3id.org/tractusx/auth/"
V2: Final = "https://w3id.org/edc/connector/management/v2"
DSP: Final = "https://w3id.org/dspace/2025/1/context.jsonld"
EDC_DSP: Final = "https://w3id.org/edc/dspace/v0.0.1"

_PREFIXES: Final = {
    "edc": EDC,
    "odrl": ODRL,
    "dct": "http://purl.org/dc/terms/",
    "dcat": "http://www.w3.org/ns/dcat#",
    "dspace": "https://w3id.org/dspace/2025/1/",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
    "tx": "https://w3id.org/tractusx/v0.0.1/ns/",
    "tx-auth": AUTH,
    "cx-policy": "https://w3id.org/catenax/2025/9/policy/",
}
ODRL_TERMS: Final = frozenset(
    [
        "Set",
        "Offer",
        "Agreement",
        "Policy",
        "Permission",
        "Prohibition",
        "Duty",
        "Constraint",
        "AtomicConstraint",
        "LogicalConstraint",
        "permission",
        "prohibition",
        "obligation",
        "duty",
        "remedy",
        "consequence",
        "constraint",
        "refinement",
        "action",
        "leftOperand",
        "operator",
        "rightOperand",
        "and",
        "or",
        "xone",
        "andSequence",
        "assigner",
        "assignee",
        "target",
        "profile",
        "conflict",
        "uid",
        "inheritFrom",
        "source",
    ]
)
_NAMING: Final = frozenset(
    ODRL + name for name in ("leftOperand", "operator", "action", "profile", "rightOperandReference")
)
"""Members of a policy whose value is a name."""


class _KnownContext(msgspec.Struct, frozen=True):
    """The namespaces that a well-known context defines."""

    edc: bool = False
    odrl: bool = False


_CONTEXTS: Final = {
    V2: _KnownContext(edc=True, odrl=True),
    "https://w3id.org/edc/connector/management/v0.0.1": _KnownContext(edc=True, odrl=True),
    EDC_DSP: _KnownContext(),
    DSP: _KnownContext(odrl=True),
    "https://w3id.org/dspace/2025/1/odrl-profile.jsonld": _KnownContext(odrl=True),
    "http://www.w3.org/ns/odrl.jsonld": _KnownContext(odrl=True),
    "https://w3id.org/catenax/2025/9/policy/odrl.jsonld": _KnownContext(odrl=True),
    "https://w3id.org/catenax/2025/9/policy/context.jsonld": _KnownContext(),
    "https://w3id.org/tractusx/policy/v1.0.0": _KnownContext(),
    "https://w3id.org/tractusx/auth/v1.0.0": _KnownContext(),
}
LARGEST_TERMS: Final = 256


class UnknownContextError(Exception):
    """A context that is not known here; it is never fetched."""


class RepeatedNameError(Exception):
    """Two keys of one policy object have the same meaning, so one of them would be ignored."""


class Names(msgspec.Struct, frozen=True, kw_only=True):
    """The meaning of names at one place of a body.

    Attributes:
        vocab: the prefix of names that nothing else defines; None drops these names.
        terms: names that a context of the body itself defines.
        odrl: whether the terms of ODRL are known, inside a policy.
    """

    vocab: str | None = None
    terms: Mapping[str, str] = {}
    odrl: bool = False

    def within(self, context: object, *, root: bool = False) -> "Names":
        """The names inside an object with this `@context`.

        Args:
            root: an object as the body's only context gets EDC's namespace where it names no `@vocab`.

        Raises:
            UnknownContextError: it names a context that we do not have.
        """
        if isinstance(context, list):
            found = self
            for each in context[:16]:
                found = found.within(each)
            return found
        if isinstance(context, str):
            known = _CONTEXTS.get(context)
            if known is None:
                raise UnknownContextError(context)
            vocab = EDC if known.edc else self.vocab
            return msgspec.structs.replace(self, vocab=vocab, odrl=self.odrl or known.odrl)
        if isinstance(context, dict):
            return self._with(context, root)
        return self

    def iri(self, name: str, *, policy: bool) -> str | None:
        """The IRI of a name; None when nothing says what it means."""
        if name in self.terms:
            return self.terms[name]
        if policy and name in ODRL_TERMS and self.odrl:
            return ODRL + name
        prefix, colon, rest = name.partition(":")
        if colon:
            space = None if rest.startswith("//") else self.terms.get(prefix, _PREFIXES.get(prefix))
            return name if space is None else space + rest
        return None if self.vocab is None else self.vocab + name

    def meant(self, name: str) -> str:
        """Resolve a name in a policy value by the body's definition of it or of its prefix; else return it unchanged."""
        if name in self.terms:
            return self.terms[name]
        prefix, colon, rest = name.partition(":")
        space = self.terms.get(prefix) if colon and not rest.startswith("//") else None
        return name if space is None else space + rest

    def _with(self, context: dict[str, Any], root: bool) -> "Names":
        terms = dict(self.terms)
        inline = {key: value for key, value in list(context.items())[:LARGEST_TERMS] if key[:1] != "@"}
        defined = {
            key: value.get("@id") if isinstance(value, dict) else value for key, value in inline.items()
        }
        for key, value in defined.items():
            if isinstance(value, str):
                terms[key] = _whole(value, defined)
        vocab = context.get("@vocab", EDC if root else self.vocab)
        return msgspec.structs.replace(self, vocab=vocab if isinstance(vocab, str) else None, terms=terms)


def _whole(value: str, defined: Mapping[str, object]) -> str:
    """Return a term's IRI; its prefix is looked up in the body's context and among the usual ones."""
    prefix, colon, rest = value.partition(":")
    if not colon or rest.startswith("//"):
        return value
    space = defined.get(prefix, _PREFIXES.get(prefix))
    return space + rest if isinstance(space, str) else value


def expand(value: Any, names: Names, *, policy: bool = False, root: bool = False) -> Any:
    """Return `value` with IRIs as keys; unwrap `@value`, `@list` and `@set`, and drop nulls.

    Raises:
        UnknownContextError: as `Names.within`.
        RepeatedNameError: a member of a policy is written twice.
    """
    if isinstance(value, list):
        return [expand(each, names, policy=policy) for each in value if policy or each is not None]
    if not isinstance(value, dict):
        return value
    inner = names.within(value["@context"], root=root) if "@context" in value else names
    for wrapper in ("@value", "@list", "@set"):
        if wrapper in value and set(value) <= {wrapper, "@type", "@language", "@context"}:
            return expand(value[wrapper], inner, policy=policy)
    return _members(value, inner, policy)


def _members(value: dict[str, Any], names: Names, policy: bool) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, member in value.items():
        if key == "@context" or member is None:
            continue
        if key == "@type":
            found[key] = _types(member, names, policy)
            continue
        iri = key if key[:1] == "@" else names.iri(key, policy=policy)
        if policy and key in ODRL_TERMS and key not in names.terms:
            iri = ODRL + key  # what is meant, also where no context of the body knows it
        elif policy and iri is None:
            iri = key
        if iri is not None:
            inside = policy or iri == f"{EDC}policy"
            if inside and iri in found:
                raise RepeatedNameError(key)
            found[iri] = expand(_named(member, names) if iri in _NAMING else member, names, policy=inside)
    return found


def _named(value: Any, names: Names) -> Any:
    """Return a value that is a name, resolved by the names of the body."""
    if isinstance(value, str):
        return names.meant(value)
    if isinstance(value, list):
        return [_named(each, names) for each in value]
    if isinstance(value, dict):
        return {key: _named(each, names) if key == "@id" else each for key, each in value.items()}
    return value


def _types(value: Any, names: Names, policy: bool) -> list[str]:
    listed = value if isinstance(value, list) else [value]
    return [names.iri(each, policy=policy) or each for each in listed if isinstance(each, str)]


def compact(value: Any, *, prefixes: bool) -> Any:
    """Return free properties under short names: EDC's bare, and with `prefixes` also those of dct and dcat."""
    if isinstance(value, list):
        listed = [compact(each, prefixes=prefixes) for each in value]
        return listed[0] if len(listed) == 1 else listed
    if isinstance(value, dict):
        return {_short(key, prefixes): compact(each, prefixes=prefixes) for key, each in value.items()}
    return value


def _short(key: str, prefixes: bool) -> str:
    if key.startswith(EDC):
        return key.removeprefix(EDC)
    for prefix in ("dct", "dcat") if prefixes else ("odrl",):
        if key.startswith(_PREFIXES[prefix]):
            return f"{prefix}:{key.removeprefix(_PREFIXES[prefix])}"
    return key
