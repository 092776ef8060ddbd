"""The published JSON schemas of v4, for validating what we answer."""

import json
from pathlib import Path
from typing import Any, Final

from jsonschema import Draft201909Validator
from referencing import Registry, Resource

ROOTS: Final = {
    "Asset": "asset",
    "CatalogAsset": "catalog-asset",
    "ContractAgreement": "contract-agreement",
    "ContractDefinition": "contract-definition",
    "ContractNegotiation": "contract-negotiation",
    "DataPlaneInstance": "dataplane-instance",
    "IdResponse": "id-response",
    "PolicyDefinition": "policy-definition",
    "PolicyEvaluationPlan": "policy-evaluation-plan",
    "PolicyValidationResult": "policy-validation-result",
    "Secret": "secret",
    "TransferProcess": "transfer-process",
}
UNPUBLISHED: Final = frozenset({"NegotiationState", "TransferState"})
"""Types of answers that have no schema."""


class Schemas:
    """Validates answers by their type, and errors as errors."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder / "management" / "v4"
        files = [json.loads(path.read_text(encoding="utf-8")) for path in folder.rglob("*-schema.json")]
        self._registry: Registry[Any] = Registry().with_resources(
            (each["$id"], Resource.from_contents(each)) for each in files
        )
        self.seen: set[str] = set()

    def check(self, answer: Any) -> None:
        """Raise where an object, or one of a list of them, is not what the schema of its type describes."""
        for each in answer if isinstance(answer, list) else [answer]:
            type_ = each["@type"]
            self.seen.add(type_)
            if type_ not in UNPUBLISHED:
                self._validate(ROOTS[type_], each)

    def check_errors(self, answer: Any) -> None:
        """The same for the errors of a refused request; a member that is null, as EDC writes it, counts as absent."""
        assert answer
        for each in answer:
            assert {*each} == {"message", "type", "path", "invalidValue"}
            self._validate("api-error", {name: value for name, value in each.items() if value is not None})

    def _validate(self, name: str, document: Any) -> None:
        root = json.loads((self._folder / f"{name}-schema.json").read_text(encoding="utf-8"))
        Draft201909Validator(root, registry=self._registry).validate(document)
