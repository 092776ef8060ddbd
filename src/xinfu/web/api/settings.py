"""Routes about the node itself: identity, stored answers, address book, keys and credentials."""

from datetime import datetime, timedelta
from typing import Annotated, Any, Literal

import msgspec

from xinfu import __version__
from xinfu.api import HeldView, NodeView, Page
from xinfu.ports.records import (
    ANSWERS,
    ISSUED_CREDENTIALS,
    PARTICIPANTS,
    Act,
    Answer,
    Event,
    IssuedCredential,
    KeyState,
    KeyUse,
    KnownParticipant,
)
from xinfu.services.background import peer_logs
from xinfu.services.background.peer_logs import Contradiction
from xinfu.services.identity import discover, membership
from xinfu.services.offering.stating import participant
from xinfu.services.processes import answer_rules
from xinfu.web import errors
from xinfu.web.api.contexts import context_view
from xinfu.web.api.listing import PAGING, page_of
from xinfu.web.api.operation import Call, Operation


class AnswerForm(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A stored answer: on this event, where all named fields match, do these acts one after another."""

    on: Event
    do: tuple[Act, ...]
    dataset: str | None = None
    agreement: str | None = None
    peer: str | None = None
    priority: Annotated[int, msgspec.Meta(ge=-1_000_000, le=1_000_000)] = 0
    reason: str | None = None


class ParticipantForm(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An entry of the address book; `base` overrides discovery. The codes are those of NDI-TR-2025-04.

    What is null or missing stays as it is, unless the alias stood for another DID; "" takes it away.
    """

    did: str
    base: str | None = None
    entity: str | None = None
    connector: str | None = None
    name: str | None = None


class AcceptLogForm(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The reason for accepting a log that contradicts what it showed before."""

    reason: Annotated[str, msgspec.Meta(min_length=1, max_length=1000)]


class RotationForm(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which key to rotate; `algorithm` is that of a contract key, as configured where it is missing."""

    use: Literal["message", "log", "contract"] = "message"
    algorithm: Literal["EdDSA", "ES256", "SM2"] | None = None


class KeyView(msgspec.Struct, frozen=True, kw_only=True):
    """A key, shown by its public part.

    A fresh message key is published for a moment before it signs; a contract key that `waits` signs when its
    certificate is there.
    """

    id: str
    use: str
    algorithm: str
    public_jwk: dict[str, str]
    signs_from: datetime
    waits: bool = False


class HoldForm(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A credential about ourselves, as its issuer gave it."""

    jwt: str


class IssueForm(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A credential to issue."""

    subject: str
    type: str = "MembershipCredential"
    claims: dict[str, Any] = msgspec.field(default_factory=dict)
    days: Annotated[int, msgspec.Meta(ge=1, le=366)] = 90


class IssuedView(msgspec.Struct, frozen=True, kw_only=True):
    """A fresh credential and its JWT, to hand to its subject."""

    id: str
    subject: str
    type: str
    jwt: str


class RevokeForm(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The reason for revoking a credential."""

    reason: str


async def show_node(call: Call) -> NodeView:
    return NodeView(
        version=__version__,
        contexts=[context_view(each) for each in call.access.shown(call.parts.contexts)],
    )


async def list_answers(call: Call) -> Page[Answer]:
    async with call.parts.store.view(call.context.id) as view:
        return await page_of(view.of(ANSWERS), call)


async def put_answer(call: Call) -> Answer:
    form: AnswerForm = call.body
    now = call.parts.clock.now()
    fields = {name: getattr(form, name) for name in AnswerForm.__struct_fields__}
    answer = Answer(id=call.path["id"], context=call.context.id, created=now, updated=now, **fields)
    return await answer_rules.save(call.parts, answer)


async def delete_answer(call: Call) -> None:
    await answer_rules.remove(call.parts, call.context.id, call.path["id"])


async def list_participants(call: Call) -> Page[KnownParticipant]:
    async with call.parts.store.view(call.context.id) as view:
        return await page_of(view.of(PARTICIPANTS), call)


async def put_participant(call: Call) -> KnownParticipant:
    form: ParticipantForm = call.body
    return await discover.remember(
        call.parts,
        call.context.id,
        call.path["id"],
        form.did,
        base=form.base,
        entity=form.entity,
        connector=form.connector,
        name=form.name,
    )


async def accept_log(call: Call) -> Contradiction:
    form: AcceptLogForm = call.body
    return await peer_logs.accept(call.parts, call.context.id, call.path["id"], reason=form.reason)


async def rotate_key(call: Call) -> KeyView:
    form: RotationForm = call.body
    if form.algorithm is not None and form.use != "contract":
        raise errors.KEY_ALGORITHM()
    made = await call.keys.rotate(call.context.id, KeyUse(form.use), algorithm=form.algorithm)
    return KeyView(
        id=made.id,
        use=str(made.use),
        algorithm=made.algorithm,
        public_jwk=made.public_jwk,
        signs_from=made.signs_from or made.created,
        waits=made.state is KeyState.ANNOUNCED,
    )


async def hold_credential(call: Call) -> HeldView:
    form: HoldForm = call.body
    held = await membership.hold(call.parts, call.keys, call.context, form.jwt)
    return HeldView(id=held.id, type=held.type, issuer=held.issuer)


async def issue_credential(call: Call) -> IssuedView:
    form: IssueForm = call.body
    if "id" in form.claims:
        raise errors.CREDENTIAL_CLAIMS()
    async with call.parts.store.view(call.context.id) as view:
        subject = await participant(view, call.context, form.subject)
    issued = await membership.issue(
        call.parts,
        call.keys,
        call.context,
        subject=subject,
        type_=form.type,
        claims=form.claims,
        life=timedelta(days=form.days),
    )
    record = issued.record
    return IssuedView(id=record.id, subject=record.subject, type=record.type, jwt=issued.jwt)


async def revoke_credential(call: Call) -> IssuedCredential:
    form: RevokeForm = call.body
    return await membership.revoke(call.parts, call.context, call.path["id"], reason=form.reason)


async def list_issued(call: Call) -> Page[IssuedCredential]:
    async with call.parts.store.view(call.context.id) as view:
        return await page_of(view.of(ISSUED_CREDENTIALS), call)


OPERATIONS = [
    Operation(
        method="GET",
        path="/node",
        summary="Show the identity of this node.",
        handler=show_node,
        gives=NodeView,
    ),
    Operation(
        method="GET",
        path="/answers",
        summary="List stored answers.",
        handler=list_answers,
        gives=Page[Answer],
        query=PAGING,
    ),
    Operation(
        method="PUT",
        path="/answers/{id}",
        summary="Store an answer, or a new version of it.",
        handler=put_answer,
        takes=AnswerForm,
        gives=Answer,
    ),
    Operation(
        method="DELETE", path="/answers/{id}", summary="Delete a stored answer.", handler=delete_answer
    ),
    Operation(
        method="GET",
        path="/participants",
        summary="List the address book.",
        handler=list_participants,
        gives=Page[KnownParticipant],
        query=PAGING,
    ),
    Operation(
        method="PUT",
        path="/participants/{id}",
        summary="Add a participant to the address book, or change its entry.",
        handler=put_participant,
        takes=ParticipantForm,
        gives=KnownParticipant,
    ),
    Operation(
        method="POST",
        path="/participants/{id}/log/accept",
        summary="Accept a participant's evidence log as it is now, despite a contradiction.",
        handler=accept_log,
        takes=AcceptLogForm,
        gives=Contradiction,
    ),
    Operation(
        method="POST",
        path="/keys/rotate",
        summary="Rotate a signing key: a new key signs from now on.",
        handler=rotate_key,
        takes=RotationForm,
        gives=KeyView,
    ),
    Operation(
        method="POST",
        path="/credentials",
        summary="Store a credential about ourselves.",
        handler=hold_credential,
        takes=HoldForm,
        gives=HeldView,
        status=201,
    ),
]

ISSUER_OPERATIONS = [
    Operation(
        method="GET",
        path="/issuer/credentials",
        summary="List the credentials that this node issued.",
        handler=list_issued,
        gives=Page[IssuedCredential],
        query=PAGING,
    ),
    Operation(
        method="POST",
        path="/issuer/credentials",
        summary="Issue a credential.",
        handler=issue_credential,
        takes=IssueForm,
        gives=IssuedView,
        status=201,
    ),
    Operation(
        method="POST",
        path="/issuer/credentials/{id}/revoke",
        summary="Revoke a credential.",
        handler=revoke_credential,
        takes=RevokeForm,
        gives=IssuedCredential,
    ),
]
