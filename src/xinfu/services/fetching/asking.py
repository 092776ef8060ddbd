"""Ask a provider for an agreement: on the offer that was shown, and only if a use could be allowed.

All of this is checked before a message is sent, so that a refusal leaves nothing behind: the offer has to be still the
one that was shown to the caller, and must need no declaration that is missing. A counter-offer is a negotiation by
hand and is sent as it is; `anyway` sends any request so.
"""

import shlex
from collections.abc import Mapping
from typing import Any, Final

import msgspec
from msgspec.structs import replace

from xinfu import odrl
from xinfu.dsp.negotiation import ContractNegotiation
from xinfu.odrl import Change, Policy, PolicyKind, Reason, Situation
from xinfu.odrl.engine.declarations import PURPOSE, fitting_values, missing_declarations
from xinfu.odrl.words.lexicon import LIST, pick
from xinfu.services.contexts.context import Context
from xinfu.services.fetching import errors
from xinfu.services.fetching.declarations import declarations
from xinfu.services.identity import discover
from xinfu.services.offering.stating import state_policy
from xinfu.services.parts import PeerParts, RecordParts
from xinfu.services.processes import requests
from xinfu.services.usage.facts import ENVIRONMENT, VAULT

_LONGEST: Final = 200
"""Characters of a value that is suggested."""
_TOLD: Final = 3
"""Changes of an offer that the sentence itself names; the facts hold all."""


class ProviderRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A request to a provider for an agreement.

    Attributes:
        participant: DID or alias; `at` is an address to use in place of the known one.
        offer: id of an offer; None: the dataset's first.
        shown: that offer as it was shown to the caller; None: the offer as it is now.
        policy: other terms than the offer's.
        declared: the declarations besides the purpose that will be made when the data is requested; `vault` likewise.
        anyway: ask although no use could be allowed with what is declared.
    """

    participant: str
    dataset: str
    at: str | None = None
    offer: str | None = None
    shown: Mapping[str, Any] | None = None
    policy: Mapping[str, Any] | None = None
    purpose: str | None = None
    declared: Mapping[str, str] = {}
    vault: bool = False
    anyway: bool = False


async def ask(parts: PeerParts, context: Context, question: ProviderRequest) -> ContractNegotiation:
    """Open a negotiation as consumer.

    Raises:
        RefusedError: `offer.declaration`: the offer needs a declaration that is not made.
        ConflictError: `offer.changed`: its rules are not those that were shown.
        NotFoundError, PeerError: as `discover.offer_of`. InputError: `policy.*`, `transfer.declaration`.
    """
    asked = None if question.policy is None else await _terms(parts, context, question.policy)
    environment, declared = declarations(question.declared, vault=question.vault)
    if asked is not None and question.offer is not None and question.shown is None:
        found = await discover.find(parts, context.id, question.participant, at=question.at)
        offer, previous = _at(asked, question.offer, question.dataset), None
    else:
        found, theirs = await discover.offer_of(
            parts, context.id, question.participant, question.dataset, at=question.at, offer=question.offer
        )
        if question.shown is not None:
            _check_shown(
                _at(odrl.read(question.shown, kind=PolicyKind.OFFER), theirs.id or "", question.dataset),
                theirs,
            )
        if asked is not None:
            offer, previous = _at(asked, theirs.id or "", question.dataset), theirs
        else:
            offer, previous = theirs, None
    if asked is None and not question.anyway:
        traits = {name: (said,) for name, said in declared.items()}
        situation = Situation(
            now=parts.clock.now(),
            assignee=context.participant,
            target=question.dataset,
            purpose=question.purpose,
            spatial=declared.get("spatial"),
            traits=traits | ({ENVIRONMENT: (environment,)} if environment else {}),
        )
        _check_declared(missing_declarations(odrl.anchor(offer, parts.clock.now()), situation))
    return await requests.request_agreement(
        parts,
        context,
        peer=found.participant,
        base=found.base,
        offer=offer,
        previous=previous,
        purpose=question.purpose,
    )


async def _terms(parts: RecordParts, context: Context, document: Mapping[str, Any]) -> Policy:
    """The proposed terms, with participants in place of aliases."""
    return await state_policy(parts, context.id, odrl.read(document, kind=PolicyKind.OFFER))


def _at(policy: Policy, id_: str, dataset: str) -> Policy:
    """The terms as an offer with this id and dataset."""
    return replace(policy, id=id_, target=dataset)


def _check_shown(shown: Policy, theirs: Policy) -> None:
    if shown == theirs or odrl.equivalent(shown, theirs):
        return
    changes = odrl.difference(shown, theirs)
    raise errors.OFFER_CHANGED(
        offer=theirs.id or "",
        changes=msgspec.json.encode(changes).decode(),
        changes_en=_listed(changes, "en"),
        changes_zh=_listed(changes, "zh"),
    )


def _listed(changes: tuple[Change, ...], language: str) -> str:
    said = [each.zh if language == "zh" else each.en for each in changes]
    if not said:
        return "变化之处无法读出。" if language == "zh" else "What has changed cannot be read."
    more = len(said) - _TOLD
    between, end = ("；", "。") if language == "zh" else ("; ", ".")
    rest = [f"另有 {more} 处变化" if language == "zh" else f"{more} further changes"] if more > 0 else []
    return between.join([*said[:_TOLD], *rest]) + end


def _check_declared(lacking: tuple[Reason, ...]) -> None:
    if not lacking:
        return
    wanted = {each.operand: fitting_values(each) for each in lacking}
    raise errors.OFFER_DECLARATION(
        {name: ",".join(values) for name, values in wanted.items()},
        said=" ".join(_sentence(each, "en") for each in lacking),
        said_zh="".join(_sentence(each, "zh") for each in lacking),
        options="; ".join(_option(each, "en") for each in lacking),
        options_zh="；".join(_option(each, "zh") for each in lacking),
    )


def _sentence(reason: Reason, language: str) -> str:
    name = odrl.subject_name(reason, language)
    if reason.found:
        return odrl.sentence(reason, language)
    if language == "zh":
        return f"该要约要求声明{name}，但没有给出。"
    return f"This offer requires the {name} to be declared, and none is given."


def _typed(value: str) -> str:
    """A provider's value as it can be typed, quoted for a shell if needed; "…" if too long or not printable."""
    return shlex.quote(value) if value.isprintable() and len(value) <= _LONGEST else "…"


def _option(reason: Reason, language: str) -> str:
    """The command-line option of a declaration, with the values that would fit."""
    values = tuple(map(_typed, fitting_values(reason)))
    between = pick(LIST, language)
    if reason.operand == ENVIRONMENT and values == (VAULT,):
        return "--vault"
    option = "--purpose " if reason.operand == PURPOSE else f"--declare {reason.operand}="
    if len(values) == 1:
        return option + values[0]
    listed = between.join(values or map(_typed, reason.wanted))
    if language == "zh":
        return f"{option.strip()}（{'以下之一' if values else '不得为'}：{listed}）"
    return f"{option.strip()} ({'one of' if values else 'anything but'}: {listed})"
