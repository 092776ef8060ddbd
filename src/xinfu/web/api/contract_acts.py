"""Routes by which a party begins, signs, files, amends, reports, suspends, proves and ends a digital contract."""

from typing import Annotated

import msgspec

from xinfu.api import ContractView
from xinfu.contracts import SignMode
from xinfu.services.agreements.usage_reports import Feedback
from xinfu.services.contracts import (
    amending,
    beginning,
    ending,
    executing,
    feedback,
    filing,
    fulfilment,
    signing,
    stopping,
)
from xinfu.services.contracts.executing import Report
from xinfu.web.api.contract_views import contract_view
from xinfu.web.api.operation import Call, Operation
from xinfu.web.api.shapes import NoForm

Term = Annotated[str, msgspec.Meta(min_length=1, max_length=4096)]


class BeginForm(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The parts of a new contract other than its rules: terms in plain words, and further signing parties by alias.

    `sign_mode` is 01 (between the parties) or 02 (on the platform); without it the configured mode applies.
    """

    terms: tuple[str, ...] = ()
    service_providers: tuple[str, ...] = ()
    sign_mode: SignMode | None = None


async def begin_contract(call: Call) -> ContractView:
    form: BeginForm = call.body
    also = await beginning.service_providers(call.parts, call.context.id, form.service_providers)
    begun = await beginning.take_up(
        call.parts,
        call.context.id,
        call.path["id"],
        terms=form.terms,
        also=also,
        sign_mode=form.sign_mode,
    )
    return contract_view(begun)


async def sign_contract(call: Call) -> ContractView:
    return contract_view(await signing.sign(call.parts, call.context.id, call.path["id"]))


async def file_contract(call: Call) -> ContractView:
    return contract_view(await filing.file(call.parts, call.context.id, call.path["id"]))


class AmendForm(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The terms that a supplement adds, in plain words."""

    terms: Annotated[tuple[Term, ...], msgspec.Meta(min_length=1, max_length=100)]


async def amend_contract(call: Call) -> ContractView:
    form: AmendForm = call.body
    return contract_view(await amending.amend(call.parts, call.context.id, call.path["id"], terms=form.terms))


class EndForm(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why a contract ends; without a `clause` that allows it the end is recorded as our breach."""

    reason: Annotated[str, msgspec.Meta(min_length=1, max_length=256)]
    clause: str | None = None


class StopForm(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why the provider stops a use."""

    reason: Annotated[str, msgspec.Meta(min_length=1, max_length=256)]


async def end_contract(call: Call) -> ContractView:
    form: EndForm = call.body
    return contract_view(
        await ending.end(call.parts, call.context.id, call.path["id"], reason=form.reason, clause=form.clause)
    )


async def report_contract(call: Call) -> ContractView:
    return contract_view(await executing.report(call.parts, call.context.id, call.path["id"], call.body))


async def feed_back(call: Call) -> ContractView:
    return contract_view(
        await feedback.send_feedback(call.parts, call.context.id, call.path["id"], call.body)
    )


async def stop_use(call: Call) -> ContractView:
    form: StopForm = call.body
    return contract_view(
        await stopping.stop(call.parts, call.context.id, call.path["id"], reason=form.reason)
    )


async def prove_contract(call: Call) -> ContractView:
    return contract_view(await fulfilment.prove(call.parts, call.context.id, call.path["id"]))


_ACTS = [
    ("begin", begin_contract, BeginForm, "Begin a contract from its draft: the platform gives its number."),
    (
        "sign",
        sign_contract,
        NoForm,
        "Sign a contract for ourselves, and send the signature to the other parties.",
    ),
    ("file", file_contract, NoForm, "File a contract with the platform, and store the receipt."),
    (
        "amend",
        amend_contract,
        AmendForm,
        "Begin a supplement to a contract, which takes effect once the same parties have signed it.",
    ),
    (
        "end",
        end_contract,
        EndForm,
        "End a contract and its agreement, and notify the other parties and the platform.",
    ),
    (
        "report",
        report_contract,
        Report,
        "Report acts under a contract to the other parties and the platform.",
    ),
    ("feedback", feed_back, Feedback, "Send our decision on a use under a contract to its provider."),
    ("stop", stop_use, StopForm, "As the provider, stop the consumer's use under a contract."),
    (
        "prove",
        prove_contract,
        NoForm,
        "Send receipts of acts under a contract to the other parties and the platform.",
    ),
]

OPERATIONS = [
    Operation(
        method="POST",
        path=f"/contracts/{{id}}/{name}",
        summary=summary,
        handler=act,
        takes=takes,
        gives=ContractView,
    )
    for name, act, takes, summary in _ACTS
]
