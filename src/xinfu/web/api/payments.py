"""Payments: record what was settled, and list it."""

import msgspec

from xinfu.api import Page, PaymentView
from xinfu.ports.records import PAYMENTS, PaymentRecord
from xinfu.services.usage import payments
from xinfu.web.api.listing import PAGING, page_of, read_filters_with_peer
from xinfu.web.api.operation import Call, Operation


class PaymentForm(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A payment that was made to us: our id of the agreement, the receipt's id, a decimal amount of a currency."""

    agreement: str
    receipt: str
    amount: str
    currency: str


def payment_view(record: PaymentRecord) -> PaymentView:
    return msgspec.convert(record, PaymentView, from_attributes=True)


async def list_payments(call: Call) -> Page[PaymentView]:
    async with call.parts.store.view(call.context.id) as view:
        where = await read_filters_with_peer(
            view, call, PAYMENTS.peer, PAYMENTS.agreement, PAYMENTS.dataset, PAYMENTS.receipt
        )
        return await page_of(view.of(PAYMENTS), call, *where, view=payment_view)


async def record_payment(call: Call) -> PaymentView:
    form: PaymentForm = call.body
    return payment_view(
        await payments.record(
            call.parts,
            call.context.id,
            form.agreement,
            receipt=form.receipt,
            amount=form.amount,
            currency=form.currency,
        )
    )


OPERATIONS = [
    Operation(
        method="GET",
        path="/payments",
        summary="List the payments under agreements, made to us or by us.",
        handler=list_payments,
        gives=Page[PaymentView],
        query={
            **PAGING,
            "agreement": "only payments under this agreement, by our id",
            "peer": "only payments from or to this participant: a DID, or an alias of the address book",
            "dataset": "only payments for this dataset",
            "receipt": "only the payment with this receipt",
        },
    ),
    Operation(
        method="POST",
        path="/payments",
        summary="Record a payment made to us under an agreement; repeating the same receipt changes nothing.",
        handler=record_payment,
        takes=PaymentForm,
        gives=PaymentView,
        status=201,
    ),
]
