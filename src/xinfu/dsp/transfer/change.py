"""What a move changes in the record of a transfer, whoever made it."""

from datetime import datetime

from msgspec.structs import replace

from xinfu.dsp.address import DataAddress
from xinfu.dsp.terms import Role
from xinfu.dsp.transfer.record import TransferProcess
from xinfu.dsp.transfer.states import Kind, State


def moved(
    record: TransferProcess,
    to: State,
    kind: Kind,
    by: Role,
    now: datetime,
    *,
    address: DataAddress | None = None,
    code: str | None = None,
    reason: tuple[str, ...] = (),
) -> TransferProcess:
    """The transfer in state `to` after `kind` by `by`.

    A pull's address is void from a suspension on (R-TP-12); a start by the provider brings a fresh one, a
    start by the consumer leaves the provider owing it.
    """
    changes: dict[str, object] = {"state": to, "updated": now}
    if kind is Kind.START:
        changes |= _started(record, by, address)
    if kind in (Kind.SUSPEND, Kind.TERMINATE):
        changes |= {"code": code, "reason": reason}
        changes |= {"suspended_by": by} if kind is Kind.SUSPEND else {"terminated_by": by}
    if to is not State.STARTED and record.pull:
        changes |= {"data_address": None, "address_due": False}
    return replace(record, **changes)


def _started(record: TransferProcess, by: Role, address: DataAddress | None) -> dict[str, object]:
    due = record.pull and by is Role.CONSUMER
    fresh = address if record.pull else record.data_address
    return {"suspended_by": None, "code": None, "reason": (), "address_due": due, "data_address": fresh}
