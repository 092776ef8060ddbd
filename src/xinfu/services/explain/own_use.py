"""Explain whether we may do Y with Z now, by what our own node knows, before the provider is asked.

We know the agreement and its state, the time, what our credentials prove, the purpose that we declare, and which duties
are done or overdue. Only the provider knows the counts that are kept where data is handed out, and the facts of the
source: such parts stay unknown and are marked as `fact.at-provider`. Objects in our vault are judged by our own
counters. Nothing is spent and nothing recorded.
"""

from datetime import datetime
from typing import Final, Literal

import msgspec
from msgspec.structs import replace

from xinfu.errors import XinfuError
from xinfu.odrl import Decision, FactKind, Reason
from xinfu.odrl.engine.registry import REGISTRY
from xinfu.odrl.operands import Control
from xinfu.ports.records import AGREEMENTS, VAULT_OBJECTS, AgreementRecord, AgreementState, VaultState
from xinfu.ports.store import Step
from xinfu.services.explain.explain import (
    LOOKED_AT,
    Basis,
    Explanation,
    VaultVerdict,
    nearness,
    over,
    resolve_moment,
    under_agreement,
)
from xinfu.services.identity import known_claims
from xinfu.services.identity.known_claims import Claims
from xinfu.services.parts import PeerParts, RecordParts
from xinfu.services.refusals import RefusalText, refusal_text, refusal_texts
from xinfu.services.usage.decide import decide
from xinfu.services.usage.facts import VAULT
from xinfu.services.vault import asking
from xinfu.services.vault.asking import VaultRequest
from xinfu.verdict import Verdict

_AT_PROVIDER: Final = frozenset({FactKind.COUNT, FactKind.TRAIT, FactKind.PAID})
"""Kinds of fact that arise or are kept where data is handed out."""


class OwnQuestion(msgspec.Struct, frozen=True, kw_only=True):
    """A question whether we may do `action` under an agreement of our own.

    Attributes:
        agreement: our id of it; None: any agreement about `dataset`, with `provider` if one is named.
        purpose: what we would declare; None: what was agreed on.
        vault: whether the data would land in our vault.
        at: when; None: now.
    """

    agreement: str | None = None
    dataset: str | None = None
    provider: str | None = None
    action: str = "use"
    purpose: str | None = None
    vault: bool = False
    at: datetime | str | None = None


async def explain_own(parts: PeerParts, context: str, question: OwnQuestion) -> Explanation:
    """Answer a question about ourselves.

    Raises:
        InputError: `explain.moment`: a time without an offset.
    """
    at, ours = resolve_moment(parts, question.at), parts.contexts.get(context).participant
    claims = await known_claims.own_claims(parts, context)
    async with parts.store.view(context) as view:
        found = await _agreements(view, question)
        answers = [await _answer(view, parts, each, question, ours, claims, at) for each in found]
    if not answers:
        return _nothing(question, ours, at)
    nearest = min(answers, key=nearness)
    return replace(nearest, landed=await _in_vault(parts, context, nearest.under, question))


async def _agreements(view: Step, question: OwnQuestion) -> list[AgreementRecord]:
    if question.agreement is not None:
        one = await view.of(AGREEMENTS).get(question.agreement)
        return [one] if one is not None and one.role == "consumer" else []
    where = [AGREEMENTS.role.equals("consumer")]
    if question.dataset is not None:
        where.append(AGREEMENTS.dataset.equals(question.dataset))
    if question.provider is not None:
        where.append(AGREEMENTS.peer.equals(question.provider))
    return await view.of(AGREEMENTS).find(*where, limit=LOOKED_AT, newest_first=True)


async def _answer(
    view: Step,
    parts: RecordParts,
    agreement: AgreementRecord,
    question: OwnQuestion,
    ours: str,
    claims: Claims,
    at: datetime,
) -> Explanation:
    if agreement.state is not AgreementState.ACTIVE:
        return over(agreement, ours, at)
    decision = await decide(
        view,
        parts,
        agreement,
        claims=claims,
        purpose=question.purpose or agreement.purpose,
        now=at,
        action=None if question.action == "use" else question.action,
        environment=VAULT if question.vault else None,
        counted=frozenset(),
        assignee=ours,
        explain=True,
    )
    return under_agreement(agreement, ours, _with_provider_s(decision), claims, at)


def _with_provider_s(decision: Decision) -> Decision:
    """Mark the parts of a decision that only the provider can decide."""
    return replace(
        decision,
        reasons=tuple(map(_named, decision.reasons)),
        findings=tuple(map(_named, decision.findings)),
    )


def _named(reason: Reason) -> Reason:
    operand = REGISTRY.operand(reason.operand, "")
    if reason.code != "fact.missing" or operand is None or operand.control is not Control.PROVIDER:
        return reason
    if operand.fact.kind not in _AT_PROVIDER:
        return reason
    return replace(reason, code="fact.at-provider")


async def _in_vault(
    parts: PeerParts, context: str, agreement: str, question: OwnQuestion
) -> tuple[VaultVerdict, ...]:
    """The verdict of our vault on each object under the agreement, the newest first."""
    async with parts.store.view(context) as view:
        where = (VAULT_OBJECTS.agreement.equals(agreement), VAULT_OBJECTS.state.equals(VaultState.LANDED))
        found = await view.of(VAULT_OBJECTS).find(*where, limit=LOOKED_AT, newest_first=True)
    return tuple([await _of_object(parts, context, each.id, question) for each in found])


async def _of_object(parts: PeerParts, context: str, id_: str, question: OwnQuestion) -> VaultVerdict:
    action: Literal["read", "reproduce"] = "reproduce" if question.action == "reproduce" else "read"
    ask = VaultRequest(context=context, object=id_, action=action, purpose=question.purpose)
    try:
        decision = await asking.may(parts, ask)
    except XinfuError as error:
        return VaultVerdict(object=id_, verdict=Verdict.NO, told=(refusal_text(error),))
    return VaultVerdict(object=id_, verdict=decision.verdict, told=refusal_texts(decision.reasons))


def _nothing(question: OwnQuestion, ours: str, at: datetime) -> Explanation:
    absent = RefusalText(
        code="agreement.none",
        message="We have no such agreement.",
        message_zh="我方没有相应的协议。",
        help="Negotiate an offer of the provider first.",
        help_zh="请先就数据提供方的要约进行协商。",
    )
    return Explanation(
        participant=ours,
        dataset=question.dataset or "",
        verdict=Verdict.NO,
        basis=Basis.NOTHING,
        told=(absent,),
        at=at,
    )
