"""What was paid opens uses, and what uses cost is taken of it: never more than was paid, by whomever at one moment."""

import asyncio
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from tests.services.usage.conftest import Bureau, Make

from xinfu import odrl
from xinfu.errors import ConflictError, InputError, XinfuError
from xinfu.odrl import Measure, Meter
from xinfu.odrl.model.meters import Selection
from xinfu.ports.records import PaymentRecord
from xinfu.services.usage import payments, purse
from xinfu.services.usage.grant_lookup import ReadRequest
from xinfu.services.usage.use import use

SIZE = 1000
PRICE = Meter(rule="permission[0]", measure=Measure.PAID, selection=Selection(per_use=True))


def paid(amount: str, operator: str = "gteq", unit: str = "CNY") -> dict[str, Any]:
    return {"leftOperand": "payAmount", "operator": operator, "rightOperand": amount, "unit": unit}


def select(left: str, value: str) -> dict[str, Any]:
    return {"leftOperand": left, "operator": "eq", "rightOperand": value}


EACH_USE = select("unitOfCount", "use")


async def pay(bureau: Bureau, amount: str, receipt: str, currency: str = "CNY") -> PaymentRecord:
    return await payments.record(
        bureau.node.parts,
        "bureau",
        bureau.agreement.id,
        receipt=receipt,
        amount=amount,
        currency=currency,
    )


async def outcome(bureau: Bureau, ask: ReadRequest) -> str:
    """The code of its refusal; "" where all of it came."""
    try:
        async with use(bureau.node.parts, ask) as held:
            async for _ in held.chunks():
                pass
    except XinfuError as error:
        return error.code
    return ""


async def why(bureau: Bureau, ask: ReadRequest) -> XinfuError:
    with pytest.raises(XinfuError) as refused:
        async with use(bureau.node.parts, ask):
            pass
    return refused.value


async def test_a_use_is_refused_until_all_is_paid_and_says_how_much_is(bureau_of: Make) -> None:
    bureau = await bureau_of(paid("100.00"), size=SIZE)
    error = await why(bureau, bureau.ask())
    assert error.code == "payment.other"
    assert error.en == "100.00 CNY must be paid (≥), 0 are."
    await pay(bureau, "40.00", "bank-1")
    error = await why(bureau, bureau.ask())
    assert error.en == "100.00 CNY must be paid (≥), 40.00 CNY are."
    assert error.zh == "须付款 100.00 CNY（≥），已付 40.00 CNY。"
    assert "record" in error.help_en
    await pay(bureau, "60", "bank-2")
    assert [await outcome(bureau, bureau.ask()) for _ in range(3)] == [""] * 3


async def test_a_receipt_counts_once_and_is_of_one_payment(bureau_of: Make) -> None:
    bureau = await bureau_of(paid("100"), size=SIZE)
    first = await pay(bureau, "60.00", "bank-1")
    assert await pay(bureau, "60", "bank-1") == first
    assert await outcome(bureau, bureau.ask()) == "payment.other"
    for amount, currency in (("61", "CNY"), ("60", "EUR")):
        with pytest.raises(ConflictError) as other:
            await pay(bureau, amount, "bank-1", currency)
        assert other.value.code == "payment.exists"
    assert len(await bureau.entries("payment.settled")) == 1


async def test_the_same_receipt_by_many_at_once_is_one_payment(bureau_of: Make) -> None:
    bureau = await bureau_of(paid("100"), size=SIZE)
    made = await asyncio.gather(*(pay(bureau, "10", f"r-{n % 4}") for n in range(32)))
    assert len({each.id for each in made}) == 4
    async with bureau.node.parts.store.view("bureau") as view:
        assert await purse.paid_in_all(view, bureau.agreement) == Decimal(40)


@pytest.mark.parametrize(
    ("amount", "currency", "receipt", "code"),
    [
        ("0", "CNY", "r", "payment.amount"),
        ("-1", "CNY", "r", "payment.amount"),
        ("1.0000001", "CNY", "r", "payment.amount"),
        ("1e3", "CNY", "r", "payment.amount"),
        ("NaN", "CNY", "r", "payment.amount"),
        ("9" * 20, "CNY", "r", "payment.amount"),
        ("5", "yuan", "r", "payment.amount"),
        ("5", "", "r", "payment.amount"),
        ("5", "CNY", " ", "payment.receipt"),
        ("5", "CNY", "x" * 201, "payment.receipt"),
        ("5", "CNY", "a\nb", "payment.receipt"),
    ],
)
async def test_what_is_no_payment_is_refused(
    bureau_of: Make, amount: str, currency: str, receipt: str, code: str
) -> None:
    bureau = await bureau_of(size=SIZE)
    with pytest.raises(InputError) as refused:
        await pay(bureau, amount, receipt, currency)
    assert refused.value.code == code
    assert await bureau.entries("payment.settled") == []


async def test_currencies_are_never_mixed(bureau_of: Make) -> None:
    bureau = await bureau_of(paid("5", unit="EUR"), size=SIZE)
    await pay(bureau, "5", "r-1", "CNY")
    with pytest.raises(ConflictError) as mixed:
        await pay(bureau, "5", "r-2", "EUR")
    assert mixed.value.code == "payment.currency"
    assert await outcome(bureau, bureau.ask()) == "value.incomparable"


async def test_what_is_paid_in_a_month_is_for_that_month(bureau_of: Make) -> None:
    bureau = await bureau_of(paid("30"), select("timeWindow", "P1M"), size=SIZE, life=timedelta(days=90))
    await pay(bureau, "30", "december")
    assert await outcome(bureau, bureau.ask()) == ""
    bureau.clock.at = datetime(2025, 1, 1, tzinfo=UTC)
    assert await outcome(bureau, bureau.ask()) == "payment.other"
    await pay(bureau, "30", "january")
    assert await outcome(bureau, bureau.ask()) == ""


async def test_each_use_takes_its_price_of_what_was_paid(bureau_of: Make) -> None:
    bureau = await bureau_of(paid("2.50"), EACH_USE, size=SIZE)
    assert await outcome(bureau, bureau.ask()) == "payment.exhausted"
    await pay(bureau, "6.00", "r-1")
    assert [await outcome(bureau, bureau.ask()) for _ in range(3)] == ["", "", "payment.exhausted"]
    error = await why(bureau, bureau.ask())
    assert error.en == "Each use takes 2.50 CNY; 6.00 were paid, and 5 of it are taken."
    await pay(bureau, "1.50", "r-2")
    assert [await outcome(bureau, bureau.ask()) for _ in range(2)] == ["", "payment.exhausted"]


async def test_a_use_that_goes_on_is_not_paid_twice(bureau_of: Make) -> None:
    bureau = await bureau_of(paid("2"), EACH_USE, size=SIZE)
    await pay(bureau, "2", "r-1")
    for start in range(0, SIZE, 250):
        assert await outcome(bureau, bureau.ask(range=f"bytes={start}-{start + 249}")) == ""
    assert await outcome(bureau, bureau.ask(range="bytes=0-9")) == "payment.exhausted"


async def test_a_read_of_which_nothing_left_costs_nothing(bureau_of: Make) -> None:
    bureau = await bureau_of(paid("2"), EACH_USE, size=SIZE)
    await pay(bureau, "2", "r-1")
    async with use(bureau.node.parts, bureau.ask()):
        pass
    assert await outcome(bureau, bureau.ask()) == ""
    assert await outcome(bureau, bureau.ask()) == "payment.exhausted"


async def test_a_repeat_under_a_key_is_paid_once(bureau_of: Make) -> None:
    bureau = await bureau_of(paid("2"), EACH_USE, size=SIZE)
    await pay(bureau, "2", "r-1")
    assert [await outcome(bureau, bureau.ask(key="k")) for _ in range(3)] == [""] * 3
    assert await outcome(bureau, bureau.ask(key="l")) == "payment.exhausted"


async def test_64_callers_use_just_what_was_paid_for(bureau_of: Make) -> None:
    bureau = await bureau_of(paid("0.30"), EACH_USE, size=SIZE)
    await pay(bureau, "3.00", "r-1")
    done = await asyncio.gather(
        *(outcome(bureau, bureau.ask(key=str(n))) for n in range(64)), pay(bureau, "0.59", "r-2")
    )
    opened = done[:-1].count("")
    assert opened in {10, 11}
    assert set(done[:-1]) == {"", "payment.exhausted"}
    after = [await outcome(bureau, bureau.ask(key=f"more-{n}")) for n in range(3)]
    assert opened + after.count("") == 11
    async with bureau.node.parts.store.view("bureau") as view:
        left = await purse.payment_facts(
            view, bureau.agreement, odrl.compile(bureau.agreement.policy), bureau.clock.at, 0
        )
    assert left == {PRICE.key: {"CNY": Decimal("0.29")}}


async def test_what_a_dead_process_set_aside_is_not_spent_again(bureau_of: Make) -> None:
    bureau = await bureau_of(paid("2"), EACH_USE, size=SIZE)
    await pay(bureau, "3", "r-1")
    held = use(bureau.node.parts, bureau.ask(key="a"))
    await held.__aenter__()
    assert await outcome(bureau, bureau.ask(key="b")) == "payment.exhausted"
    await held.__aexit__(None, None, None)
    assert await outcome(bureau, bureau.ask(key="b")) == ""
