"""Any legal JSON-LD form of a message -> the compact form that the schemas describe.

Only the contexts that ship with the package are known; an IRI outside them is an error and nothing is ever
fetched (threats O6). The library's contexts change inside its own shared cache and then lose terms (T-16), so
each document is processed with a cache of its own, and the shipped context needs no `@import`. Protected
terms cannot be redefined: the library refuses that (R-GEN-06). There is no base address (T-17).

Follows: JSON-LD 1.1, expansion and compaction.
"""

import functools
import importlib.resources
from collections.abc import Mapping
from typing import Any, Final

import msgspec

from xinfu.dsp.terms import DSP_CONTEXT
from xinfu.errors import ProtocolError

_MAX_CONTEXTS: Final = 8
_MAX_TERMS: Final = 128
_BUNDLED: Final = {DSP_CONTEXT: "dspace-2025-1.json"}


def compact(document: object, contexts: tuple[object, ...]) -> dict[str, Any]:
    """`document` in terms of the DSP context, one object, without its `@context`.

    Arrays of one may have become their item; whoever reads takes both (T-15).

    Args:
        document: within the limits of size, depth and number of nodes.
        contexts: every `@context` in it, at any depth.

    Raises:
        ProtocolError: `jsonld.context-unknown`, `jsonld.context-too-large`, `jsonld.import`,
            `jsonld.invalid`, or `jsonld.not-one-node` when it speaks of several things.
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
            raise _not_one_node(len(nodes))
        found: dict[str, Any] = jsonld.compact(nodes, DSP_CONTEXT, options | {"skipExpansion": True})
    except (jsonld.JsonLdError, TypeError, ValueError, KeyError, AttributeError, RecursionError) as error:
        # the library raises its own error for what it checks, and Python's for malformed input that it does not
        raise _invalid(error) from error
    found.pop("@context", None)
    return found


def _has_absolute_type(node: Mapping[str, Any]) -> bool:
    """A type that no context turned into an IRI says nothing."""
    return any(":" in each for each in node.get("@type", ()))


@functools.cache
def _text(name: str) -> bytes:
    return importlib.resources.files("xinfu.dsp.contexts").joinpath(name).read_bytes()


def _load(url: str, _options: object) -> dict[str, Any]:
    """The loader that the library calls: bundled contexts, a fresh copy each time, and nothing else."""
    return {
        "contentType": "application/ld+json",
        "contextUrl": None,
        "documentUrl": url,
        "document": load_bundled(url),
    }


def load_bundled(url: str) -> dict[str, Any]:
    """A fresh copy of the context that ships under `url`; an unknown one is an error."""
    if url not in _BUNDLED:
        raise _unknown(url)
    document: dict[str, Any] = msgspec.json.decode(_text(_BUNDLED[url]))
    return document


def _check(contexts: tuple[object, ...]) -> None:
    """Known names, few contexts with few terms, and no `@import` in any (threats O6, O7)."""
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
                raise _import()
        if count > _MAX_CONTEXTS or terms > _MAX_TERMS:
            raise _context_too_large()


def _unknown(name: str) -> ProtocolError:
    return ProtocolError(
        "jsonld.context-unknown",
        f"The context {name[:200]!r} is not known here, and contexts are never fetched.",
        f"未知的 JSON-LD 上下文 {name[:200]!r}；本节点从不在线获取上下文。",
        help_en=f"Use {DSP_CONTEXT} and short terms, or define your own terms in an inline context.",
        help_zh=f"请使用 {DSP_CONTEXT} 及其短名称，或在内联上下文中定义自有词汇。",
        facts={"context": name[:200]},
    )


def _import() -> ProtocolError:
    return ProtocolError(
        "jsonld.import",
        "A context uses @import, which is not processed here.",
        "上下文使用了 @import，本节点不予处理。",
        help_en="Write the imported terms into the context.",
        help_zh="请将被引入的词汇直接写入上下文。",
    )


def _context_too_large() -> ProtocolError:
    return ProtocolError(
        "jsonld.context-too-large",
        f"The message has more than {_MAX_CONTEXTS} contexts or {_MAX_TERMS} terms in them.",
        f"消息的上下文超过 {_MAX_CONTEXTS} 个，或其中的词汇超过 {_MAX_TERMS} 个。",
        help_en=f"Use the short terms of {DSP_CONTEXT}.",
        help_zh=f"请使用 {DSP_CONTEXT} 的短名称。",
    )


def _not_one_node(count: int) -> ProtocolError:
    return ProtocolError(
        "jsonld.not-one-node",
        f"The body speaks of {count} typed things at the top; a message is exactly one.",
        f"消息体顶层有 {count} 个带类型的对象；一条消息只能有一个。",
        help_en="Check @context and @type, and nest what belongs to the message.",
        help_zh="请检查 @context 与 @type，并将所属内容嵌套在消息之内。",
    )


def _invalid(error: Exception) -> ProtocolError:
    code = getattr(error, "code", None) or getattr(error.__cause__, "code", None) or type(error).__name__
    return ProtocolError(
        "jsonld.invalid",
        f"The body is no legal JSON-LD: {code}.",
        f"消息体不是合法的 JSON-LD：{code}。",
        help_en=f"Use {DSP_CONTEXT} and its short terms.",
        help_zh=f"请使用 {DSP_CONTEXT} 及其短名称。",
        facts={"reason": str(code)},
    )
