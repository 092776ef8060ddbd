"""The table of statuses in the design decisions, row by row (R-HTTP-04 to R-HTTP-08, T-01)."""

from collections.abc import AsyncIterator
from typing import Any

import msgspec
import pytest
import pytest_asyncio
from tests.nodes import Said, Site, World, sent
from tests.stranger import Stranger, message, offer, stranger, urn
from yarl import URL

pytestmark = pytest.mark.asyncio(loop_scope="module")

NOBODY = {"none": {}, "no scheme": {"Authorization": "abc"}, "no token": {"Authorization": "Bearer x.y.z"}}


class Stage(msgspec.Struct, frozen=True, kw_only=True):
    """A negotiation that waits at the provider, a transfer that runs, and a second stranger without any."""

    provider: Site
    peer: Stranger
    other: Stranger
    negotiation: str
    negotiation_pid: str
    transfer: str
    transfer_pid: str
    token: str
    endpoint: str


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stage(world: World, peer: Stranger) -> AsyncIterator[Stage]:
    provider = world.provider
    held, running = await provider.publish("held"), await provider.publish("running")
    await provider.put("/answers/held", {"on": "requested", "do": ["hold"], "dataset": "held"})
    asked = await _request(provider, peer, held, "held")
    asked_of = await _request(provider, peer, running, "running")
    agreement = await peer.hears("ContractAgreementMessage", asked_of["consumerPid"])
    await _verify(provider, peer, asked_of)
    await peer.hears("ContractNegotiationEventMessage", asked_of["consumerPid"])
    wanted = message(
        "TransferRequestMessage",
        consumerPid=urn(),
        agreementId=agreement.json["agreement"]["@id"],
        format="HttpData-PULL",
        callbackAddress=peer.base,
    )
    moved = (await peer.send(provider.did, f"{provider.base}/transfers/request", wanted)).json
    start = await peer.hears("TransferStartMessage", moved["consumerPid"])
    address = start.json["dataAddress"]
    token = next(each["value"] for each in address["endpointProperties"] if each["name"] == "authorization")
    async with stranger(world.session) as other:
        yield Stage(
            provider=provider,
            peer=peer,
            other=other,
            negotiation=asked["providerPid"],
            negotiation_pid=asked["consumerPid"],
            transfer=moved["providerPid"],
            transfer_pid=moved["consumerPid"],
            token=token,
            endpoint=address["endpoint"],
        )


async def _request(provider: Site, peer: Stranger, offer_id: str, dataset: str) -> dict[str, Any]:
    wanted = message(
        "ContractRequestMessage",
        consumerPid=urn(),
        callbackAddress=peer.base,
        offer=offer(offer_id, dataset, {"permission": [{"action": "use"}]}),
    )
    said = await peer.send(provider.did, f"{provider.base}/negotiations/request", wanted)
    assert said.status == 201, said
    document: dict[str, Any] = said.json
    return document


async def _verify(provider: Site, peer: Stranger, asked: dict[str, Any]) -> None:
    pids = {name: asked[name] for name in ("consumerPid", "providerPid")}
    url = f"{provider.base}/negotiations/{asked['providerPid']}/agreement/verification"
    said = await peer.send(provider.did, url, message("ContractAgreementVerificationMessage", **pids))
    assert said.status == 200, said


def _same(one: Said, other: Said) -> None:
    """Nothing but the date may differ between two answers that must not be told apart."""
    plain = [{k: v for k, v in each.headers.items() if k.lower() != "date"} for each in (one, other)]
    assert (one.status, one.body, plain[0]) == (other.status, other.body, plain[1])


PROCESS_PATHS = {
    "negotiation": ("GET", "/negotiations/{pid}"),
    "request": ("POST", "/negotiations/{pid}/request"),
    "offers": ("POST", "/negotiations/{pid}/offers"),
    "agreement": ("POST", "/negotiations/{pid}/agreement"),
    "verification": ("POST", "/negotiations/{pid}/agreement/verification"),
    "events": ("POST", "/negotiations/{pid}/events"),
    "negotiation termination": ("POST", "/negotiations/{pid}/termination"),
    "transfer": ("GET", "/transfers/{pid}"),
    "start": ("POST", "/transfers/{pid}/start"),
    "completion": ("POST", "/transfers/{pid}/completion"),
    "suspension": ("POST", "/transfers/{pid}/suspension"),
    "transfer termination": ("POST", "/transfers/{pid}/termination"),
}
OPENING_PATHS = ("/negotiations/request", "/negotiations/offers", "/transfers/request")


@pytest.mark.parametrize("headers", NOBODY.values(), ids=NOBODY)
@pytest.mark.parametrize(("method", "path"), PROCESS_PATHS.values(), ids=PROCESS_PATHS)
async def test_who_proves_nothing_gets_an_empty_404_for_any_process(
    stage: Stage, method: str, path: str, headers: dict[str, str]
) -> None:
    """R-HTTP-04."""
    pid = stage.negotiation if "negotiations" in path else stage.transfer
    url = stage.provider.base + path.format(pid=pid)
    said = await stage.provider.send(method, url, b"{}" if method == "POST" else None, headers=headers)
    assert (said.status, said.body) == (404, b"")


@pytest.mark.parametrize("headers", NOBODY.values(), ids=NOBODY)
@pytest.mark.parametrize("path", OPENING_PATHS)
async def test_who_proves_nothing_gets_an_empty_404_for_a_first_message(
    stage: Stage, path: str, headers: dict[str, str]
) -> None:
    """R-HTTP-04: 404 and nothing else, as if there were no such place."""
    said = await stage.provider.send("POST", stage.provider.base + path, b"{}", headers=headers)
    assert (said.status, said.body) == (404, b"")


def _following(stage: Stage, path: str, pid: str) -> dict[str, Any] | None:
    """A message that is well formed for the place, about the process with this pid of the provider."""
    pids = {"consumerPid": stage.negotiation_pid, "providerPid": pid}
    last = path.rpartition("/")[2]
    terms = {"@id": "x", "permission": [{"action": "use"}], "target": "held"}
    match last:
        case "request":
            return message("ContractRequestMessage", **pids, offer={**terms, "@type": "Offer"})
        case "offers":
            return message("ContractOfferMessage", **pids, offer={**terms, "@type": "Offer"})
        case "agreement":
            parties = {"assigner": stage.provider.did, "assignee": stage.peer.did}
            made = {**terms, "@type": "Agreement", **parties, "timestamp": "2026-01-01T00:00:00Z"}
            return message("ContractAgreementMessage", **pids, agreement=made)
        case "verification":
            return message("ContractAgreementVerificationMessage", **pids)
        case "events":
            return message("ContractNegotiationEventMessage", **pids, eventType="ACCEPTED")
        case "termination" if "negotiations" in path:
            return message("ContractNegotiationTerminationMessage", **pids)
        case "start":
            return message("TransferStartMessage", **pids)
        case "completion":
            return message("TransferCompletionMessage", **pids)
        case "suspension":
            return message("TransferSuspensionMessage", **pids)
        case "termination":
            return message("TransferTerminationMessage", **pids)
        case _:
            return None


@pytest.mark.parametrize(("method", "path"), PROCESS_PATHS.values(), ids=PROCESS_PATHS)
async def test_a_process_of_others_looks_like_one_that_does_not_exist(
    stage: Stage, method: str, path: str
) -> None:
    """R-HTTP-04, R-HTTP-05, R-HTTP-15: the two answers are the same to the byte."""
    theirs = stage.negotiation if "negotiations" in path else stage.transfer
    answers = []
    for pid in (theirs, urn()):
        url = stage.provider.base + path.format(pid=pid)
        answers.append(
            await stage.other.send(stage.provider.did, url, _following(stage, path, pid), method=method)
        )
    assert (answers[0].status, answers[0].body) == (404, b"")
    _same(*answers)


WRONG_STATE = {
    "verification": "/negotiations/{pid}/agreement/verification",
    "accepted": "/negotiations/{pid}/events",
    "counter": "/negotiations/{pid}/request",
    "offer": "/negotiations/{pid}/offers",
    "agreement": "/negotiations/{pid}/agreement",
    "start": "/transfers/{pid}/start",
}


@pytest.mark.parametrize("path", WRONG_STATE.values(), ids=WRONG_STATE)
async def test_a_message_out_of_turn_gets_400_with_the_error_of_its_family(
    stage: Stage, schemas: Any, path: str
) -> None:
    """R-HTTP-06, P1: the state stays what it was."""
    negotiating = "negotiations" in path
    pid = stage.negotiation if negotiating else stage.transfer
    wanted = _following(stage, path, pid)
    assert wanted is not None
    if not negotiating:
        wanted["consumerPid"] = stage.transfer_pid
    kind, family = (
        ("ContractNegotiationError", "negotiations") if negotiating else ("TransferError", "transfers")
    )
    before = stage.provider.counts()
    said = await stage.peer.send(stage.provider.did, stage.provider.base + path.format(pid=pid), wanted)
    assert (said.status, said.json["@type"], said.json["code"]) == (400, kind, "400")
    schemas.check(said.body)
    shown = await stage.peer.send(stage.provider.did, f"{stage.provider.base}/{family}/{pid}")
    assert shown.json["state"] == ("REQUESTED" if negotiating else "STARTED")
    assert stage.provider.counts() == before


@pytest.mark.parametrize("headers", NOBODY.values(), ids=NOBODY)
@pytest.mark.parametrize(
    ("method", "path"),
    [("POST", "/catalog/request"), ("GET", "/catalog/request"), ("GET", "/catalog/datasets/held")],
)
async def test_who_proves_nothing_gets_401_with_a_catalog_error_from_the_catalog(
    stage: Stage, schemas: Any, method: str, path: str, headers: dict[str, str]
) -> None:
    """R-HTTP-08, R-CAT-13."""
    body = message("CatalogRequestMessage") if method == "POST" else None
    said = await stage.provider.send(method, stage.provider.base + path, body, headers=headers)
    assert (said.status, said.json["@type"], said.json["code"]) == (401, "CatalogError", "401")
    schemas.check(said.body)


async def test_an_unknown_dataset_gets_404_with_a_catalog_error(stage: Stage, schemas: Any) -> None:
    said = await stage.peer.send(stage.provider.did, f"{stage.provider.base}/catalog/datasets/nothing")
    assert (said.status, said.json["@type"], said.code) == (404, "CatalogError", "dataset.not-found")
    schemas.check(said.body)


async def test_a_dataset_that_is_not_for_the_caller_looks_like_one_that_is_not_there(stage: Stage) -> None:
    """R-CAT-14."""
    only = {"leftOperand": "assignee", "operator": "eq", "rightOperand": "did:web:someone.example"}
    access = {"@type": "Set", "permission": [{"action": "use", "constraint": [only]}]}
    await stage.provider.publish("secret", access=access)
    answers = [
        await stage.peer.send(stage.provider.did, f"{stage.provider.base}/catalog/datasets/{name}")
        for name in ("secret", "nothing")
    ]
    assert answers[0].status == 404
    _same(*answers)


@pytest.mark.parametrize(
    "path",
    ["/.well-known/dspace-version", "/dsp/provider/.well-known/dspace-version", "/provider/did.json"],
)
async def test_version_and_did_documents_are_open_to_everyone(stage: Stage, path: str) -> None:
    """R-VER-01: without a token, and with one that proves nothing."""
    for headers in NOBODY.values():
        said = await stage.provider.send("GET", stage.provider.urls["protocol"] + path, headers=headers)
        assert said.status == 200
        assert said.json


@pytest.mark.parametrize("path", ["/dsp/nobody/.well-known/dspace-version", "/nobody/did.json"])
async def test_documents_of_a_participant_that_is_not_here_are_404(stage: Stage, path: str) -> None:
    said = await stage.provider.send("GET", stage.provider.urls["protocol"] + path)
    assert (said.status, said.code) == (404, "context.not-found")


@pytest.mark.parametrize("below", ["", "/manifest", "/listing", "/files/a.csv", "/manifest/a.csv"])
@pytest.mark.parametrize("proof", [None, "Bearer ", "Bearer nothing", "nothing", "Basic bm90aGluZw=="])
async def test_the_data_listener_answers_401_without_a_good_token(
    stage: Stage, below: str, proof: str | None
) -> None:
    headers = {} if proof is None else {"Authorization": proof}
    said = await stage.provider.send("GET", stage.endpoint + below, headers=headers)
    assert (said.status, said.code) == (401, "data.token-refused")
    assert said.headers["www-authenticate"] == "Bearer"
    assert said.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("below", ["", "/manifest", "/listing"])
@pytest.mark.parametrize("whose", ["unknown", "other"])
async def test_the_data_listener_answers_403_for_a_transfer_that_the_token_is_not_for(
    stage: Stage, below: str, whose: str
) -> None:
    """J6: the token of one transfer opens no other one, whether that exists or not."""
    wanted = urn() if whose == "unknown" else stage.negotiation
    url = stage.endpoint.replace(stage.transfer, wanted) + below
    said = await stage.provider.send("GET", url, headers={"Authorization": f"Bearer {stage.token}"})
    assert (said.status, said.code) == (403, "data.other-transfer")


async def test_the_data_listener_answers_403_once_the_transfer_is_suspended(
    stage: Stage, world: World
) -> None:
    opens = {"Authorization": f"Bearer {stage.token}"}
    assert (await stage.provider.send("GET", stage.endpoint, headers=opens)).status == 200
    await stage.provider.post(f"/transfers/{stage.transfer}/suspend", {"reason": "maintenance"})
    said = await stage.provider.send("GET", stage.endpoint, headers=opens)
    assert (said.status, said.code) == (403, "transfer.not-started")


API_PATHS = [
    ("GET", "/node"),
    ("GET", "/negotiations"),
    ("POST", "/negotiations"),
    ("GET", "/negotiations/x"),
    ("POST", "/agreements/x/terminate"),
    ("DELETE", "/assets/x"),
    ("GET", "/evidence/checkpoint"),
]


@pytest.mark.parametrize(("method", "path"), API_PATHS)
@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"X-Api-Key": ""},
        {"X-Api-Key": "wrong"},
        {"Authorization": "Bearer wrong"},
        {"X-Api-Key": "\u00e9"},
    ],
    ids=["none", "empty", "wrong", "bearer", "not ascii"],
)
async def test_the_native_api_answers_401_without_its_key(
    stage: Stage, method: str, path: str, headers: dict[str, str]
) -> None:
    """M4."""
    url = f"{stage.provider.urls['management']}/api/v1{path}"
    said = await stage.provider.send(method, url, b"{}" if method == "POST" else None, headers=headers)
    assert (said.status, said.code) == (401, "api.key")


async def test_the_native_api_takes_its_key_as_a_bearer_token_too(stage: Stage) -> None:
    url = f"{stage.provider.urls['management']}/api/v1/node"
    said = await stage.provider.send(
        "GET", url, headers={"Authorization": f"Bearer {stage.provider.api_key}"}
    )
    assert said.status == 200


UNKNOWN = [
    ("GET", "/negotiations/{id}", None),
    ("POST", "/negotiations/{id}/accept", {}),
    ("POST", "/negotiations/{id}/hold", {}),
    ("POST", "/negotiations/{id}/terminate", {}),
    ("POST", "/negotiations/{id}/counter", {"policy": {"permission": [{"action": "use"}]}}),
    ("GET", "/transfers/{id}", None),
    ("POST", "/transfers/{id}/suspend", {}),
    ("GET", "/transfers/{id}/content", None),
    ("GET", "/transfers/{id}/files", None),
    ("POST", "/transfers", {"agreement": "{id}"}),
    ("GET", "/agreements/{id}", None),
    ("POST", "/agreements/{id}/suspend", {}),
    ("GET", "/assets/{id}", None),
    ("PUT", "/assets/{id}", {"id": "x", "source": {"kind": "file", "path": "{file}"}}),
    ("DELETE", "/assets/{id}", None),
    ("GET", "/policies/{id}", None),
    ("PUT", "/policies/{id}", {"id": "x", "policy": {"permission": [{"action": "use"}]}}),
    ("DELETE", "/policies/{id}", None),
    ("DELETE", "/contract-definitions/{id}", None),
    ("DELETE", "/answers/{id}", None),
    ("GET", "/evidence/receipts/{id}", None),
]


@pytest.mark.parametrize(("method", "path", "body"), UNKNOWN, ids=[f"{m} {p}" for m, p, _ in UNKNOWN])
async def test_the_native_api_answers_404_for_what_is_not_there(
    stage: Stage, method: str, path: str, body: dict[str, Any] | None
) -> None:
    pid = urn()
    file = next(stage.provider.folder.glob("*.csv"))
    filled = None
    if body is not None:
        text = msgspec.json.encode(body).decode().replace("{id}", pid).replace("{file}", str(file))
        filled = msgspec.json.decode(text)
    said = await stage.provider.api(method, path.replace("{id}", pid), filled)
    assert said.status == 404, said
    assert said.code.endswith(".not-found")
    assert said.headers["content-type"] == "application/problem+json"


async def test_the_native_api_answers_403_for_a_source_that_may_not_be_published(stage: Stage) -> None:
    asset = {"id": "passwd", "source": {"kind": "file", "path": "/etc/passwd"}}
    said = await stage.provider.api("POST", "/assets", asset)
    assert (said.status, said.code) == (403, "source.not-allowed")


@pytest.mark.parametrize("act", ["accept", "verify", "finalize"])
async def test_the_native_api_answers_409_for_an_act_out_of_turn(stage: Stage, act: str) -> None:
    said = await stage.provider.api("POST", f"/negotiations/{stage.negotiation}/{act}", {})
    assert said.status == 409, said
    assert said.json["status"] == 409


UNROUTED = {
    "protocol family": ("protocol", "/dsp/provider/2025-1/nothing"),
    "process with a slash": ("protocol", "/dsp/provider/2025-1/negotiations/a%2Fb/events/x"),
    "negotiation with a trailing slash": ("protocol", "/dsp/provider/2025-1/negotiations/request/"),
}


@pytest.mark.parametrize(("listener", "path"), UNROUTED.values(), ids=UNROUTED)
async def test_a_path_of_the_protocol_that_is_none_is_an_empty_404_and_no_redirect(
    stage: Stage, listener: str, path: str
) -> None:
    """R-HTTP-04: it cannot be told from a process that is not there."""
    said = await stage.provider.send("POST", stage.provider.urls[listener] + path, b"{}")
    assert (said.status, said.body) == (404, b"")


@pytest.mark.parametrize("path", ["/api/v1/nothing", "/api/v1/node/", "/api/v2/node", "/", "/negotiations"])
async def test_a_path_of_the_management_listener_that_is_none_is_a_problem(stage: Stage, path: str) -> None:
    url = stage.provider.urls["management"] + path
    said = await stage.provider.send("GET", url, headers={"X-Api-Key": stage.provider.api_key})
    assert (said.status, said.code) == (404, "request.path-unknown")
    assert said.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("path", ["/data/provider/nothing", "/", "/data/provider/transfers"])
async def test_a_path_of_the_data_listener_that_is_none_is_a_problem(stage: Stage, path: str) -> None:
    said = await stage.provider.send("GET", stage.provider.urls["data"] + path)
    assert (said.status, said.code) == (404, "request.path-unknown")


WRONG_METHOD = {
    "first request": ("GET", "/negotiations/request/x", None),
    "negotiation": ("POST", "/negotiations/{pid}", "ContractNegotiationError"),
    "event": ("GET", "/negotiations/{pid}/events", "ContractNegotiationError"),
    "transfer": ("DELETE", "/transfers/{pid}", "TransferError"),
    "start": ("PUT", "/transfers/{pid}/start", "TransferError"),
    "catalog": ("DELETE", "/catalog/request", "CatalogError"),
    "dataset": ("POST", "/catalog/datasets/held", "CatalogError"),
}


@pytest.mark.parametrize(
    ("method", "path", "kind"),
    [each for each in WRONG_METHOD.values() if each[2]],
    ids=[name for name, each in WRONG_METHOD.items() if each[2]],
)
async def test_a_wrong_method_is_405_with_the_error_of_the_family(
    stage: Stage, schemas: Any, method: str, path: str, kind: str
) -> None:
    """A-08, R-HTTP-07."""
    url = stage.provider.base + path.format(pid=stage.negotiation)
    said = await stage.peer.send(stage.provider.did, url, b"{}", method=method)
    assert (said.status, said.json["@type"], said.json["code"]) == (405, kind, "405")
    assert said.code == "request.method"
    assert said.headers["allow"]
    schemas.check(said.body)


async def test_a_wrong_method_on_the_native_api_is_405_as_a_problem(stage: Stage) -> None:
    said = await stage.provider.api("DELETE", "/node")
    assert (said.status, said.code) == (405, "request.method")
    assert said.headers["allow"]


async def test_any_method_below_a_transfer_needs_its_token(stage: Stage) -> None:
    """A live source may take it: which, nobody learns without a token."""
    for url in (stage.endpoint, f"{stage.endpoint}/y"):
        said = await stage.provider.send("POST", url, b"{}")
        assert (said.status, said.code) == (401, "data.token-refused")


async def test_every_listener_says_that_it_is_alive(stage: Stage) -> None:
    for url in stage.provider.urls.values():
        said = await stage.provider.send("GET", f"{url}/health")
        assert (said.status, said.json) == (200, {"status": "ok"})


async def test_a_session_sends_what_it_is_given(stage: Stage) -> None:
    """The harness itself: an encoded path reaches the wire as it stands."""
    url = str(URL(f"{stage.peer.root}/2025-1/negotiations/a%2Fb/events", encoded=True))
    await sent(stage.peer.session, "POST", url, message("ContractNegotiationEventMessage", consumerPid="c"))
    assert stage.peer.heard[-1].path.endswith("/negotiations/a%2Fb/events")
