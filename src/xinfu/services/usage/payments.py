"""Payments under an agreement: recorded once for each receipt by the payee, who notifies the payer.

A payment is a fact of the policy (`payAmount`), the proof of the duties to compensate that it covers, and what uses take
their price of, where the policy names one (usage/purse.py). Amounts are decimal numbers of one currency an agreement; nothing is
converted, and no payment is taken back. Follows: usage-control §5 and §7.
"""

from decimal import Decimal
from typing import Final

from xinfu.dsp.notice import PaymentNotice
from xinfu.odrl import Duty
from xinfu.odrl.duties.life import DutyState, duty_at
from xinfu.odrl.duties.proofs import Assurance, Proof, owed_by
from xinfu.odrl.values.quantities import read_money
from xinfu.ports.clock import Clock
from xinfu.ports.records import AGREEMENTS, DUTIES, PAYMENTS, AgreementRecord, DutyRecord, PaymentRecord
from xinfu.ports.store import Step
from xinfu.services.agreements import duty_proofs, notices
from xinfu.services.evidence.notes import record_entry
from xinfu.services.parts import RecordParts
from xinfu.services.usage import errors, purse

COMPENSATE: Final = "compensate"
METHOD: Final = "payment"
"""The method of a proof that is a payment."""
LONGEST: Final = 200
"""Characters of a receipt's id."""
_OPEN: Final = (DutyState.PENDING, DutyState.DUE, DutyState.CLAIMED, DutyState.OVERDUE)


async def record(
    parts: RecordParts, context: str, agreement: str, *, receipt: str, amount: str, currency: str
) -> PaymentRecord:
    """Record a payment to us under an agreement, and notify the other side; a repeat changes nothing.

    Args:
        agreement: our id of it.
        receipt: id of the receipt, one for each payment, whatever its agreement.

    Raises:
        NotFoundError: `agreement.not-found`. InputError: `payment.amount`, `payment.receipt`.
        ConflictError: `payment.not-ours`, `payment.exists`, `payment.currency`.
    """
    amount = _checked(receipt, amount, currency)
    async with parts.store.step(context) as step:
        found = await step.of(AGREEMENTS).lock(agreement)
        if found.role != "provider":
            raise errors.PAYMENT_NOT_OURS()
        payment, is_new = await _keep(step, parts.clock, found, receipt, amount, currency)
        if is_new:
            await _prove_duties(step, parts.clock, found, payment)
            notice = PaymentNotice(
                agreement=found.wire_id,
                receipt=receipt,
                amount=amount,
                currency=currency,
                at=payment.settled,
            )
            await notices.promise_notice(step, parts.clock, found, "payment", notice)
        return payment


async def receive(
    step: Step, clock: Clock, agreement: AgreementRecord, notice: PaymentNotice
) -> PaymentRecord:
    """Record our payment as confirmed by the provider, in the caller's step, which has locked the agreement.

    Raises:
        As `record`.
    """
    if agreement.role != "consumer":
        raise errors.PAYMENT_NOT_OURS()
    amount = _checked(notice.receipt, notice.amount, notice.currency)
    payment, _ = await _keep(step, clock, agreement, notice.receipt, amount, notice.currency)
    return payment


def _checked(receipt: str, amount: str, currency: str) -> str:
    """The amount in the form in which it is stored, if amount and receipt are valid.

    Raises:
        InputError: `payment.receipt`, `payment.amount`.
    """
    if not (len(receipt.strip()) > 0 and len(receipt) <= LONGEST and receipt.isprintable()):
        raise errors.PAYMENT_RECEIPT(longest=LONGEST)
    read = read_money(f"{amount} {currency}")
    if read is None or read.number <= 0 or not purse.fits(read):
        raise errors.PAYMENT_AMOUNT(amount=amount, currency=currency)
    return f"{read.number:f}"


async def _keep(
    step: Step, clock: Clock, agreement: AgreementRecord, receipt: str, amount: str, currency: str
) -> tuple[PaymentRecord, bool]:
    """The payment of this receipt, stored if new, and whether it is new."""
    await step.alone(f"payment {receipt}")
    for known in await step.of(PAYMENTS).find(PAYMENTS.receipt.equals(receipt), limit=1):
        told = (agreement.id, currency, Decimal(amount))
        if (known.agreement, known.currency, Decimal(known.amount)) != told:
            raise errors.PAYMENT_EXISTS(
                agreement=known.agreement, receipt=receipt, amount=known.amount, currency=known.currency
            )
        return known, False
    for other in await step.of(PAYMENTS).find(PAYMENTS.agreement.equals(agreement.id), limit=1):
        if other.currency != currency:
            raise errors.PAYMENT_CURRENCY(currency=other.currency)
    now = clock.now()
    payment = PaymentRecord(
        id=clock.new_id(),
        context=agreement.context,
        agreement=agreement.id,
        wire_id=agreement.wire_id,
        peer=agreement.peer,
        dataset=agreement.dataset,
        receipt=receipt,
        amount=amount,
        currency=currency,
        settled=now,
        created=now,
    )
    await step.of(PAYMENTS).add(payment)
    await record_entry(
        step,
        clock,
        "payment.settled",
        {"receipt": receipt, "amount": amount, "currency": currency},
        process=agreement.id,
        agreement=agreement.wire_id,
        peer=agreement.peer,
    )
    return payment, True


async def _prove_duties(step: Step, clock: Clock, agreement: AgreementRecord, payment: PaymentRecord) -> None:
    """Prove duties to compensate, oldest first, with the total paid; an amount proves one duty only."""
    waiting, spent = [], Decimal(0)
    for each in await step.of(DUTIES).find(DUTIES.agreement.equals(agreement.id), limit=1000):
        if (each.action, each.debtor, each.creditor) != (COMPENSATE, "consumer", "provider"):
            continue
        if each.state in _OPEN:
            waiting.append(each)
        elif each.proof is not None and each.proof.method == METHOD:
            spent += Decimal(each.proof.amount)
    left = await purse.paid_in_all(step, agreement) - spent
    for each in waiting:
        owed = _owed(duty_at(agreement.policy, each.key), payment)
        if owed is not None and owed <= left:
            left -= owed
            await _prove(step, clock, agreement, each, owed, payment)


def _owed(duty: Duty | None, payment: PaymentRecord) -> Decimal | None:
    """The amount that a duty requires in the payment's currency (the whole payment if it names none), or None."""
    amounts = owed_by(duty) if duty is not None else (None,)
    if any(each is None or each.unit != payment.currency for each in amounts):
        return None
    return max((each.number for each in amounts if each is not None), default=Decimal(payment.amount))


async def _prove(
    step: Step,
    clock: Clock,
    agreement: AgreementRecord,
    duty: DutyRecord,
    owed: Decimal,
    payment: PaymentRecord,
) -> None:
    proof = Proof(
        assurance=Assurance.COUNTER_SIGNED,
        method=METHOD,
        receipt=payment.receipt,
        amount=f"{owed:f}",
        currency=payment.currency,
    )
    await duty_proofs.accept(step, clock, agreement, await step.of(DUTIES).lock(duty.id), proof)
    await purse.take_cost(step, clock, agreement, owed)
