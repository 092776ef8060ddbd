"""The comparison of a contract with its agreement: discrepancies that a person has to see before signing.

A contract with the terms of its agreement, between the same parties, for the same time, filed with our platform, and
signed by the other party, creates no new obligation. Everything beyond that is reported as a discrepancy.
Follows: TC609-6-2025-14, 7.3 e to g; decision 0031.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from enum import StrEnum
from typing import Final

from xinfu.contracts.contract import DigitalContract
from xinfu.odrl import write


class Discrepancy(StrEnum):
    """The discrepancies between a contract and its agreement, and other reasons why a person has to decide."""

    NO_RULE = "contract.no-rule"
    RULE_HOLDS = "contract.rule-holds"
    NO_AGREEMENT = "contract.no-agreement-behind"
    NOT_ALIVE = "contract.agreement-not-active"
    SUPPLEMENT = "contract.is-supplement"
    RULES = "contract.other-rules"
    PRODUCTS = "contract.other-products"
    NODES = "contract.other-connector"
    TIMES = "contract.other-times"
    TERMS = "contract.adds-terms"
    PARTIES = "contract.other-parties"
    PLATFORM = "contract.other-platform"
    THEY_HAVE_NOT = "contract.not-signed-by-other-party"
    OFFER = "contract.beyond-offer"


WORDS: Final[Mapping[str, tuple[str, str]]] = {
    Discrepancy.NO_RULE: ("no stored answer says that it is signed by itself", "没有应答规则允许自动签署"),
    Discrepancy.RULE_HOLDS: ("a stored answer leaves it to a person", "应答规则要求由人员决定"),
    Discrepancy.NO_AGREEMENT: ("this node has no agreement for it", "该合约没有本方的协议作为依据"),
    Discrepancy.NOT_ALIVE: ("its agreement is suspended or has ended", "所依据的协议已中止或已终止"),
    Discrepancy.SUPPLEMENT: ("it adds terms to a contract that is signed", "该合约为已签署的合约增加条款"),
    Discrepancy.RULES: (
        "its rules or their levels of control are not those of the agreement",
        "规则或管控方式与协议不一致",
    ),
    Discrepancy.PRODUCTS: ("it is about other data products than the agreement", "标的与协议不一致"),
    Discrepancy.NODES: ("it names another connector than ours", "所列接入连接器不是本方的接入连接器"),
    Discrepancy.TIMES: ("it holds for another time than the agreement", "有效期与协议不一致"),
    Discrepancy.TERMS: ("it adds supplementary terms", "该合约增加了补充条款"),
    Discrepancy.PARTIES: (
        "its parties, or their codes, are not those of the agreement",
        "当事方或其主体标识码与协议不一致",
    ),
    Discrepancy.PLATFORM: (
        "it is filed with another platform than ours",
        "备案的服务平台不是本方所用的服务平台",
    ),
    Discrepancy.THEY_HAVE_NOT: ("the other party has not signed it yet", "对方尚未签署"),
    Discrepancy.OFFER: (
        "the agreement does not lie within what we offer now",
        "协议条款不在本方当前要约范围内",
    ),
}
"""Code -> its sentence in English and Chinese."""


def beyond(
    given: DigitalContract, draft: DigitalContract, *, us: str, platform: str, now: datetime
) -> tuple[Discrepancy, ...]:
    """The discrepancies between a contract and the draft that follows from our agreement; () if there are none.

    Args:
        us, platform: participant ids.
    """
    return tuple(_beyond(given, draft, us=us, platform=platform, now=now))


def _beyond(
    given: DigitalContract, draft: DigitalContract, *, us: str, platform: str, now: datetime
) -> Iterator[Discrepancy]:
    if given.amends:
        yield Discrepancy.SUPPLEMENT
    if write(given.policy) != write(draft.policy) or given.levels != draft.levels:
        yield Discrepancy.RULES
    if [each.id for each in given.products] != [each.id for each in draft.products]:
        yield Discrepancy.PRODUCTS
    if not _is_our_node(given, draft, us):
        yield Discrepancy.NODES
    if given.ends != draft.ends or given.begins > now:
        yield Discrepancy.TIMES
    if given.terms:
        yield Discrepancy.TERMS
    if not _are_the_same_parties(given, draft):
        yield Discrepancy.PARTIES
    if [each.participant for each in given.parties if not each.signs] != [platform]:
        yield Discrepancy.PLATFORM
    if any(
        each.participant != us and given.party(each.participant) in given.unsigned for each in draft.parties
    ):
        yield Discrepancy.THEY_HAVE_NOT


def _is_our_node(given: DigitalContract, draft: DigitalContract, us: str) -> bool:
    """Whether the contract names our own connector; the other side chooses its own."""
    if draft.parties[0].participant == us:
        return given.nodes.provider == draft.nodes.provider
    return given.nodes.consumer == draft.nodes.consumer


def _are_the_same_parties(given: DigitalContract, draft: DigitalContract) -> bool:
    """Whether exactly the parties of the draft sign; the contract may state a subject code that the draft lacks."""
    signing = [each for each in given.parties if each.signs]
    return len(signing) == len(draft.parties) and all(
        (theirs.type, theirs.participant) == (ours.type, ours.participant)
        and (not ours.entity or theirs.entity == ours.entity)
        for theirs, ours in zip(signing, draft.parties, strict=True)
    )
