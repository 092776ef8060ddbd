"""Checks that v4 makes on a body before its names are resolved, with the messages of EDC's schemas."""

from collections.abc import Iterator, Sequence
from typing import Any, Final

from xinfu.web.management.faults import Fault, FaultsError, invalid, refused
from xinfu.web.management.names import V2

_REQUIRED: Final[dict[str, tuple[str, ...]]] = {
    "Asset": ("properties",),
    "PolicyDefinition": ("policy",),
    "ContractDefinition": ("accessPolicyId", "contractPolicyId"),
    "CatalogRequest": ("counterPartyAddress", "counterPartyId"),
    "DatasetRequest": ("counterPartyAddress", "counterPartyId", "@id"),
    "ContractRequest": ("counterPartyAddress", "policy"),
    "TransferRequest": ("counterPartyAddress", "contractId", "transferType"),
    "Secret": ("value",),
    "Criterion": ("operandLeft", "operator", "operandRight"),
    "PolicyEvaluationPlanRequest": ("policyScope",),
}
_SPEAKS: Final = frozenset({"CatalogRequest", "DatasetRequest", "ContractRequest", "TransferRequest"})
"""Bodies that name their protocol, as `protocol` or as `profile`."""
_ALSO: Final = {"Asset": ("Asset", "CatalogAsset"), "DatasetRequest": ("DatasetRequest",)}
_RULES: Final = ("permission", "prohibition", "obligation")


def required_members(kind: str) -> Sequence[str]:
    """Return the members that a body of this kind must have, besides context and type."""
    return _REQUIRED.get(kind, ())


def types(kind: str) -> Sequence[str]:
    """Return the types that a body of this kind may have."""
    return _ALSO.get(kind, (kind,))


def check_schema(kind: str, body: dict[str, Any]) -> None:
    """Refuse a v4 body that its schema refuses.

    Raises:
        FaultsError: 400.
    """
    expected = types(kind)
    if "@type" not in body:
        raise refused("JsonObject is missing required property: @type")
    if body["@type"] not in expected:
        listed = ", ".join(expected)
        raise refused(f"JsonObject type '{body['@type']}' does not match expected types: [{listed}]")
    found = list(_faults(kind, body))
    if found:
        raise FaultsError(400, *found)


def _faults(kind: str, body: dict[str, Any]) -> Iterator[Fault]:
    yield from _context(body)
    if kind in _SPEAKS:
        yield from _protocol(body)
    yield from _required(required_members(kind), body, "")
    if kind == "QuerySpec":
        yield from _query(body, "")
    if kind == "CatalogRequest" and isinstance(body.get("querySpec"), dict):
        yield from _query(body["querySpec"], "/querySpec")
    if kind in {"PolicyDefinition", "ContractRequest"} and isinstance(body.get("policy"), dict):
        yield from _policy(body["policy"], "Set" if kind == "PolicyDefinition" else "Offer")
    if kind == "ContractDefinition":
        yield from _criteria(body.get("assetsSelector"), "/assetsSelector")


def _context(body: dict[str, Any]) -> Iterator[Fault]:
    if "@context" not in body:
        yield _lacking("@context", "")
        return
    context = body["@context"]
    if not isinstance(context, list):
        yield invalid(f"{_kind(context)} found, array expected", "/@context")
    elif V2 not in context:
        yield invalid(
            f'must contain at least 1 element(s) that passes these validations: {{"const":"{V2}"}}',
            "/@context",
        )


def _protocol(body: dict[str, Any]) -> Iterator[Fault]:
    given = [name for name in ("protocol", "profile") if name in body]
    if len(given) == 1:
        return
    yield invalid("must be valid to one and only one schema, but 0 are valid", "")
    if given:
        yield invalid('must not be valid to the schema {"required":["profile"]}', "")
        yield invalid('must not be valid to the schema {"required":["protocol"]}', "")
    else:
        yield _lacking("protocol", "")
        yield _lacking("profile", "")


def _required(names: Sequence[str], body: dict[str, Any], path: str) -> Iterator[Fault]:
    yield from (_lacking(name, path) for name in names if name not in body)


def _query(body: dict[str, Any], path: str) -> Iterator[Fault]:
    for name, least in (("offset", 0), ("limit", 1)):
        value = body.get(name)
        if value is None:
            continue
        if not isinstance(value, int) or isinstance(value, bool):
            yield invalid(f"{_kind(value)} found, integer expected", f"{path}/{name}")
        elif value < least:
            yield invalid(f"must have a minimum value of {least}", f"{path}/{name}")
    if body.get("sortOrder", "ASC") not in ("ASC", "DESC"):
        yield invalid('does not have a value in the enumeration ["ASC", "DESC"]', f"{path}/sortOrder")
    yield from _criteria(body.get("filterExpression"), f"{path}/filterExpression")


def _criteria(listed: object, path: str) -> Iterator[Fault]:
    if listed is None:
        return
    if not isinstance(listed, list):
        yield invalid(f"{_kind(listed)} found, array expected", path)
        return
    for place, each in enumerate(listed):
        at = f"{path}/{place}"
        if not isinstance(each, dict):
            yield invalid(f"{_kind(each)} found, object expected", at)
            continue
        if each.get("@type", "Criterion") != "Criterion":
            yield invalid("must be the constant value 'Criterion'", f"{at}/@type")
        yield from _required(("@type", *_REQUIRED["Criterion"]), each, at)


def _policy(policy: dict[str, Any], kind: str) -> Iterator[Fault]:
    """Yield the faults of a policy. An offer without permission and prohibition passes, although EDC's schema refuses it."""
    if policy.get("@type") != kind:
        yield invalid(f"must be the constant value '{kind}'", "/policy/@type")
    if kind == "Offer":
        yield from _required(("@id", "assigner", "target"), policy, "/policy")
    for name in _RULES:
        rules = policy.get(name)
        if rules is not None and not isinstance(rules, list):
            yield invalid(f"{_kind(rules)} found, array expected", f"/policy/{name}")
        elif rules == []:
            yield invalid("must have at least 1 items but found 0", f"/policy/{name}")


def _lacking(name: str, path: str) -> Fault:
    return invalid(f"required property '{name}' not found", path)


def _kind(value: object) -> str:
    if isinstance(value, bool):
        return "boolean"
    kinds: dict[type, str] = {str: "string", int: "integer", float: "number", list: "array", dict: "object"}
    return kinds.get(type(value), "null")
