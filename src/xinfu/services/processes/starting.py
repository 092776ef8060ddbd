"""The start of a transfer at its provider, where the agreement's policy is evaluated for the first time.

Only a YES gives a grant. Anything else ends the transfer with the reasons, so that the person on the other side reads
them.
"""

from xinfu.dsp import transfer as tp
from xinfu.dsp.transfer import State, TransferProcess
from xinfu.ports.records import ASSETS, GRANTS, TRANSFERS, AgreementState
from xinfu.ports.store import Step
from xinfu.services.agreements import lifecycle
from xinfu.services.evidence.notes import last_received
from xinfu.services.parts import DataParts, PeerParts, RecordParts
from xinfu.services.processes import errors
from xinfu.services.refusals import RefusalText, refusal_text, refusal_texts
from xinfu.services.sources.places import is_served
from xinfu.services.usage import grants
from xinfu.services.usage.decide import AT_THE_NODE, decide
from xinfu.services.usage.facts import Channel, channel_to
from xinfu.verdict import Verdict

_NO_PLANE = RefusalText(
    code="source.no-plane",
    message="No data plane of this node reads the address where this dataset lies.",
    message_zh="本节点没有能读取该数据产品所在地址的数据面。",
    help="Ask the provider to publish it from a source that its node reads.",
    help_zh="请数据提供方改用其节点支持的数据源发布。",
)


async def start(
    step: Step,
    parts: DataParts,
    record: TransferProcess,
    claims: dict[str, tuple[str, ...]],
) -> tp.TransferStartMessage | tuple[RefusalText, ...]:
    """Evaluate the policy: a YES returns a start message (and issues a grant for a pull), anything else the reasons.

    Raises:
        ConflictError: `transfer.wrong-state`: it runs already. `transfer.busy`.
    """
    agreement = await lifecycle.by_wire_id(step, record.agreement_id, "provider")
    if agreement is None or agreement.state is not AgreementState.ACTIVE:
        gone = refusal_text(lifecycle.ended(agreement) if agreement else lifecycle.agreement_not_found())
        return (gone,)
    asset = await step.of(ASSETS).get(agreement.dataset)
    if asset is not None and not is_served(parts, asset.source):
        return (_NO_PLANE,)
    now = parts.clock.now()
    paid = await grants.uses_of(step, record.id)
    decision = await decide(
        step,
        parts,
        agreement,
        claims=claims,
        purpose=record.purpose,
        now=now,
        transfer=record.id,
        channel=_channel(parts, record),
        paid=paid,
        counted=AT_THE_NODE,
    )
    if decision.verdict is not Verdict.YES:
        return refusal_texts(decision.reasons)
    if record.state is State.STARTED and not record.owes_address:
        raise errors.TRANSFER_WRONG_STATE_RUNNING()
    if record.sending is not None:  # a start of ours brings its own address; another would void it
        raise errors.TRANSFER_BUSY()
    address = None
    if record.pull:
        address = await grants.issue(
            step,
            parts.contexts.get(record.context),
            record,
            agreement,
            claims=claims,
            now=now,
            until=decision.until,
        )
    return tp.TransferStartMessage(
        consumer_pid=record.consumer_pid or "", provider_pid=record.provider_pid or "", data_address=address
    )


def _channel(parts: RecordParts, record: TransferProcess) -> Channel:
    """The channel of the data: our own listener, or the address to which the consumer wants it pushed."""
    there = parts.contexts.get(record.context).data_base
    if not record.pull and record.data_address is not None:
        there = record.data_address.url or record.data_address.value_of("baseUrl") or ""
    return channel_to(there)


async def claims_now(parts: PeerParts, context: str, transfer: str) -> dict[str, tuple[str, ...]]:
    """The claims that the credentials in the consumer's last message prove now, for a start by a person."""
    async with parts.store.view(context) as view:
        record = await view.of(TRANSFERS).get(transfer)
        entry = await last_received(view, transfer)
        shown = await view.log.attachments(entry) if entry else {}
        if record is None or "token" not in shown:
            return {} if record is None else await claims_of(view, record)
    return dict(await parts.identity.proven(shown["token"].decode(), holder=record.peer))


async def claims_of(step: Step, record: TransferProcess) -> dict[str, tuple[str, ...]]:
    """The claims that the consumer had proven when the transfer last started, for a resumption by a person."""
    found = await step.of(GRANTS).find(GRANTS.transfer.equals(record.id), limit=1000)
    return dict(max(found, key=lambda grant: grant.created).claims) if found else {}
