"""One process between a stranger and a node: the stranger's side of it, message by message."""

from collections.abc import Mapping
from typing import Any, Final

import msgspec
from tests.nodes import OPEN, Said, Site
from tests.stranger import Heard, Stranger, message, offer, urn

from xinfu import odrl
from xinfu.odrl import Permission

PATHS: Final[Mapping[str, str]] = {
    "ContractRequestMessage": "request",
    "ContractOfferMessage": "offers",
    "ContractAgreementMessage": "agreement",
    "ContractAgreementVerificationMessage": "agreement/verification",
    "ContractNegotiationEventMessage": "events",
    "ContractNegotiationTerminationMessage": "termination",
    "TransferStartMessage": "start",
    "TransferCompletionMessage": "completion",
    "TransferSuspensionMessage": "suspension",
    "TransferTerminationMessage": "termination",
}


class Dialog(msgspec.Struct, frozen=True, kw_only=True):
    """A negotiation or a transfer.

    Attributes:
        pid: the node's own pid, which stands in the path; `theirs` is the stranger's.
        role: the node's role.
    """

    peer: Stranger
    site: Site
    family: str
    role: str
    pid: str
    theirs: str

    @property
    def pids(self) -> dict[str, str]:
        ours, theirs = (
            ("providerPid", "consumerPid") if self.role == "provider" else ("consumerPid", "providerPid")
        )
        return {ours: self.pid, theirs: self.theirs}

    @property
    def url(self) -> str:
        return f"{self.site.base}/{self.family}/{self.pid}"

    async def say(self, type_: str, **members: Any) -> Said:
        """Send a message of this type about the process."""
        told = message(type_, **(self.pids | members))
        return await self.peer.send(self.site.did, f"{self.url}/{PATHS[type_]}", told)

    async def state(self) -> str:
        """The state as the node shows it to its counterparty."""
        said = await self.peer.send(self.site.did, self.url)
        assert said.status == 200, said
        return str(said.json["state"])

    async def hears(self, type_: str, *, count: int = 1) -> Heard:
        """The `count`-th message of this type that the node sends about the process."""
        return await self.peer.hears(type_, self.pid, self.theirs, count=count)

    async def shown(self) -> dict[str, Any]:
        """The process as the node's own operator sees it."""
        found: dict[str, Any] = await self.site.get(f"/{self.family}/{self.pid}")
        return found

    async def act(self, act: str, **form: Any) -> dict[str, Any]:
        """Let the node's operator act."""
        done: dict[str, Any] = await self.site.post(f"/{self.family}/{self.pid}/{act}", form)
        return done


def opened(peer: Stranger, site: Site, said: Said, *, role: str) -> Dialog:
    """The process that a first message has opened; fails unless it did."""
    assert said.status == 201, said
    shown = said.json
    ours, theirs = ("providerPid", "consumerPid") if role == "provider" else ("consumerPid", "providerPid")
    family = "transfers" if shown["@type"] == "TransferProcess" else "negotiations"
    return Dialog(peer=peer, site=site, family=family, role=role, pid=shown[ours], theirs=shown[theirs])


def first_request(peer: Stranger, offer_id: str, dataset: str, **members: Any) -> dict[str, Any]:
    """A message that asks for an agreement."""
    values = {
        "consumerPid": urn(),
        "callbackAddress": peer.base,
        "offer": offer(offer_id, dataset, OPEN),
    }
    return message("ContractRequestMessage", **(values | members))


async def asked(peer: Stranger, site: Site, offer_id: str, dataset: str, **members: Any) -> Dialog:
    """A negotiation that the stranger has opened as consumer."""
    wanted = first_request(peer, offer_id, dataset, **members)
    said = await peer.send(site.did, f"{site.base}/negotiations/request", wanted)
    return opened(peer, site, said, role="provider")


async def offered(peer: Stranger, site: Site, dataset: str, **members: Any) -> Dialog:
    """A negotiation that the stranger has opened as provider."""
    values = {
        "providerPid": urn(),
        "callbackAddress": peer.base,
        "offer": offer("urn:offer:1", dataset, OPEN),
    }
    said = await peer.send(
        site.did, f"{site.base}/negotiations/offers", message("ContractOfferMessage", **(values | members))
    )
    return opened(peer, site, said, role="consumer")


async def requested(peer: Stranger, site: Site, dataset: str, **form: Any) -> Dialog:
    """A negotiation that the node's operator has opened as consumer, once the stranger has acknowledged it."""
    values = {
        "participant": peer.did,
        "at": peer.base,
        "dataset": dataset,
        "offer": "urn:offer:1",
        "policy": OPEN,
    }
    made = await site.post("/negotiations", values | form)
    shown = await site.reaches("negotiations", made["id"], "REQUESTED")
    return Dialog(
        peer=peer,
        site=site,
        family="negotiations",
        role="consumer",
        pid=made["id"],
        theirs=shown["provider_pid"],
    )


async def agreed(peer: Stranger, site: Site, offer_id: str, dataset: str, **members: Any) -> str:
    """Wire id of an agreement that the stranger, as consumer, has concluded with the node."""
    talk = await asked(peer, site, offer_id, dataset, **members)
    told = await talk.hears("ContractAgreementMessage")
    assert (await talk.say("ContractAgreementVerificationMessage")).status == 200
    await talk.hears("ContractNegotiationEventMessage")
    await site.reaches("negotiations", talk.pid, "FINALIZED")
    return str(told.json["agreement"]["@id"])


def agreement(talk: Dialog, dataset: str, **changes: Any) -> dict[str, Any]:
    """The agreement that the stranger, as provider, states on the open terms."""
    values = {
        "@id": urn(),
        "@type": "Agreement",
        "target": dataset,
        "assigner": talk.peer.did,
        "assignee": talk.site.did,
        "timestamp": "2026-01-01T00:00:00Z",
        "permission": OPEN["permission"],
    }
    return {name: value for name, value in (values | changes).items() if value is not None}


async def transfer(peer: Stranger, site: Site, agreement_id: str, **members: Any) -> Dialog:
    """A transfer that the stranger has asked for as consumer."""
    said = await peer.send(
        site.did, f"{site.base}/transfers/request", transfer_request(peer, agreement_id, **members)
    )
    return opened(peer, site, said, role="provider")


def transfer_request(peer: Stranger, agreement_id: str, **members: Any) -> dict[str, Any]:
    """A message that asks for the data of an agreement."""
    values = {
        "consumerPid": urn(),
        "agreementId": agreement_id,
        "format": "HttpData-PULL",
        "callbackAddress": peer.base,
    }
    return message("TransferRequestMessage", **(values | members))


def permissions(document: Mapping[str, Any]) -> tuple[Permission, ...]:
    """What a policy permits, however its names are spelled."""
    return odrl.read(document).permissions


def endpoint(start: Heard) -> tuple[str, str]:
    """Address and token of a start message."""
    address = start.json["dataAddress"]
    named = {each["name"]: each["value"] for each in address["endpointProperties"]}
    return address["endpoint"], named["authorization"]
