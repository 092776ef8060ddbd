"""Conversion of any legal JSON-LD form of a message to the compact form that the schemas describe.

Only the contexts that ship with the package are known; the IRI of any other context is an error, and nothing is ever
fetched (threats O6). The library changes contexts inside its shared cache, and they then lose terms (T-16), so
each document is processed with a cache of its own, and the shipped context needs no `@import`. Protected
terms cannot be redefined: the library refuses that (R-GEN-06). There is no base address (T-17).

Follows: JSON-LD 1.1, expansion and compaction.
"""

import functools
import importlib.resources
from collections.abc import Mapping
from typing import Any, Final

import msgspec

from xinfu.dsp import errors
from xinfu.dsp.terms import DSP_CONTEXT
from xinfu.errors import ProtocolError

_MAX_CONTEXTS: Final = 8
_MAX_TERMS: Final = 128
_BUNDLED: Final = {DSP_CONTEXT: "dspace-2025-1.json"}


def compact(document: object, contexts: tuple[object, ...]) -> dict[str, Any]:
    """Convert `document` to one object in terms of the DSP context, without its `@context`.

    An array of one item may have become that item; readers accept both (T-15).

    Args:
        document: within the limits of size, depth and number of nodes.
        contexts: every `@context` in it, at any depth.

    Raises:
        ProtocolError: `jsonld.context-unknown`, `jsonld.context-too-large`, `jsonld.import`,
            `jsonld.invalid`, or `jsonld.not-one-node` unless exactly one typed object is at the top.
    """
    _check(contexts)
    return _process(document)


def _process(document: object) -> dict[str, Any]:
    # imported when first needed: it costs time and memory, and a peer that speaks the plain form never needs it
    from cachetools import LRUCache
    from pyld import jsonld
    from pyld.context_resolver import ContextResolver

    options = {
        "base": None,
        "documentLoader": _load,
        "contextResolver": ContextResolver(LRUCache(maxsize=64), _load),
    }
    try:
        nodes = [each for each in jsonld.expand(document, options) if _has_absolute_type(each)]
        if len(nodes) != 1:
            raise errors.JSONLD_NOT_ONE_NODE(count=len(nodes))
        found: dict[str, Any] = jsonld.compact(nodes, DSP_CONTEXT, options | {"skipExpansion": True})
    except (jsonld.JsonLdError, TypeError, ValueError, KeyError, AttributeError, RecursionError) as error:
        # the library raises its own error for what it checks, and Python's for malformed input that it does not
        raise _invalid(error) from error
    found.pop("@context", None)
    return found


def _has_absolute_type(node: Mapping[str, Any]) -> bool:
    """Whether a node has a type that is an IRI; a type that no context turned into an IRI has no meaning."""
    return any(":" in each for each in node.get("@type", ()))


@functools.cache
def _text(name: str) -> bytes:
    return importlib.resources.files("xinfu.dsp.contexts").joinpath(name).read_bytes()


def _load(url: str, _options: object) -> dict[str, Any]:
    """Load a context for the library: only bundled ones, as a fresh copy each time."""
    return {
        "contentType": "application/ld+json",
        "contextUrl": None,
        "documentUrl": url,
        "document": load_bundled(url),
    }


def load_bundled(url: str) -> dict[str, Any]:
    """Load a fresh copy of the context that ships under `url`.

    Raises:
        ProtocolError: `jsonld.context-unknown`.
    """
    if url not in _BUNDLED:
        raise _unknown(url)
    document: dict[str, Any] = msgspec.json.decode(_text(_BUNDLED[url]))
    return document


def _check(contexts: tuple[object, ...]) -> None:
    """Refuse unknown contexts, too many contexts or terms, and any `@import` (threats O6, O7)."""
    count = terms = 0
    stack = list(contexts)
    while stack:
        value = stack.pop()
        if isinstance(value, list):
            stack.extend(value[: _MAX_CONTEXTS + 1])
            continue
        count += 1
        if isinstance(value, str) and value not in _BUNDLED:
            raise _unknown(value)
        if isinstance(value, dict):
            terms += len(value)
            if "@import" in value:
                raise errors.JSONLD_IMPORT()
        if count > _MAX_CONTEXTS or terms > _MAX_TERMS:
            raise errors.JSONLD_CONTEXT_TOO_LARGE(
                max_contexts=_MAX_CONTEXTS, max_terms=_MAX_TERMS, dsp_context=DSP_CONTEXT
            )


def _unknown(name: str) -> ProtocolError:
    return errors.JSONLD_CONTEXT_UNKNOWN(context=name[:200], dsp_context=DSP_CONTEXT)


def _invalid(error: Exception) -> ProtocolError:
    code = getattr(error, "code", None) or getattr(error.__cause__, "code", None) or type(error).__name__
    return errors.JSONLD_INVALID(reason=code, dsp_context=DSP_CONTEXT)
