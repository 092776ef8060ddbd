"""A whole exchange as a program with tractusx-sdk (PyPI) writes it, as `saturn`. Runs in that client's own environment.

Its services where they work; what the client itself cannot do goes through its raw HTTP layer, the adapters.
"""

import json
import logging
import sys
import time
from collections.abc import Callable
from typing import Any

import requests
from tractusx_sdk.dataspace.controllers.connector.controller_factory import ControllerFactory
from tractusx_sdk.dataspace.models.connector.model_factory import ModelFactory
from tractusx_sdk.dataspace.services.connector import ServiceFactory

EDC = "https://w3id.org/edc/v0.0.1/ns/"
TX = "https://w3id.org/tractusx/auth/"
USE = [{"action": "use"}]
SUBMODEL = "https://w3id.org/catenax/taxonomy#Submodel"
SATURN = "saturn"
CATENAX = [
    "https://w3id.org/catenax/2025/9/policy/odrl.jsonld",
    "https://w3id.org/catenax/2025/9/policy/context.jsonld",
    {"@vocab": EDC},
]
WAIT_S = 60


def until(look: Callable[[], str], *states: str) -> str:
    """Ask until it is in one of `states`."""
    deadline = time.monotonic() + WAIT_S
    while (state := look()) not in states:
        assert time.monotonic() < deadline, state
        time.sleep(0.05)
    return state


def read(endpoint: str, token: str) -> tuple[int, str]:
    answer = requests.get(endpoint, headers={"Authorization": token}, timeout=30)
    return answer.status_code, answer.text


def main(told: dict[str, Any]) -> dict[str, Any]:
    def service(make: Callable[..., Any], whose: dict[str, str]) -> Any:
        base, path = whose["management"].rsplit("/", 1)
        return make(
            dataspace_version=SATURN,
            base_url=base,
            dma_path=f"/{path}",
            headers={"X-Api-Key": whose["key"], "Content-Type": "application/json"},
            verbose=False,
            logger=logging.getLogger("flow"),
        )

    provider = service(ServiceFactory.get_connector_provider_service, told["provider"])
    consumer = service(ServiceFactory.get_connector_consumer_service, told["consumer"])
    who = {"counter_party_id": told["provider"]["id"], "counter_party_address": told["provider"]["protocol"]}
    done: dict[str, Any] = {}

    provider.create_asset(
        "pump-42",
        told["source"],
        dct_type=SUBMODEL,
        private_properties={"shelf": "7"},
        headers={"x-from": "label"},
    )
    provider.create_policy("access", context=CATENAX, permissions=USE)
    provider.create_policy("usage", context=CATENAX, permissions=USE)
    provider.create_contract("pumps", usage_policy_id="usage", access_policy_id="access", asset_id="pump-42")
    better = ModelFactory.get_asset_model(
        dataspace_version=SATURN,
        oid="pump-42",
        context={"@vocab": EDC, "dct": "http://purl.org/dc/terms/"},
        properties={"dct:type": {"@id": SUBMODEL}},
        private_properties={"shelf": "8"},
        data_address=told["address"],
    )
    done["update"] = provider.assets.update(obj=better).status_code
    asset = provider.assets.get_by_id("pump-42").json()
    done["asset"] = [asset["@id"], asset["privateProperties"]["shelf"], asset["dataAddress"]["type"]]

    by_type = [consumer.get_filter_expression("'http://purl.org/dc/terms/type'.'@id'", SUBMODEL)]
    found = consumer.get_catalog_by_dct_type(**who, dct_type=SUBMODEL)
    dataset = found.get("dcat:dataset") or found["dataset"]
    done["dataset"] = (dataset if isinstance(dataset, dict) else dataset[0])["@id"]
    other = consumer.get_catalog_by_dct_type(**who, dct_type="https://w3id.org/catenax/taxonomy#Nothing")
    done["nothing else"] = other.get("dcat:dataset") or other.get("dataset") or []

    transfer = consumer.get_transfer_id(**who, filter_expression=by_type, policies=None, poll_interval=0.1)
    endpoint, token = consumer.get_endpoint_with_token(transfer)
    done["data"] = read(endpoint, token)
    again = consumer.do_get(**who, filter_expression=by_type, policies=None, poll_interval=0.1)
    done["data in one call"] = [again.status_code, again.text]

    entry = consumer.edrs.query(query(transfer)).json()[0]
    negotiation = entry["contractNegotiationId"]
    agreement = consumer.contract_negotiations.get_agreement_by_negotiation_id(negotiation).json()
    done["agreement"] = [agreement["assetId"], agreement["@id"] == entry["agreementId"]]
    agreements = ControllerFactory.get_contract_agreement_controller(SATURN, consumer.dma_adapter)
    back = agreements.get_negotiation_by_id(entry["agreementId"]).json()
    done["negotiation"] = [back["@id"] == negotiation, back["state"]]

    fresh = consumer.edrs.refresh(transfer).json()
    done["renewed"] = [fresh["authorization"] != token, f"{TX}refreshToken" in fresh]
    done["data with the new token"] = read(fresh["endpoint"], fresh["authorization"])
    done["kept"] = consumer.get_edr(transfer)["authorization"] == fresh["authorization"]

    # Its models have no reason to give and no body without one: through its adapter.
    ended = consumer.dma_adapter.post(
        url=f"/v3/transferprocesses/{transfer}/terminate",
        json={"@context": {"@vocab": EDC}, "reason": "done"},
    )
    done["end"] = ended.status_code
    looking = consumer.transfer_processes
    done["ended"] = until(lambda: str(looking.get_state_by_id(transfer).json()["state"]), "TERMINATED")
    done["after the end"] = read(fresh["endpoint"], fresh["authorization"])[0]
    done["no EDR"] = consumer.edrs.get_data_address(transfer).status_code
    done["asset in use"] = provider.assets.delete("pump-42").status_code
    return done


def query(transfer: str) -> Any:
    """A query for one EDR."""
    where = {"operandLeft": "transferProcessId", "operator": "=", "operandRight": transfer}
    return ModelFactory.get_queryspec_model(
        dataspace_version=SATURN, context={"@vocab": EDC}, filter_expression=[where]
    )


if __name__ == "__main__":
    print(json.dumps(main(json.loads(sys.argv[1]))))
