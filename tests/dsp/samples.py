"""One message of each kind, and the processes that they belong to."""

from datetime import UTC, datetime, timedelta
from typing import Any

from xinfu import dsp
from xinfu.dsp import negotiation as cn
from xinfu.dsp import transfer as tp
from xinfu.odrl import Policy, PolicyKind
from xinfu.odrl import read as read_policy

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
LATER = NOW + timedelta(seconds=1)
CONSUMER = "did:web:consumer.example"
PROVIDER = "did:web:provider.example"
CONSUMER_PID = "urn:uuid:32541fe6-c580-409e-85a8-8a9a32fbe833"
PROVIDER_PID = "urn:uuid:a343fcbf-99fc-4ce8-8e9b-148c97605aab"
DATASET = "urn:uuid:3dd1add8-4d2d-569e-d634-8394a8836a88"
AGREEMENT = "urn:uuid:e8dc8655-44c2-46ef-b701-4cffdc2faa44"
CALLBACK = "https://consumer.example/dsp"
BASE = "https://provider.example/dsp"
BOTH: dict[str, Any] = {"consumer_pid": CONSUMER_PID, "provider_pid": PROVIDER_PID}


def offer(*, until: str = "2027-01-01T00:00:00Z", **changes: Any) -> Policy:
    """An offer on the dataset, usable before `until`."""
    rule = {
        "action": "use",
        "constraint": [{"leftOperand": "dateTime", "operator": "lteq", "rightOperand": until}],
    }
    document = {"@id": "urn:uuid:0ffe4", "target": DATASET, "permission": [rule]} | changes
    return read_policy(document, kind=PolicyKind.OFFER)


def agreement(of: Policy | None = None, **changes: Any) -> dsp.Agreement:
    """The agreement on an offer between the two participants."""
    parties = {"assigner": PROVIDER, "assignee": CONSUMER} | changes
    return dsp.conclude(of or offer(), agreement_id=AGREEMENT, at=NOW, **parties)


def address(token: str = "s3cret") -> dsp.DataAddress:
    """Where a pull fetches, with a token."""
    return dsp.DataAddress(
        endpoint_type=dsp.HTTP_ENDPOINT,
        endpoint="https://provider.example/data",
        properties=(
            dsp.EndpointProperty(name="authorization", value=token),
            dsp.EndpointProperty(name="authType", value="bearer"),
        ),
    )


def first_request(**changes: Any) -> dsp.ContractRequestMessage:
    """The consumer's message that opens a negotiation."""
    values: dict[str, Any] = {
        "consumer_pid": CONSUMER_PID,
        "callback_address": CALLBACK,
        "offer": offer(),
    } | changes
    return dsp.ContractRequestMessage(**values)


def first_offer(**changes: Any) -> dsp.ContractOfferMessage:
    """The provider's message that opens a negotiation."""
    values: dict[str, Any] = {
        "provider_pid": PROVIDER_PID,
        "callback_address": BASE,
        "offer": offer(),
    } | changes
    return dsp.ContractOfferMessage(**values)


def cn_message(kind: cn.Kind, **changes: Any) -> dsp.NegotiationMessage:
    """A follow-up message of `kind`."""
    match kind:
        case cn.Kind.REQUEST:
            return dsp.ContractRequestMessage(**(BOTH | {"offer": offer()} | changes))
        case cn.Kind.OFFER:
            return dsp.ContractOfferMessage(**(BOTH | {"offer": offer()} | changes))
        case cn.Kind.AGREE:
            return dsp.ContractAgreementMessage(**(BOTH | {"agreement": agreement()} | changes))
        case cn.Kind.VERIFY:
            return dsp.ContractAgreementVerificationMessage(**(BOTH | changes))
        case cn.Kind.ACCEPT:
            return dsp.ContractNegotiationEventMessage(**(BOTH | {"event_type": cn.State.ACCEPTED} | changes))
        case cn.Kind.FINALIZE:
            return dsp.ContractNegotiationEventMessage(
                **(BOTH | {"event_type": cn.State.FINALIZED} | changes)
            )
        case cn.Kind.TERMINATE:
            return dsp.ContractNegotiationTerminationMessage(**(BOTH | changes))


def negotiation(role: dsp.Role, state: cn.State | None, **changes: Any) -> dsp.ContractNegotiation:
    """A negotiation as `role` keeps it, in `state`."""
    consumes = role is dsp.Role.CONSUMER
    values: dict[str, Any] = {
        "id": CONSUMER_PID if consumes else PROVIDER_PID,
        "context": "main",
        "participant": CONSUMER if consumes else PROVIDER,
        "peer": PROVIDER if consumes else CONSUMER,
        "role": role,
        "state": state,
        "peer_base": BASE if consumes else CALLBACK,
        "offer": offer(),
        "offered_by": dsp.Role.PROVIDER if state is cn.State.OFFERED else dsp.Role.CONSUMER,
        "dataset": DATASET,
        "created": NOW,
        "updated": NOW,
        **BOTH,
    }
    return dsp.ContractNegotiation(**(values | changes))


def transfer_request(**changes: Any) -> dsp.TransferRequestMessage:
    """The consumer's request for a pull."""
    values = {
        "consumer_pid": CONSUMER_PID,
        "agreement_id": AGREEMENT,
        "format": dsp.HTTP_PULL,
        "callback_address": CALLBACK,
    }
    return dsp.TransferRequestMessage(**(values | changes))


def tp_message(kind: tp.Kind, **changes: Any) -> dsp.TransferMessage:
    """A message of `kind`; a start brings no address unless told."""
    match kind:
        case tp.Kind.REQUEST:
            return transfer_request(**changes)
        case tp.Kind.START:
            return dsp.TransferStartMessage(**(BOTH | changes))
        case tp.Kind.COMPLETE:
            return dsp.TransferCompletionMessage(**(BOTH | changes))
        case tp.Kind.SUSPEND:
            return dsp.TransferSuspensionMessage(**(BOTH | changes))
        case tp.Kind.TERMINATE:
            return dsp.TransferTerminationMessage(**(BOTH | changes))


def transfer(role: dsp.Role, state: tp.State | None, **changes: Any) -> dsp.TransferProcess:
    """A pull as `role` keeps it, in `state`."""
    consumes = role is dsp.Role.CONSUMER
    values: dict[str, Any] = {
        "id": CONSUMER_PID if consumes else PROVIDER_PID,
        "context": "main",
        "participant": CONSUMER if consumes else PROVIDER,
        "peer": PROVIDER if consumes else CONSUMER,
        "role": role,
        "state": state,
        "peer_base": BASE if consumes else CALLBACK,
        "agreement_id": AGREEMENT,
        "dataset": DATASET,
        "format": dsp.HTTP_PULL,
        "created": NOW,
        "updated": NOW,
        **BOTH,
    }
    return dsp.TransferProcess(**(values | changes))


def catalog() -> dsp.Catalog:
    """A catalog with everything that one of ours says."""
    service = dsp.DataService(id="urn:uuid:5e4", endpoint_url=BASE)
    dataset = dsp.Dataset(
        id=DATASET,
        title={"zh": "空气质量", "en": "Air quality"},
        description={"zh": "逐小时数据"},
        keywords=("air", "空气"),
        issued="2026-11-24T00:00:00Z",
        offers=(offer(target=None),),
        distributions=(
            dsp.Distribution(
                format=dsp.HTTP_PULL,
                access_service=service.id,
                title={"": "file"},
                media_type="text/csv",
                size_bytes=1024,
            ),
        ),
        extra={"dct:spatial": "CN-43"},
    )
    return dsp.Catalog(
        id="urn:uuid:ca7",
        participant_id=PROVIDER,
        datasets=(dataset,),
        services=(service,),
        title={"en": "All"},
    )


def every_message() -> list[dsp.Message]:
    """One of each type that can stand at the top of a body."""
    reasons: dict[str, Any] = {"code": "400", "reason": ("no", {"message": "why"})}
    return [
        first_request(id="urn:uuid:1", purpose="research"),
        cn_message(cn.Kind.REQUEST),
        first_offer(),
        *(cn_message(kind) for kind in cn.Kind if kind is not cn.Kind.REQUEST),
        dsp.ContractNegotiationTerminationMessage(**BOTH, **reasons),
        dsp.ContractNegotiationAck(**BOTH, state=cn.State.AGREED),
        dsp.ContractNegotiationError(**reasons),
        transfer_request(purpose="research"),
        transfer_request(format=dsp.HTTP_PUSH, data_address=address()),
        dsp.TransferStartMessage(**BOTH, data_address=address()),
        *(tp_message(kind) for kind in tp.Kind if kind is not tp.Kind.REQUEST),
        dsp.TransferSuspensionMessage(**BOTH, **reasons),
        dsp.TransferProcessAck(**BOTH, state=tp.State.STARTED),
        dsp.TransferError(**BOTH, **reasons),
        dsp.CatalogRequestMessage(),
        dsp.CatalogRequestMessage(filter=({"@type": "QuerySpec", "limit": 1},)),
        dsp.DatasetRequestMessage(dataset=DATASET),
        dsp.CatalogError(code="404", reason=("no such dataset",)),
        catalog(),
        dsp.Catalog(id="urn:uuid:e", participant_id=PROVIDER),
        catalog().datasets[0],
        dsp.VersionResponse(
            protocol_versions=(
                dsp.VersionEntry(version="2025-1", path="/dsp", binding="HTTPS", node="0.1.0"),
                dsp.VersionEntry(
                    version="2024-1",
                    path="/old",
                    binding="HTTPS",
                    auth=dsp.VersionAuth(protocol="DCP", version="1.0", profile=("vc11-sl2021/jwt",)),
                ),
            )
        ),
    ]
