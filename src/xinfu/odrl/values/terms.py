"""Names of ODRL: one short name for each term, whatever spelling it came in.

The plain name, `odrl:x` and the full IRI are the same term (DSP-RULES T-18); `neg`, which the classic
context writes for `neq`, is read as `neq` (T-20). The tree of actions is that of the ODRL 2.2 vocabulary;
deprecated actions are replaced by their `skos:exactMatch`. `term-lteq` is no operator (T-06).
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import Final

ODRL: Final = "http://www.w3.org/ns/odrl/2/"
XSD: Final = "http://www.w3.org/2001/XMLSchema#"
CC: Final = "http://creativecommons.org/ns#"
CHINA_TIME: Final = "urn:xinfu:profile:utc+08:00"
"""Profile of a policy whose windows of time begin by the clock of China."""
CORE_PROFILE: Final = "http://www.w3.org/ns/odrl/2/core"

IN_FORCE: Final = "inForceDate"
"""EDC's operand of time: a moment, or a stretch counted from the agreement (`contractAgreement+30d`)."""
CATENAX: Final = "https://w3id.org/catenax/2025/9/policy/"
"""Namespace of the policies of Catena-X, in its current version."""
CATENAX_NAMES: Final = ("Membership", "FrameworkAgreement", "UsagePurpose", "BusinessPartnerNumber")
"""Operands of Catena-X that a claim of a credential can answer."""
CATENAX_PROFILES: Final = (
    "cx-policy:profile2405",
    "https://w3id.org/catenax/policy/profile2405",
    CATENAX + "profile2405",
)
CATALOG_ACCESS: Final = "cx-policy:access"
"""The action of Catena-X's access policies: to see an offer in a catalog, and no more."""
_CATENAX_SPELLINGS: Final = (
    "cx-policy:",
    CATENAX,
    "https://w3id.org/catenax/policy/",
    "https://w3id.org/tractusx/v0.0.1/ns/",
    "tx:",
    "https://w3id.org/edc/v0.0.1/ns/",
    "edc:",
)
"""What stands before a name of Catena-X: its namespaces, old and new, and those that clients of EDC put there."""
WRITTEN: Final = {
    IN_FORCE: "https://w3id.org/edc/v0.0.1/ns/inForceDate",
    **{name: CATENAX + name for name in CATENAX_NAMES},
}
"""Names that no context of the protocol knows, and how they are written."""

OWN: Final = "urn:xinfu:operand:"
OWN_ACTION: Final = "urn:xinfu:action:"
"""What stands before an operand or an action of ours in a message: bare it would take the namespace of whoever
passes it on.
"""

_ODRL_SPELLINGS: Final = ("odrl:", ODRL, "https://www.w3.org/ns/odrl/2/")
_PREFIXES: Final = {
    XSD: "xsd:",
    "https://www.w3.org/2001/XMLSchema#": "xsd:",
    CC: "cc:",
    "http://purl.org/dc/terms/": "dct:",
    "dcterms:": "dct:",
    "http://www.w3.org/1999/02/22-rdf-syntax-ns#": "rdf:",
    "http://www.w3.org/2000/01/rdf-schema#": "rdfs:",
    "http://www.w3.org/2004/02/skos/core#": "skos:",
}
_READ: Final = {written: name for name, written in WRITTEN.items()} | {"edc:inForceDate": IN_FORCE}
"""Whole names, and the short name of each."""

OPERATORS: Final = frozenset(
    ["eq", "neq", "lt", "lteq", "gt", "gteq", "isA", "hasPart", "isPartOf", "isAllOf", "isAnyOf", "isNoneOf"]
)  # ODRL 2.2, 3.12; the same twelve stand in R-POL-12
LOGICAL: Final = ("and", "or", "xone", "andSequence")

_FUNCTIONS: Final = (
    "attributedParty attributingParty compensatedParty compensatingParty consentedParty consentingParty "
    "contractedParty contractingParty informedParty informingParty trackedParty trackingParty"
)

PARTY_FUNCTIONS: Final = tuple(_FUNCTIONS.split())
"""Functions that a party can have in a duty, beside assigner and assignee (ODRL 2.2, 3.5)."""

_BELOW_USE: Final = (
    "grantUse compensate acceptTracking aggregate annotate anonymize archive attribute concurrentUse "
    "delete derive digitize distribute ensureExclusivity execute include index inform install modify move "
    "nextPolicy obtainConsent play present print read reproduce reviewPolicy stream synchronize "
    "textToSpeech transform translate uninstall watermark cc:Reproduction cc:Distribution "
    "cc:DerivativeWorks cc:CommercialUse cc:Notice cc:Attribution cc:ShareAlike cc:SourceCode cc:Sharing"
)

_LEFT: Final = (
    "absolutePosition absoluteSize absoluteSpatialPosition absoluteTemporalPosition count dateTime "
    "delayPeriod deliveryChannel device elapsedTime event fileFormat industry language media meteredTime "
    "payAmount percentage product purpose recipient relativePosition relativeSize relativeSpatialPosition "
    "relativeTemporalPosition resolution spatial spatialCoordinates system systemDevice timeInterval "
    "unitOfCount version virtualLocation"
)

LEFT_OPERANDS: Final = frozenset(_LEFT.split())
"""The left operands of the ODRL 2.2 vocabulary."""

INCLUDED_IN: Final[Mapping[str, str | None]] = {
    "use": None,
    "transfer": None,
    "give": "transfer",
    "sell": "transfer",
    "display": "play",
    "extract": "reproduce",
    **dict.fromkeys(_BELOW_USE.split(), "use"),
}
"""Each action of ODRL and the one that includes it (`odrl:includedIn`); a root has none."""

OURS: Final[Mapping[str, tuple[str, ...]]] = {
    "access": ("use",),
    "read": ("access",),
    "delivery": ("access",),
    "download": ("delivery",),
    "storage": ("delivery", "read"),
    "process": ("use",),
    "jointDevelop": ("process",),
    "compute": ("process",),
    "desensitize": ("transform",),
    "logRecordSend": ("inform",),
    "alert": ("inform",),
}
"""Actions of TC609-6-2025-14, table 4, that ODRL does not have, and those that include them (decision 0029). Whoever may
read where data has landed may let it land there, so `read`, ODRL's own, includes `storage` and lies in `access`.
"""

KNOWN_ACTIONS: Final[Mapping[str, tuple[str, ...]]] = {
    **{
        name: (*((above,) if (above := INCLUDED_IN.get(name)) else ()), *OURS.get(name, ()))
        for name in (*INCLUDED_IN, *(own for own in OURS if own not in INCLUDED_IN))
    },
    CATALOG_ACCESS: ("access",),
}
"""Every known action, and those that include it directly."""

REPLACED: Final[Mapping[str, str]] = {
    "append": "modify",
    "appendTo": "modify",
    "write": "modify",
    "writeTo": "modify",
    "copy": "reproduce",
    "export": "transform",
    "license": "grantUse",
    "pay": "compensate",
    "share": "cc:Sharing",
    "commercialize": "cc:CommercialUse",
    "shareAlike": "cc:ShareAlike",
    "attachPolicy": "cc:Notice",
    "attachSource": "cc:SourceCode",
}
"""Deprecated actions and the action that says the same today (`skos:exactMatch`)."""


def short(term: str) -> str:
    """The one name of `term`: without `odrl:` or ODRL's IRI, other known IRIs with their usual prefix."""
    if ":" not in term:
        return term
    if term in _READ:
        return _READ[term]
    for spelling in _ODRL_SPELLINGS:
        if term.startswith(spelling):
            return term[len(spelling) :]
    for iri, prefix in _PREFIXES.items():
        if term.startswith(iri):
            return prefix + term[len(iri) :]
    return term


def action_name(action: str) -> str:
    """The short name of `action`, including xinfu's own; a deprecated name is replaced by its present equivalent."""
    if catenax_rest(action) == "access":
        return CATALOG_ACCESS
    name = short(action.removeprefix(OWN_ACTION))
    return REPLACED.get(name, name)


def expand_name(name: str) -> str:
    """`name` so that a reader of JSON-LD finds it in ODRL: the protocol's own context knows only `use` (T-18)."""
    if name.startswith("cc:"):
        return CC + name.removeprefix("cc:")
    if name == CATALOG_ACCESS:
        return CATENAX + "access"
    if name in OURS and name not in INCLUDED_IN:
        return OWN_ACTION + name
    known = name in LEFT_OPERANDS or name in INCLUDED_IN
    return f"odrl:{name}" if known and name != "use" else name


def iri(name: str) -> str:
    """The whole IRI of a short name; what has no prefix is a name of ODRL."""
    if ":" not in name:
        return ODRL + name
    known = (name.replace(prefix, start, 1) for start, prefix in _PREFIXES.items() if name.startswith(prefix))
    return next((found for found in known if found.startswith("http")), name)


def operand_name(left: str) -> str:
    """The short name of a left operand, including xinfu's own."""
    return short(left.removeprefix(OWN))


def catenax_name(left: str) -> str | None:
    """The bare name of a Catena-X operand that is answered here, from any of its namespaces; None for others."""
    name = catenax_rest(left)
    return name if name in CATENAX_NAMES else None


def catenax_rest(term: str) -> str | None:
    """The part of `term` after a namespace of Catena-X or of EDC's clients; None if it has no such namespace."""
    return next(
        (term.removeprefix(start) for start in _CATENAX_SPELLINGS if term.startswith(start)),
        None,
    )


def operator_name(operator: str) -> str:
    """The short name of `operator`; `neg` is read as `neq` (T-20)."""
    name = short(operator)
    return "neq" if name == "neg" else name


def including_actions(action: str) -> tuple[str, ...]:
    """`action` and all that include it, the nearest first. Unknown actions have only themselves."""
    found = [action]
    for each in found:
        found += [above for above in KNOWN_ACTIONS.get(each, ()) if above not in found]
    return tuple(found)


@lru_cache(maxsize=256)
def covered_actions(action: str) -> frozenset[str]:
    """All actions that a rule about `action` covers: itself and those below it."""
    return frozenset(name for name in KNOWN_ACTIONS if action in including_actions(name)) | {action}


_DECIDING: Final = frozenset(
    f"dct:{name}"
    for name in (
        "isReplacedBy",
        "valid",
        "available",
        "accessRights",
        "conformsTo",
        "license",
        "rights",
        "requires",
    )
)
"""Terms of Dublin Core that do more than describe."""


def is_remark(key: str) -> bool:
    """True for a key that describes and never decides: a title, a date of issue, a comment.

    `dct:isReplacedBy` does decide: a replaced policy is void (R-ODRL-POL-05). So may terms that say until when, for whom
    or by what rules something is there.
    """
    name = short(key)
    return name not in _DECIDING and name.startswith(("dct:", "rdfs:", "skos:"))
