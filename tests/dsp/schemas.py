"""The published JSON schemas, for validating what we write."""

import json
from pathlib import Path
from typing import Any

from jsonschema import Draft201909Validator
from referencing import Registry, Resource

ROOTS = {
    "VersionResponse": "common/protocol-version-schema.json",
    "Catalog": "catalog/catalog-schema.json",
    "Dataset": "catalog/dataset-schema.json",
    "CatalogError": "catalog/catalog-error-schema.json",
    "CatalogRequestMessage": "catalog/catalog-request-message-schema.json",
    "DatasetRequestMessage": "catalog/dataset-request-message-schema.json",
    "ContractRequestMessage": "negotiation/contract-request-message-schema.json",
    "ContractOfferMessage": "negotiation/contract-offer-message-schema.json",
    "ContractAgreementMessage": "negotiation/contract-agreement-message-schema.json",
    "ContractAgreementVerificationMessage": "negotiation/contract-agreement-verification-message-schema.json",
    "ContractNegotiationEventMessage": "negotiation/contract-negotiation-event-message-schema.json",
    "ContractNegotiationTerminationMessage": "negotiation/contract-negotiation-termination-message-schema.json",
    "ContractNegotiation": "negotiation/contract-negotiation-schema.json",
    "ContractNegotiationError": "negotiation/contract-negotiation-error-schema.json",
    "TransferRequestMessage": "transfer/transfer-request-message-schema.json",
    "TransferStartMessage": "transfer/transfer-start-message-schema.json",
    "TransferCompletionMessage": "transfer/transfer-completion-message-schema.json",
    "TransferSuspensionMessage": "transfer/transfer-suspension-message-schema.json",
    "TransferTerminationMessage": "transfer/transfer-termination-message-schema.json",
    "TransferProcess": "transfer/transfer-process-schema.json",
    "TransferError": "transfer/transfer-error-schema.json",
}


class Schemas:
    """Validates bodies; three schemas refer to an anchor without its slash, set right in memory (T-04)."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        files = [self._load(path) for path in folder.rglob("*-schema.json")]
        self._registry: Registry[Any] = Registry().with_resources(
            (each["$id"], Resource.from_contents(each)) for each in files
        )

    def check(self, body: bytes) -> None:
        """Raise where `body` is not what the schema of its type describes; a notice of ours is none of the protocol."""
        document = json.loads(body)
        if str(document.get("@type", "")).startswith("xinfu:"):
            return
        root = self._load(self._folder / ROOTS[document.get("@type", "VersionResponse")])
        Draft201909Validator(root, registry=self._registry).validate(document)

    @staticmethod
    def _load(path: Path) -> dict[str, Any]:
        text = path.read_text().replace("json#definitions/", "json#/definitions/")
        loaded: dict[str, Any] = json.loads(text)
        return loaded
