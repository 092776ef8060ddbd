"""What is printed of a contract: both languages, what each signature is worth, no script, nothing let in."""

import re
from html.parser import HTMLParser

import pytest
from msgspec.structs import replace
from tests.contracts.samples import CONTRACT, NOW, NUMBER, POLICY, PROVIDER

from xinfu.contracts import FilingReceipt, Party, PartyType, Status, supplement
from xinfu.odrl import AtomicConstraint, Duty, Permission
from xinfu.ports.sealing import SealReason, SealStanding
from xinfu.services.agreements.seals import SignatureStatus
from xinfu.verdict import Verdict
from xinfu.web.documents import ContractDocument, contract_document, page
from xinfu.web.documents.contract import receipt_code

RECEIPT = FilingReceipt(
    contract=NUMBER, hash="ab" * 32, platform="did:web:platform.example", filed=NOW, entry="urn:e"
)
BARE = SealStanding(verdict=Verdict.YES, reasons=(SealReason.UNCERTIFIED,))
CERTIFIED = SealStanding(verdict=Verdict.YES, certified=True, subject="CN=builder.example")


def printed(standing: SealStanding | None = None, **change: object) -> ContractDocument:
    contract = replace(CONTRACT, **change)
    standings = [
        SignatureStatus(party=party, signed=NOW if standing else None, standing=standing)
        for party in contract.parties
    ]
    return contract_document(contract, standings, BARE if contract.filing else None)


def test_supplements_that_count_are_named() -> None:
    base = replace(CONTRACT, status=Status.EXECUTING)
    made = replace(supplement(base, number="urn:uuid:1", terms=("x",), at=NOW), number="N1")
    counts = replace(made, status=Status.SIGNED, signed=NOW)
    standings = [SignatureStatus(party=party, signed=None, standing=None) for party in base.parties]
    html = page(contract_document(base, standings, None, [counts, replace(made, number="N2")]))
    assert "已由补充合约补充" in html
    assert "N1" in html
    assert "N2" not in html
    assert "补充的合约" in page(contract_document(made, standings, None))


class Tags(HTMLParser):
    """The tags and attributes of a page, and its visible text."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs

    def handle_data(self, data: str) -> None:
        self.text.append(data.strip())


def read(html: str) -> Tags:
    found = Tags()
    found.feed(html)
    return found


def test_the_page_says_everything_in_both_languages() -> None:
    html = page(printed(BARE, status=Status.SIGNED, signed=NOW, filing=RECEIPT))
    for said in (
        NUMBER,
        "设备运行数据使用合约",
        "株洲设备",
        "91430200MA0000001B",
        "0301 已签订",
        "0301 signed",
        "签名有效，但为未经认证的签名",
        "it is not a certified signature",
        "争议先由双方协商。",
        "备案回执",
        "Filing receipt",
        RECEIPT.hash,
        "2025-06-01 12:00:00 UTC+08:00",
        "仅合约约束",
        "by contract only",
    ):
        assert said in html, said


def test_the_level_of_each_rule_stands_beside_it() -> None:
    rules = (
        Permission(action="use", constraints=(AtomicConstraint(left="count", operator="lteq", right="3"),)),
        Permission(action="distribute", duties=(Duty(action="delete"),)),
    )
    document = printed(policy=replace(POLICY, permissions=rules), levels={})
    *rules_, scope = document.rules
    assert [rule.level for rule in rules_] == ["provider", "contract"]
    assert [len(rule.duties) for rule in rules_] == [0, 1]
    assert (scope.level, scope.said.en[:15]) == ("", "All of this is ")
    assert all(rule.said.zh and rule.said.en for rule in document.rules)


def test_the_level_that_was_signed_is_printed() -> None:
    rule, _scope = printed(levels={"permission[0]": "environment"}).rules
    assert (rule.level, rule.control.zh, rule.why.zh) == ("environment", "使用环境技术管控", "")


def test_there_is_no_script_and_nothing_is_fetched() -> None:
    html = page(printed(BARE, filing=RECEIPT))
    found = read(html)
    assert not {"script", "link", "img", "iframe", "object", "form", "base"} & set(found.tags)
    assert not [
        name for name, _ in found.attributes if name.startswith("on") or name in {"src", "href", "style"}
    ]
    policy = next(
        value for name, value in found.attributes if value and value.startswith("default-src 'none'")
    )
    assert re.search(r"style-src 'sha256-[A-Za-z0-9+/=]{44}'", policy or "")


@pytest.mark.parametrize("evil", ["<script>alert(1)</script>", "{{ 7*7 }}", '"><b>', "</title><script>"])
def test_words_of_the_parties_are_only_words(evil: str) -> None:
    document = printed(name=evil, terms=(evil,), parties=(replace(PROVIDER, name=evil), CONTRACT.parties[1]))
    html = page(document)
    found = read(html)
    assert "script" not in found.tags
    assert "b" not in found.tags
    assert "49" not in found.text
    assert found.text.count(evil.strip()) >= 1


def test_a_draft_says_that_it_is_one_and_has_no_code() -> None:
    html = page(printed(number="urn:uuid:0197d3a0-0000-7000-8000-000000000009"))
    assert "草稿，尚无标识码" in html
    assert "未签署" in html
    assert "未备案" in html
    assert "<svg" not in html


@pytest.mark.parametrize(
    ("standing", "zh", "en", "holds"),
    [
        (CERTIFIED, "认证签名有效（证书主体：CN=builder.example）", "certified signature, it holds", True),
        (BARE, "未经认证的签名", "not a certified signature", True),
        (
            SealStanding(verdict=Verdict.NO, reasons=(SealReason.WRONG,)),
            "签名无效（签名系伪造",
            "does not hold",
            False,
        ),
        (
            SealStanding(verdict=Verdict.UNKNOWN, reasons=(SealReason.UNLISTED,)),
            "签名无法验证（持有者的 DID 文档未列出",
            "cannot be checked",
            False,
        ),
        (
            SealStanding(verdict=Verdict.UNKNOWN, certified=True, subject="x"),
            "签名无法验证",
            "cannot be checked",
            False,
        ),
    ],
    ids=["certified", "bare", "wrong", "unlisted", "certified-unknown"],
)
def test_what_a_signature_is_worth_is_said_as_it_is(
    standing: SealStanding, zh: str, en: str, *, holds: bool
) -> None:
    party = printed(standing).parties[0]
    assert zh in party.signature.zh
    assert en in party.signature.en
    assert party.holds is holds


def test_the_platform_files_and_does_not_sign() -> None:
    filing = Party(type=PartyType.SERVICE, participant="did:web:platform.example", signs=False)
    contract = replace(CONTRACT, parties=(*CONTRACT.parties, filing))
    standings = [SignatureStatus(party=party, signed=None, standing=None) for party in contract.parties]
    last = contract_document(contract, standings, None).parties[-1]
    assert (last.role.zh, last.holds) == ("数据服务方", None)
    assert "不签署" in last.signature.zh


def test_the_code_of_a_receipt_names_number_hash_platform_time_and_entry() -> None:
    code = receipt_code(RECEIPT)
    assert code.startswith(f"urn:xinfu:filing:{NUMBER}?hash={RECEIPT.hash}&")
    assert "platform=did%3Aweb%3Aplatform.example" in code
    assert "entry=urn%3Ae" in code
    assert "<svg" in page(printed(filing=RECEIPT))
