"""Differences between v3 and v4: the context, some types, collapsed arrays, and policies.

Everything else is one shape, written by hand: bare names of EDC. v3 writes ODRL with its prefix and an array of
one as its element; v4 writes bare names and keeps arrays, and leaves empty lists of rules out.
"""

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

import msgspec

from xinfu import odrl
from xinfu.odrl import Policy, PolicyKind
from xinfu.odrl.values.terms import IN_FORCE, WRITTEN
from xinfu.web.management.names import DSP, EDC, EDC_DSP, ODRL, V2, compact

_V3_CONTEXT: Final = [DSP, EDC_DSP, {"@vocab": EDC, "edc": EDC, "odrl": ODRL}]
_TERMS_OF_DSP: Final = frozenset({"ContractNegotiation", "TransferProcess", "DataAddress"})
"""Types that the protocol's context knows under the same name; v3 writes EDC's with its prefix."""
_LINKS: Final = frozenset({"action", "leftOperand", "operator", "target", "conflict"})
_RULES: Final = ("permission", "prohibition", "obligation")


class Version(msgspec.Struct, frozen=True, kw_only=True):
    """A version of the API, and how it writes answers."""

    name: str
    is_v3: bool

    def node(self, type_: str | None, id_: str | None, **fields: Any) -> dict[str, Any]:
        """An object of an answer; a field that is None is left out."""
        head: dict[str, Any] = {"@id": id_} if id_ is not None else {}
        if type_ is not None:
            head["@type"] = f"edc:{type_}" if self.is_v3 and type_ in _TERMS_OF_DSP else type_
        return head | {key: value for key, value in fields.items() if value is not None}

    def whole(self, node: dict[str, Any]) -> dict[str, Any]:
        """An object as it goes out, its context last."""
        return node | {"@context": _V3_CONTEXT if self.is_v3 else [V2]}

    def several(self, items: Sequence[Any]) -> Any:
        """Return a list, or in v3 the item itself if there is only one."""
        return items[0] if self.is_v3 and len(items) == 1 else list(items)

    def free(self, properties: dict[str, Any]) -> dict[str, Any]:
        """Free properties."""
        found: dict[str, Any] = compact(properties, prefixes=not self.is_v3)
        return found

    def metadata(self, metadata: dict[str, Any]) -> dict[str, Any]:
        """Return the metadata for a data plane; in v4 its lists stay lists."""
        told = {name: value for name, value in self.free(metadata).items() if name != "@type"}
        if not self.is_v3:
            listed = {name: told[name] for name in ("labels", "profiles") if name in told}
            told |= {name: value if isinstance(value, list) else [value] for name, value in listed.items()}
        return self.node("DataplaneMetadata", None, **told)

    def address(self, address: dict[str, Any]) -> dict[str, Any]:
        """A data address."""
        return self.node("DataAddress", None, **address)

    def policy(self, policy: Policy, *, id_: str) -> dict[str, Any]:
        """Return a policy as an answer; a policy without an id gets one derived from `id_`."""
        named = policy.id or str(uuid.uuid5(uuid.NAMESPACE_URL, f"policy:{id_}"))
        written = odrl.write(msgspec.structs.replace(policy, id=named, timestamp=None))
        if not self.is_v3:
            found: dict[str, Any] = _bare(written)
            return found
        prefixed: dict[str, Any] = self._prefixed(written)
        prefixed["@type"] = f"odrl:{policy.kind}"
        return prefixed | {f"odrl:{name}": [] for name in _RULES if name not in written}

    def _prefixed(self, value: Any, key: str = "") -> Any:
        if isinstance(value, list):
            return self.several([self._prefixed(each, key) for each in value])
        if isinstance(value, dict):
            return {
                name if name[:1] == "@" or ":" in name else f"odrl:{name}": self._prefixed(each, name)
                for name, each in value.items()
            }
        return {"@id": _linked(value, key)} if key in _LINKS and isinstance(value, str) else value


V3: Final = Version(name="v3", is_v3=True)
V4: Final = Version(name="v4", is_v3=False)


def millis(moment: datetime) -> int:
    """Milliseconds since 1970."""
    return int(moment.timestamp() * 1000)


def _linked(value: str, key: str) -> str:
    if key == "target" or ":" in value:
        return value.replace(EDC, "edc:") if value.startswith(EDC) else value
    return f"odrl:{value}"


def _bare(value: Any) -> Any:
    if isinstance(value, list):
        return [_bare(each) for each in value]
    if isinstance(value, dict):
        return {key: _bare(each) for key, each in value.items()}
    return IN_FORCE if value == WRITTEN[IN_FORCE] else value


__all__ = ["V3", "V4", "PolicyKind", "Version", "millis"]
