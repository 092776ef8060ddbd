"""Operands of the asking party: its identity, its memberships, and any claim of a credential.

A claim is written `vc:<Type>.<path>` or `<Type>.<path>`, `vc:<Type>` for the credential itself. A credential
that was not presented is unknown, so that `isNoneOf` cannot be met by holding things back.
"""

import re
from collections.abc import Callable
from typing import Final

import msgspec

from xinfu.odrl.model.situation import Fact, FactKind, Situation
from xinfu.odrl.operands.entry import Control, Operand
from xinfu.odrl.values.sorts import Sort

MEMBERSHIP_TYPE: Final = "MembershipCredential"
MEMBER_OF: Final = "MembershipCredential.memberOf"
PRESENT: Final = "active"
"""The value that stands for a credential being there: `membership eq active`."""

_CLAIM: Final = re.compile(r"(vc:)?(?P<type>[A-Z][A-Za-z0-9_-]{0,99})(?P<path>(\.[A-Za-z0-9_-]{1,100}){0,8})")


def _assignee(situation: Situation) -> str | None:
    return situation.assignee or None


def _membership(situation: Situation) -> tuple[str, ...] | None:
    spaces = situation.claims.get(MEMBER_OF)
    return (PRESENT, *spaces) if spaces and MEMBERSHIP_TYPE in situation.claims else None


def _membership_for(values: tuple[str, ...]) -> Operand:
    """Being a member needs the credential alone; being one of a space needs to know of which."""
    return _MEMBER if set(values) == {PRESENT} else MEMBERSHIP


def _values(key: str) -> Callable[[Situation], tuple[str, ...] | None]:
    return lambda situation: situation.claims.get(key) or None


def _presence(key: str) -> Callable[[Situation], tuple[str, ...] | None]:
    return lambda situation: (PRESENT,) if key in situation.claims else None


def _party(name: str, zh: str, en: str) -> Operand:
    return Operand(
        name=name,
        sort=Sort.PARTY,
        fact=Fact(kind=FactKind.ASSIGNEE),
        read=_assignee,
        control=Control.PROVIDER,
        missing="fact.missing",
        failed="recipient.other",
        private=True,
        zh=zh,
        en=en,
        example="did:web:consumer.example",
    )


RECIPIENT: Final = _party("recipient", "接收方", "recipient")
ASSIGNEE: Final = _party("assignee", "被授权方", "assignee")
MEMBERSHIP: Final = Operand(
    name="membership",
    sort=Sort.CLAIM,
    fact=Fact(kind=FactKind.CLAIM, name=MEMBERSHIP_TYPE),
    also=(Fact(kind=FactKind.CLAIM, name=MEMBER_OF),),
    narrow=_membership_for,
    read=_membership,
    control=Control.PROVIDER,
    missing="credential.missing",
    failed="credential.other",
    zh="成员资格",
    en="membership",
    example=PRESENT,
)

_MEMBER: Final = msgspec.structs.replace(MEMBERSHIP, read=_presence(MEMBERSHIP_TYPE), also=())


def claim(left: str) -> Operand | None:
    """The operand that reads the claim named `left`; None if `left` is not the name of a claim."""
    found = _CLAIM.fullmatch(left)
    if found is None or not (left.startswith("vc:") or found["path"]):
        return None
    key = found["type"] + found["path"]
    return Operand(
        name=key if found["path"] else f"vc:{key}",
        sort=Sort.CLAIM,
        fact=Fact(kind=FactKind.CLAIM, name=key),
        read=_values(key) if found["path"] else _presence(key),
        control=Control.PROVIDER,
        missing="credential.missing",
        failed="credential.other",
        zh=f"凭证声明 {key}",
        en=f"credential claim {key}",
        example=PRESENT,
    )
