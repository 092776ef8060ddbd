"""Writes docs/reference/contract-interfaces.md from the bodies, headers and codes of the program."""

from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Any, Final, get_args, get_origin

import msgspec

from xinfu.contracts import messages, number, terms, usage
from xinfu.contracts.codes import CODES, OK
from xinfu.contracts.header import SKEW, VERSION

HEAD: Final = f"""# Contract and usage interfaces

Written from the program by `make docs`. Ten interfaces after TC609-6-2025-14 (annex B) and TC609-6-2025-15 (clause 9), all POST
with a JSON body, below `/dsp/<participant context>/contracts` of the protocol listener. What the standards leave open is settled in
decisions [0018](../decisions/0018-a-contract-is-signed-as-one-canonical-text.md) and
[0019](../decisions/0019-what-the-contract-tables-leave-open.md).

Every message carries `msgcode` (the name of the interface), `msgversion` ({VERSION}), `timestamp` (milliseconds, at most
{int(SKEW.total_seconds()) // 60} minutes away from our time), `sequenceNum` (taken once) and `signValue`, and in `Authorization` the token by which
participants prove who they are. Unknown fields are passed over. An answer is `{{"code", "message", "data"}}`; `data` holds the `0` or
`1` of the table.

M: mandatory; O: optional. Fields marked with ° stand in no table of the standards.
"""
OURS: Final = frozenset({"contractExpansionItem", "reason", "receipt", "reportNumber", "reportAfter"})
"""Fields of ours, but for the `contractExpansionItem` of a filing, which a table has."""


def page() -> str:
    """The whole page."""
    listed: list[tuple[str, type[msgspec.Struct], type[msgspec.Struct]]] = [
        *((str(api), kind, messages.ANSWERS[api]) for api, kind in messages.REQUESTS.items()),
        *((str(api), kind, messages.StatusAnswer) for api, kind in usage.REQUESTS.items()),
    ]
    return (
        HEAD
        + "".join(section(*each) for each in listed)
        + codes()
        + words("Actions", "Table 4.", terms.ACTIONS)
        + words("Constraints", "Table 5.1.", terms.CONSTRAINTS)
        + words("Operators", "The code is written; code and name are read.", terms.OPERATORS)
        + f"\nA contract number has {number.CONTRACT} characters, its check is MOD 37-2.\n"
    )


def section(api: str, request: type[msgspec.Struct], answer: type[msgspec.Struct]) -> str:
    """One interface."""
    doc = (request.__doc__ or "").strip().splitlines()[0]
    rows = "".join(fields(request, "", api)) + "".join(fields(answer, "data.", api))
    return f"\n## `/{api}`\n\n{doc}\n\n| field | kind | length | |\n|---|---|---|---|\n{rows}"


def fields(kind: type[msgspec.Struct], below: str, api: str) -> Iterator[str]:
    """A line a field, those inside it after it."""
    for field in msgspec.structs.fields(kind):
        name = field.encode_name
        mark = "°" if name in OURS and (name, api) != ("contractExpansionItem", "contractRegistrate") else ""
        told, length, inner = described(field.type)
        yield f"| `{below}{name}`{mark} | {told} | {length} | {'M' if field.required else 'O'} |\n"
        if inner is not None:
            yield from fields(inner, f"{below}{name}{'[]' if told == 'array' else ''}.", api)


def described(kind: Any) -> tuple[str, str, type[msgspec.Struct] | None]:
    """What a field holds, how long it may be, and the struct inside it."""
    if kind is Any:
        return "JSON", "–", None
    meta = [each for each in getattr(kind, "__metadata__", ()) if isinstance(each, msgspec.Meta)]
    length = next((str(each.max_length) for each in meta if each.max_length), "–")
    if any(each.pattern for each in meta):
        length = "64"
    base = get_args(kind)[0] if meta else kind
    parts = [each for each in get_args(base) if each is not type(None)]
    if get_origin(base) is tuple:
        inside = next((each for each in parts if isinstance(each, type)), None)
        return "array", "–", inside if inside and issubclass(inside, msgspec.Struct) else None
    if parts and get_origin(base) is not tuple:
        return described(parts[0])
    if isinstance(base, type) and issubclass(base, msgspec.Struct):
        return "object", "–", base
    if isinstance(base, type) and issubclass(base, StrEnum):
        return ", ".join(f"`{each}`" for each in base), "–", None
    return "string", length, None


def codes() -> str:
    """The codes of answers."""
    by_code: dict[str, list[str]] = {}
    for ours, theirs in CODES.items():
        by_code.setdefault(theirs, []).append(f"`{ours}`")
    rows = "".join(f"| {code} | {', '.join(sorted(ours))} |\n" for code, ours in sorted(by_code.items()))
    return (
        f"\n## Codes\n\n{OK} is well. The first digit says whose fault it is (1 the system's, 2 a parameter's, 3 that of the "
        "business), 06 is the\nblock of contracts.\n\n| code | errors ([what they mean](errors.md)) |\n|---|---|\n"
        + rows
    )


def words(title: str, intro: str, table: Mapping[str, str]) -> str:
    """A list of words of the standard."""
    rows = "".join(f"| `{name}` | {meaning} |\n" for name, meaning in table.items())
    return f"\n## {title}\n\n{intro}\n\n| | |\n|---|---|\n{rows}"
