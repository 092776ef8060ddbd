"""Builds a printable digital contract in Chinese and English: its promises, their level of control, its signatures.

Everything is a text in both languages, so that any form of paper can be made of it. What a signature is worth is said
as it is: a bare key is no certified signature, one that cannot be checked is not taken for a good one.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Final
from urllib.parse import urlencode

import msgspec
from msgspec.structs import replace

from xinfu import odrl
from xinfu.contracts import DigitalContract, FilingReceipt, SignMode, digest_of, write_moment
from xinfu.contracts.moments import BEIJING, Dates
from xinfu.contracts.terms import PARTY_NAMES, STATUS_NAMES
from xinfu.ports.sealing import SealStanding
from xinfu.services.agreements.seals import SignatureStatus
from xinfu.verdict import Verdict


class Text(msgspec.Struct, frozen=True):
    """A text in Chinese and English."""

    zh: str
    en: str


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """A name with its value."""

    name: Text
    value: Text


class RuleText(msgspec.Struct, frozen=True, kw_only=True):
    """A rule as a sentence, with its level of control; "" for a sentence about the whole."""

    said: Text
    level: str = ""
    control: Text = Text("", "")
    why: Text = Text("", "")
    duties: tuple[Text, ...] = ()


class PartyText(msgspec.Struct, frozen=True, kw_only=True):
    """A party and its signature. `holds` None: it has not signed, or does not sign."""

    role: Text
    name: str
    lines: tuple[Line, ...]
    signature: Text
    holds: bool | None


class ContractDocument(msgspec.Struct, frozen=True, kw_only=True):
    """The content of a printed contract. `code` is the text of the receipt's QR code; "" without a receipt."""

    name: str
    status: Text
    is_draft: bool
    head: tuple[Line, ...]
    parties: tuple[PartyText, ...]
    products: tuple[Line, ...]
    rules: tuple[RuleText, ...]
    terms: tuple[str, ...]
    receipt: tuple[Line, ...]
    code: str
    digest: str


_MODES: Final = {
    SignMode.POINT_TO_POINT: Text("点对点协商", "between the parties"),
    SignMode.PLATFORM: Text("平台参与协商", "on the platform"),
}
_NO: Final = Text("未约定", "open")


def contract_document(
    contract: DigitalContract,
    standings: Sequence[SignatureStatus],
    receipt: SealStanding | None,
    supplements: Sequence[DigitalContract] = (),
) -> ContractDocument:
    """Return the printable content of a contract.

    Args:
        standings: verification of the parties' signatures, in the order of the parties.
        receipt: verification of the platform's signature on the receipt; None without one.
        supplements: contracts that amend it; those in force are named.
    """
    zh, en = STATUS_NAMES[contract.status]
    return ContractDocument(
        name=contract.name,
        status=Text(f"{contract.status.value} {zh}", f"{contract.status.value} {en}"),
        is_draft=not contract.is_numbered,
        head=(*_head(contract), *_amended(supplements)),
        parties=tuple(_party(each) for each in standings),
        products=tuple(_products(contract)),
        rules=tuple(_rules(contract)),
        terms=contract.terms,
        receipt=() if contract.filing is None else tuple(_receipt(contract.filing, receipt)),
        code="" if contract.filing is None else receipt_code(contract.filing),
        digest=digest_of(contract),
    )


def receipt_code(receipt: FilingReceipt) -> str:
    """Return the URN in a receipt's QR code: number, evidence code, platform, time and log entry."""
    said = {
        "hash": receipt.hash,
        "platform": receipt.platform,
        "filed": write_moment(receipt.filed, Dates.ISO),
        "entry": receipt.entry,
    }
    return f"urn:xinfu:filing:{receipt.contract}?{urlencode(said)}"


def _head(contract: DigitalContract) -> Iterator[Line]:
    number = (
        Text("草稿，尚无标识码", "draft, no number yet")
        if not contract.is_numbered
        else _both(contract.number)
    )
    yield _line("合约标识码", "Contract id", number)
    if contract.amends:
        yield _line("补充的合约", "Amends", _both(contract.amends))
    yield _line("签署模式", "Way of signing", _MODES[contract.sign_mode])
    yield _line("生效时间", "From", _moment(contract.begins))
    yield _line("有效期至", "Until", _NO if contract.ends is None else _moment(contract.ends))
    yield _line("签署完成", "Signed by all", _NO if contract.signed is None else _moment(contract.signed))
    yield _line("版本", "Version", _both(str(contract.version)))


def _amended(supplements: Sequence[DigitalContract]) -> Iterator[Line]:
    for each in supplements:
        if each.in_force and each.signed is not None:
            signed = _moment(each.signed)
            told = Text(f"{each.number}（{signed.zh} 签署）", f"{each.number}, signed {signed.en}")
            yield _line("已由补充合约补充", "Amended by", told)


def _products(contract: DigitalContract) -> Iterator[Line]:
    for product in contract.products:
        yield Line(name=_both(product.name or product.id), value=_both(product.id))


def _party(found: SignatureStatus) -> PartyText:
    party = found.party
    zh, en = PARTY_NAMES[party.type]
    lines = [
        _line("主体标识码", "Subject code", _both(party.entity)),
        _line("参与方标识", "Participant", _both(party.participant)),
        _line("接入连接器", "Connector", _both(party.node)),
    ]
    return PartyText(
        role=Text(zh, en),
        name=party.name or party.id,
        lines=tuple(line for line in lines if line.value.zh),
        signature=_signature(found),
        holds=None if found.standing is None else found.standing.verdict is Verdict.YES,
    )


def _signature(found: SignatureStatus) -> Text:
    if not found.party.signs:
        return Text("负责备案，不签署合约文本", "files the contract and does not sign it")
    if found.standing is None or found.signed is None:
        return Text("未签署", "not signed")
    at, worth = _moment(found.signed), _worth(found.standing)
    return Text(f"{at.zh} 签署；{worth.zh}", f"signed {at.en}; {worth.en}")


def _worth(standing: SealStanding) -> Text:
    if standing.verdict is Verdict.YES and standing.certified:
        return Text(
            f"认证签名有效（证书主体：{standing.subject}）",
            f"certified signature, it holds (certificate of {standing.subject})",
        )
    zh, en = standing.sentence("zh"), standing.sentence("en")
    if standing.verdict is Verdict.YES:
        return Text("签名有效，但为未经认证的签名", "the signature holds; it is not a certified signature")
    if standing.verdict is Verdict.NO:
        return Text(f"签名无效（{zh}）", f"the signature does not hold ({en})")
    return Text(f"签名无法验证（{zh}）", f"the signature cannot be checked ({en})")


def _rules(contract: DigitalContract) -> Iterator[RuleText]:
    """Yield each rule with its signed level and those of its duties, then the sentences about the whole policy."""
    policy = contract.policy
    said = [
        Text(*pair) for pair in zip(odrl.sentences(policy, "zh"), odrl.sentences(policy, "en"), strict=True)
    ]
    by_rule = {level.rule: _signed_level(level, contract.levels) for level in odrl.levels(policy)}
    kinds = (
        ("permission", policy.permissions),
        ("prohibition", policy.prohibitions),
        ("obligation", policy.obligations),
    )
    paths = [f"{kind}[{i}]" for kind, rules in kinds for i in range(len(rules))]
    for path, text in zip(paths, said, strict=False):
        level = by_rule[path]
        duties = [each for rule, each in by_rule.items() if rule.startswith(f"{path}.")]
        yield RuleText(
            said=text,
            level=str(level.level.value),
            control=Text(level.name("zh"), level.name("en")),
            why=Text(level.zh, level.en),
            duties=tuple(
                Text(f"义务：{each.name('zh')}，{each.zh}", f"duty: {each.name('en')}, {each.en}")
                for each in duties
            ),
        )
    for text in said[len(paths) :]:
        yield RuleText(said=text)


def _signed_level(level: odrl.RuleLevel, signed: Mapping[str, str]) -> odrl.RuleLevel:
    """Return the level that the contract states; the reason only if we would give the same today."""
    said = signed.get(level.rule, level.level.value)
    if said == level.level.value:
        return level
    known = next((each for each in odrl.Control if each.value == said), None)
    return level if known is None else replace(level, level=known, zh="", en="")


def _receipt(receipt: FilingReceipt, standing: SealStanding | None) -> Iterator[Line]:
    yield _line("备案时间", "Filed", _moment(receipt.filed))
    yield _line("服务平台", "Service platform", _both(receipt.platform))
    yield _line("存证码", "Evidence code", _both(receipt.hash))
    yield _line("平台日志条目", "Entry of its log", _both(receipt.entry))
    worth = Text("无平台签名", "not signed by the platform") if standing is None else _worth(standing)
    yield _line("备案回执签名", "Signature of the receipt", worth)


def _line(zh: str, en: str, value: Text) -> Line:
    return Line(name=Text(zh, en), value=value)


def _both(text: str) -> Text:
    return Text(text, text)


def _moment(moment: datetime) -> Text:
    return _both(f"{moment.astimezone(BEIJING):%Y-%m-%d %H:%M:%S} UTC+08:00")
