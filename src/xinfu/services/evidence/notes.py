"""Record entries of evidence about what happens in a node, each of a kind in `evidence.KINDS`."""

import hashlib
from collections.abc import Mapping

import msgspec

from xinfu import odrl
from xinfu.evidence import Entry
from xinfu.evidence.entry import Fact
from xinfu.odrl import Policy
from xinfu.ports.clock import Clock
from xinfu.ports.store import Step
from xinfu.services.exchange.arrival import Arrival
from xinfu.services.parts import PeerParts


async def record_entry(
    step: Step,
    clock: Clock,
    kind: str,
    facts: Mapping[str, Fact],
    *,
    process: str | None = None,
    agreement: str | None = None,
    peer: str | None = None,
    attachments: Mapping[str, bytes] | None = None,
    id: str | None = None,  # noqa: A002 - the field's own name
) -> None:
    """Append an entry to the context's log in this step, under `id` if something has referred to it before."""
    entry = Entry.of(
        kind,
        id=id or clock.new_id(),
        at=clock.now(),
        context=step.context,
        process=process,
        agreement=agreement,
        peer=peer,
        facts=facts,
    )
    await step.record(entry, attachments)


async def record_received(
    step: Step, clock: Clock, arrival: Arrival, *, type_: str, process: str, secret: bool = False
) -> None:
    """Record a received message, with its token and body as the proof of its content (D-02).

    Args:
        secret: the body carries an endpoint token and is not kept; its digest is recorded all the same.
    """
    token = arrival.caller.token.encode()
    facts: dict[str, Fact] = {
        "type": type_,
        "digest": arrival.digest,
        "signed": "body" if arrival.caller.signed_body else "unsigned-body",
        "token_digest": hashlib.sha256(token).hexdigest(),
        "url": arrival.url,
        "key": arrival.caller.issuer_key,
    }
    kept = _kept(token, None if secret else arrival.body, arrival.caller.issuer_jwk)
    await record_entry(
        step, clock, "message.received", facts, process=process, peer=arrival.peer, attachments=kept
    )


async def last_received(step: Step, process: str) -> str:
    """The id of the entry of the other side's newest message in a process; "" if there is none."""
    newest, after = "", 0
    while page := await step.log.find(process=process, kind="message.received", after=after, limit=1000):
        newest, after = page[-1].id, page[-1].row
    return newest


async def claims_again(parts: PeerParts, context: str, process: str, peer: str) -> dict[str, tuple[str, ...]]:
    """The claims that the credentials in the peer's newest message of a process prove now."""
    async with parts.store.view(context) as view:
        entry = await last_received(view, process)
        shown = await view.log.attachments(entry) if entry else {}
    if "token" not in shown:
        return {}
    return dict(await parts.identity.proven(shown["token"].decode(), holder=peer))


async def record_sent(
    step: Step,
    clock: Clock,
    *,
    type_: str,
    body: bytes,
    url: str,
    process: str,
    peer: str,
    status: int,
    token: str,
    secret: bool = False,
) -> None:
    """Record a message that the other side acknowledged with `status`, and what we signed for it.

    Args:
        token: the Authorization value that went with it.
        secret: the body carries an endpoint token and is not kept; its digest is recorded all the same.
    """
    facts: dict[str, Fact] = {
        "type": type_,
        "digest": hashlib.sha256(body).hexdigest(),
        "signed": "body",
        "token_digest": hashlib.sha256(token.encode()).hexdigest(),
        "url": url,
        "status": status,
    }
    kept = _kept(token.encode(), None if secret else body, {})
    await record_entry(step, clock, "message.sent", facts, process=process, peer=peer, attachments=kept)


async def record_state(
    step: Step,
    clock: Clock,
    family: str,
    *,
    process: str,
    before: str,
    after: str,
    by: str,
    peer: str,
    reason: str | None = None,
) -> None:
    """Record that a process of `family` (negotiation or transfer) moved from one state to another."""
    facts: dict[str, Fact] = {"from": before, "to": after, "by": by}
    if reason:
        facts["reason"] = reason
    await record_entry(step, clock, f"{family}.state", facts, process=process, peer=peer)


def policy_digest(policy: Policy) -> str:
    """SHA-256 of a policy in its wire form with sorted keys, lower-case hex."""
    return hashlib.sha256(msgspec.json.encode(odrl.write(policy), order="sorted")).hexdigest()


def _kept(token: bytes, body: bytes | None, key: Mapping[str, str]) -> dict[str, bytes]:
    """The attachments of an entry about a message, without those that are empty."""
    found = {"token": token, "body": body, "key": msgspec.json.encode(key) if key else None}
    return {name: content for name, content in found.items() if content}
