"""Turtle and JSON-LD <-> triples, through rdflib, which is imported with the first document and not before.

Literals keep their spelling: a moment is written as it was read. Nothing is fetched: the contexts of ODRL and of the
protocol are known here, any other context that stands elsewhere is refused. Follows: RDF 1.1 Turtle; JSON-LD 1.1.
"""

import logging
import re
from collections.abc import Iterable, Iterator
from enum import StrEnum
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Final

import msgspec

from xinfu.errors import InputError
from xinfu.odrl import errors
from xinfu.odrl.model.limits import repeated_key
from xinfu.odrl.values.terms import CC, ODRL, PARTY_FUNCTIONS, XSD

if TYPE_CHECKING:
    import rdflib

MAX_BYTES: Final = 1024 * 1024
MAX_TRIPLES: Final = 50_000

REPORT: Final = "https://w3id.org/force/compliance-report#"
DCT: Final = "http://purl.org/dc/terms/"
RDF: Final = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
RDFS: Final = "http://www.w3.org/2000/01/rdf-schema#"
SKOS: Final = "http://www.w3.org/2004/02/skos/core#"
PREFIXES: Final = {
    "odrl": ODRL,
    "report": REPORT,
    "dct": DCT,
    "xsd": XSD,
    "rdf": RDF,
    "rdfs": RDFS,
    "skos": SKOS,
    "cc": CC,
}

_CONTEXTS: Final = frozenset(
    ["www.w3.org/ns/odrl.jsonld", "www.w3.org/ns/odrl/2/odrl.jsonld", "w3id.org/dspace/2025/1/context.jsonld"]
)
_NAMES_AN_IRI: Final = (
    "uid target source partOf assigner assignee profile inheritFrom refinement constraint permission prohibition "
    "obligation duty remedy consequence and or xone rightOperandReference hasPolicy"
)
_NAMES_A_TERM: Final = "leftOperand operator action conflict unit dataType includedIn implies"
_CONTEXT: Final[dict[str, object]] = {
    "@vocab": ODRL,
    **PREFIXES,
    "dcterms": DCT,
    "uid": {"@id": ODRL + "uid", "@type": "@id"},
    **{name: {"@id": ODRL + name, "@type": "@id"} for name in (*_NAMES_AN_IRI.split(), *PARTY_FUNCTIONS)},
    **{name: {"@id": ODRL + name, "@type": "@vocab"} for name in _NAMES_A_TERM.split()},
    "andSequence": {"@id": ODRL + "andSequence", "@type": "@id", "@container": "@list"},
}
"""What the contexts of ODRL and of the protocol say about the names of ODRL."""


_SILENT: Final = logging.NullHandler()
"""What rdflib has to say of a literal goes to whoever keeps a log, and to nobody's terminal."""
_IRI: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\x00-\x20<>\"{}|\\^`]*")


class Syntax(StrEnum):
    """The syntaxes in which triples are written."""

    TURTLE = "turtle"
    JSON_LD = "jsonld"


class TermKind(StrEnum):
    """The kinds of term."""

    IRI = "iri"
    BLANK = "blank"
    LITERAL = "literal"


class Term(msgspec.Struct, frozen=True, order=True):
    """An IRI, a node without a name, or a literal with its spelling.

    Attributes:
        data_type: of a literal, as an IRI; empty for a plain text.
        language: of a plain text.
    """

    value: str
    kind: TermKind = TermKind.IRI
    data_type: str = ""
    language: str = ""


Triple = tuple[Term, str, Term]


def is_iri(text: str) -> bool:
    """Whether `text` can stand as an IRI."""
    return _IRI.fullmatch(text) is not None


def syntax_of(text: str) -> Syntax:
    """JSON-LD when the first sign is a bracket of JSON, else Turtle; `[ a odrl:Set ]` is Turtle too."""
    head = text.lstrip("\ufeff \t\r\n")
    return (
        Syntax.JSON_LD
        if head[:1] == "{" or (head[:1] == "[" and head[1:].lstrip()[:1] in "{]")
        else Syntax.TURTLE
    )


def read_triples(text: str) -> tuple[Triple, ...]:
    """The triples of `text`, in Turtle or JSON-LD, sorted.

    Raises:
        InputError: `policy.unreadable` for what is neither, `policy.too-large` over a limit.
        ConfigError: `policy.library-absent`: rdflib is not installed.
    """
    text = text.removeprefix("\ufeff")
    if len(text.encode("utf-8", "replace")) > MAX_BYTES:
        raise errors.POLICY_TOO_LARGE_DOCUMENT(what=f"more than {MAX_BYTES} bytes")
    _require_rdflib()
    import rdflib

    logging.getLogger("rdflib").addHandler(_SILENT)
    graph = rdflib.Graph()
    spelled, rdflib.NORMALIZE_LITERALS = rdflib.NORMALIZE_LITERALS, False
    try:
        if syntax_of(text) is Syntax.JSON_LD:
            graph.parse(data=_with_known_contexts(text), format="json-ld")
        else:
            graph.parse(data=text, format="turtle")
    except InputError:
        raise
    except RecursionError as error:
        raise errors.POLICY_TOO_LARGE_DOCUMENT(what="it is nested too deeply") from error
    except Exception as error:  # the parsers of rdflib raise whatever they meet
        raise errors.POLICY_UNREADABLE_RDF(what=type(error).__name__) from error
    finally:
        rdflib.NORMALIZE_LITERALS = spelled
    if len(graph) > MAX_TRIPLES:
        raise errors.POLICY_TOO_LARGE_DOCUMENT(what=f"more than {MAX_TRIPLES} statements")
    return tuple(sorted((_term(s), str(p), _term(o)) for s, p, o in graph))


def write_triples(triples: Iterable[Triple], syntax: Syntax) -> str:
    """`triples` as text; a name that cannot stand as an IRI is written as a text.

    Raises:
        ConfigError: `policy.library-absent`: rdflib is not installed.
    """
    _require_rdflib()
    import rdflib

    graph = rdflib.Graph(bind_namespaces="none")
    for prefix, iri in PREFIXES.items():
        graph.bind(prefix, iri)
    for subject, predicate, value in triples:
        graph.add((_node(subject), rdflib.URIRef(predicate), _node(value)))
    if syntax is Syntax.TURTLE:
        return graph.serialize(format="turtle")
    context = {name: iri for name, iri in PREFIXES.items() if name in ("odrl", "report", "dct", "xsd")}
    return graph.serialize(format="json-ld", context=context, indent=2)


def _require_rdflib() -> None:
    if find_spec("rdflib") is None:
        raise errors.POLICY_LIBRARY_ABSENT()


def _term(node: "rdflib.term.Node") -> Term:
    import rdflib

    if isinstance(node, rdflib.Literal):
        return Term(str(node), TermKind.LITERAL, str(node.datatype or ""), node.language or "")
    return Term(str(node), TermKind.BLANK if isinstance(node, rdflib.BNode) else TermKind.IRI)


def _node(term: Term) -> Any:
    import rdflib

    match term.kind:
        case TermKind.IRI if is_iri(term.value):
            return rdflib.URIRef(term.value)
        case TermKind.BLANK:
            return rdflib.BNode(term.value)
    data_type = rdflib.URIRef(term.data_type) if term.data_type else None
    return rdflib.Literal(term.value, lang=term.language or None, datatype=data_type, normalize=False)


def _with_known_contexts(text: str) -> bytes:
    """`text` with the contexts that are known here in their places; without one it has that of ODRL."""
    repeated = repeated_key(text.encode("utf-8", "replace"))
    if repeated is not None:
        raise errors.POLICY_UNREADABLE_RDF(what=f"the key {repeated[:60]} stands twice")
    try:
        document = msgspec.json.decode(text)
    except msgspec.DecodeError as error:
        raise errors.POLICY_UNREADABLE_RDF(what="JSON") from error
    has_context = False
    for holder in _objects(document):
        if "@import" in holder:
            raise errors.POLICY_UNREADABLE_RDF(what="@import")
        if "@context" in holder:
            has_context = True
            holder["@context"] = _known(holder["@context"])
    if not has_context:
        document = {"@context": _CONTEXT, "@graph": document if isinstance(document, list) else [document]}
    return msgspec.json.encode(document)


def _objects(document: object) -> Iterator[dict[str, Any]]:
    waiting = [document]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            waiting += value.values()
            yield value
        elif isinstance(value, list):
            waiting += value


def _known(context: object) -> object:
    if isinstance(context, list):
        return [_known(each) for each in context if not isinstance(each, list)]
    if not isinstance(context, str):
        return context
    if context.partition("://")[2] in _CONTEXTS:
        return _CONTEXT
    raise errors.POLICY_UNREADABLE_RDF(what=context)
