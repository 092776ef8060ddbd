"""The vocabulary of an engine: operands, terms, profiles, and what it can do to data before it leaves."""

from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import Final

import msgspec

from xinfu.odrl.operands import IN_DUTIES, OPERANDS, Operand, operand
from xinfu.odrl.values.taxonomy import Taxonomy
from xinfu.odrl.values.terms import CATENAX_PROFILES, CHINA_TIME, CORE_PROFILE


class Registry(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """The vocabulary of one engine; two registries are the same only if they are the same object.

    Attributes:
        operands: short name -> operand, given the key of the rule's counter.
        taxonomy: purposes and other terms, and what is broader than them.
        profiles: profiles whose terms are known here, or refused one by one by their name.
        zones: profiles that say by which clock windows of time begin, with its minutes east of UTC.
        transforms: what this node can do to the data before it leaves: kinds of transform (`columns`, `rows`, `mask`,
            `resolution`), and duties by name that say nothing more (`watermark`).
        implies: actions of profiles, and the actions that whoever performs them performs too (`odrl:implies`).
    """

    operands: Mapping[str, Callable[[str], Operand]] = msgspec.field(default_factory=lambda: OPERANDS)
    taxonomy: Taxonomy = msgspec.field(default_factory=Taxonomy)
    profiles: frozenset[str] = frozenset({CORE_PROFILE, "odrl:core", CHINA_TIME, *CATENAX_PROFILES})
    zones: Mapping[str, int] = msgspec.field(default_factory=lambda: {CHINA_TIME: 8 * 60})
    transforms: frozenset[str] = frozenset({"columns", "rows", "mask", "resolution"})
    implies: Mapping[str, tuple[str, ...]] = msgspec.field(default_factory=dict)

    def operand(self, left: str, counter: str) -> Operand | None:
        """The operand that `left` names, on the counter of one rule; None if it is unknown."""
        return operand(left, counter, self.operands)

    def zone(self, profiles: Iterable[str]) -> int:
        """The clock by which windows of a policy with these profiles begin, in minutes east of UTC."""
        return next((self.zones[name] for name in profiles if name in self.zones), 0)


REGISTRY: Final = Registry()
"""The vocabulary of xinfu itself."""


@lru_cache(maxsize=16)
def in_duties(registry: Registry) -> Registry:
    """The vocabulary inside a duty, where a delay is counted from the duty's trigger."""
    known = {name: made for name, made in IN_DUTIES.items() if name in registry.operands}
    return msgspec.structs.replace(registry, operands={**registry.operands, **known})
