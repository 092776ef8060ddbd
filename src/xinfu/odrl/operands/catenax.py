"""Operands in the words of Catena-X and of EDC's clients, where a claim of a credential can answer them.

They stand as a full IRI of one of several namespaces, with the prefix `cx-policy:`, or by their bare name. A policy keeps
the spelling that it came in, so that it goes back to a partner unchanged. What no credential answers, such as the
groups that an EDC keeps of its partners (`BusinessPartnerGroup`), is no operand here and is refused by its name.
Follows: Catena-X ODRL profile 2025/9 and its forerunner `profile2405`; CX-0152.
"""

import re
from typing import Final

from msgspec.structs import replace

from xinfu.odrl.model.situation import Fact, FactKind
from xinfu.odrl.operands.entry import Operand
from xinfu.odrl.operands.party import MEMBERSHIP, PRESENT, claim
from xinfu.odrl.operands.use import PURPOSE

_AGREEMENT: Final = re.compile(
    r"(?P<name>[A-Z][A-Za-z0-9_-]{0,89})(:(?P<version>[0-9]{1,6}(\.[0-9]{1,6}){0,3}))?"
)


def _claim(name: str) -> Operand:
    found = claim(name)
    if found is None:
        raise ValueError(name)
    return found


def _agreement(text: str) -> str | None:
    """`text`, if it names an agreement, with its version or without."""
    return text if _AGREEMENT.fullmatch(text) else None


def _version(text: str) -> str:
    """The value that the claim needs for `DataExchangeGovernance:1.0`: the version, or its mere presence."""
    found = _AGREEMENT.fullmatch(text)
    return (found["version"] if found else None) or PRESENT


def _agreement_for(values: tuple[str, ...]) -> Operand:
    """The claim that answers for an agreement: the version in the credential that is named after it."""
    found = _AGREEMENT.fullmatch(values[0]) if values else None
    if found is None:
        return FRAMEWORK_AGREEMENT
    type_ = f"{found['name']}Credential"
    answering = _claim(f"{type_}.contractVersion" if found["version"] else f"vc:{type_}")
    return replace(answering, worded=_version)


BUSINESS_PARTNER_NUMBER: Final = replace(
    _claim("BpnCredential.bpn"),
    name="BusinessPartnerNumber",
    operators=frozenset({"eq", "neq", "isAnyOf", "isNoneOf"}),
    zh="业务伙伴编号（BPN）",
    en="business partner number (BPN)",
    example="BPNL00000000001A",
)
FRAMEWORK_AGREEMENT: Final = replace(
    BUSINESS_PARTNER_NUMBER,
    name="FrameworkAgreement",
    fact=Fact(kind=FactKind.CLAIM, name="FrameworkAgreement"),
    operators=frozenset({"eq"}),
    narrow=_agreement_for,
    worded=_agreement,
    read=lambda _: None,
    zh="框架协议",
    en="framework agreement",
    example="DataExchangeGovernance:1.0",
)
ANSWERED: Final = {
    "Membership": MEMBERSHIP,
    "FrameworkAgreement": FRAMEWORK_AGREEMENT,
    "UsagePurpose": PURPOSE,
    "BusinessPartnerNumber": BUSINESS_PARTNER_NUMBER,
}
"""Bare name -> the operand that answers it."""
