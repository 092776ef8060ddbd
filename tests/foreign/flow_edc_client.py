"""A whole exchange as a program with edc-client (PyPI) writes it. Runs in that client's own environment.

Its facade where that works; its typed calls and its raw HTTP layer where the facade or a model of its leaves out
what is needed: rules of an offer, a selector of assets, a reason.
"""

import json
import sys
import time
from collections.abc import Callable
from typing import Any

import edc_client
from edc_client import connector
from edc_client.exceptions import ApiException

EDC = "https://w3id.org/edc/v0.0.1/ns/"
USE = [{"action": "use"}]
WAIT_S = 60


def until(look: Callable[[], str], *states: str) -> str:
    """Ask until it is in one of `states`."""
    deadline = time.monotonic() + WAIT_S
    while (state := look()) not in states:
        assert time.monotonic() < deadline, state
        time.sleep(0.05)
    return state


def raw(client: connector.Connector, method: str, path: str, body: object = None) -> Any:
    """One call of its HTTP layer, below its models."""
    url = f"{client.client.configuration.host}{path}"
    headers = {**client.client.default_headers, "Content-Type": "application/json"}
    answer = client.client.call_api(method, url, header_params=headers, body=body)
    data = answer.read()
    assert answer.status < 400, (answer.status, data)
    return json.loads(data) if data else None


def main(told: dict[str, Any]) -> dict[str, Any]:
    provider, consumer = (
        connector.Connector("samples", each["management"], each["id"], each["protocol"], each["key"])
        for each in (told["provider"], told["consumer"])
    )
    done: dict[str, Any] = {}

    provider.create_asset("pump-42", told["source"])
    asset = {"@id": "pump-42", "properties": {"name": "pump"}, "dataAddress": told["address"]}
    raw(provider, "PUT", "/v3/assets", {"@context": {"@vocab": EDC}, **asset})
    provider.create_policy("use", permissions=USE)
    selector = {"@type": "Criterion", "operandLeft": f"{EDC}id", "operator": "=", "operandRight": "pump-42"}
    terms = {
        "@context": {"@vocab": EDC},
        "@id": "pumps",
        "accessPolicyId": "use",
        "contractPolicyId": "use",
        "assetsSelector": [selector],
    }
    raw(provider, "POST", "/v3/contractdefinitions", terms)
    done["assets"] = [each["@id"] for each in provider.list_assets()]
    done["asset"] = edc_client.AssetV3Api(provider.client).get_asset_v3("pump-42").data_address.type

    dataset = consumer.fetch_catalog(provider)["dataset"][0]
    done["dataset"] = dataset["@id"]
    offer = dataset["hasPolicy"][0]

    bare = json.loads(consumer.negotiate(provider, offer["@id"], "pump-42").data)["@id"]
    states = ("FINALIZED", "TERMINATED")
    done["bare"] = until(lambda: str(consumer.get_negotiation(bare).state), *states)

    wanted = {
        "@context": {"@vocab": EDC},
        "@type": "ContractRequest",
        "counterPartyAddress": provider.protocol_address,
        "protocol": consumer.dsp_protocol,
        "policy": {
            "@context": "http://www.w3.org/ns/odrl.jsonld",
            "@type": "Offer",
            "@id": offer["@id"],
            "assigner": provider.participant_id,
            "target": "pump-42",
            "permission": USE,
        },
    }
    negotiation = raw(consumer, "POST", "/v3/contractnegotiations", wanted)["@id"]
    done["negotiation"] = until(lambda: str(consumer.get_negotiation(negotiation).state), *states)
    agreement = consumer.get_negotiation(negotiation).contract_agreement_id
    found = edc_client.ContractAgreementV3Api(consumer.client).get_agreement_by_id_v3(agreement)
    done["agreement"] = [found.asset_id, found.provider_id, found.consumer_id]

    transfer = consumer.start_pull(provider, agreement)["@id"]
    done["transfer"] = until(
        lambda: str(consumer.get_transfer_state(transfer)["state"]), "STARTED", "TERMINATED"
    )
    endpoint, token = consumer.edr_endpoint_auth(consumer.get_edr(transfer))
    done["data"] = consumer.pull_data(endpoint, token).data.decode()

    moving = edc_client.TransferProcessV3Api(consumer.client)
    moving.suspend_transfer_process_v3(transfer, suspend_transfer_v3={"reason": "a pause"})
    until(lambda: str(consumer.get_transfer_state(transfer)["state"]), "SUSPENDED")
    done["while suspended"] = refused(lambda: consumer.pull_data(endpoint, token))
    moving.resume_transfer_process_v3(transfer)
    until(lambda: str(consumer.get_transfer_state(transfer)["state"]), "STARTED")
    until(lambda: "EDR" if no_error(lambda: consumer.get_edr(transfer)) else "none", "EDR")
    endpoint, token = consumer.edr_endpoint_auth(consumer.get_edr(transfer))
    done["data after a pause"] = consumer.pull_data(endpoint, token).data.decode()

    raw(
        consumer,
        "POST",
        f"/v3/transferprocesses/{transfer}/terminate",
        {"@context": {"@vocab": EDC}, "reason": "done"},
    )
    done["ended"] = until(lambda: str(consumer.get_transfer_state(transfer)["state"]), "TERMINATED")
    done["after the end"] = refused(lambda: consumer.pull_data(endpoint, token))
    done["no EDR"] = refused(lambda: consumer.get_edr(transfer))
    done["asset in use"] = refused(lambda: provider.remove_asset("pump-42"))
    done["no such asset"] = refused(lambda: provider.remove_asset("nothing"))
    return done


def refused(call: Callable[[], object]) -> int:
    """The status with which a call is refused."""
    try:
        call()
    except ApiException as error:
        return int(error.status or 0)
    return 0


def no_error(call: Callable[[], object]) -> bool:
    return refused(call) == 0


if __name__ == "__main__":
    print(json.dumps(main(json.loads(sys.argv[1]))))
