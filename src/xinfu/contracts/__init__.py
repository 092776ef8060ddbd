"""Digital contracts (数字合约) and usage control (使用控制) as in China's standards, as pure values: no I/O, no clock.

Reading order: `terms` and `number` (the words and the codes), `contract` (the central value), `text` (the signed text),
`supplement` (terms added later), `states`, `strategy`, `values` and `render` (the rules in ODRL and in the
standard's form), `levels` (how far each rule is enforced), `wire`, `messages`, `usage` and `header` (the messages),
`template`.

    strategies = strategies_of(agreement.policy, product, nodes)
    signature_covers = signing_bytes(contract, signature)
"""

from xinfu.contracts.contract import DigitalContract, FilingReceipt, Party, Signature
from xinfu.contracts.moments import Dates, read_moment, write_moment
from xinfu.contracts.number import (
    Code,
    CodeKind,
    ContractNumber,
    check_subject,
    new_contract_number,
    read_code,
    read_contract_number,
    read_subject,
    subject_checks,
)
from xinfu.contracts.render import policy_of, strategies_of
from xinfu.contracts.states import Event, Mover, next_status
from xinfu.contracts.strategy import ExecutionNodes, Product, Strategy, StrategyConstraint
from xinfu.contracts.supplement import must_supplement, supplement
from xinfu.contracts.template import ContractTemplate, check_template, fill
from xinfu.contracts.terms import PartyType, SignMode, Status, StrategyKind, Termination
from xinfu.contracts.text import (
    contract_hash,
    digest_of,
    filing_bytes,
    message_bytes,
    read_receipt,
    read_signature,
    read_text,
    signing_bytes,
    strategy_id,
    strategy_version,
    text_of,
    write_receipt,
    write_signature,
)
from xinfu.contracts.wire import NodeNames, Shape, read_strategies, write_strategies

__all__ = [
    "Code",
    "CodeKind",
    "ContractNumber",
    "ContractTemplate",
    "Dates",
    "DigitalContract",
    "Event",
    "ExecutionNodes",
    "FilingReceipt",
    "Mover",
    "NodeNames",
    "Party",
    "PartyType",
    "Product",
    "Shape",
    "SignMode",
    "Signature",
    "Status",
    "Strategy",
    "StrategyConstraint",
    "StrategyKind",
    "Termination",
    "check_subject",
    "check_template",
    "contract_hash",
    "digest_of",
    "filing_bytes",
    "fill",
    "message_bytes",
    "must_supplement",
    "new_contract_number",
    "next_status",
    "policy_of",
    "read_code",
    "read_contract_number",
    "read_moment",
    "read_receipt",
    "read_signature",
    "read_strategies",
    "read_subject",
    "read_text",
    "signing_bytes",
    "strategies_of",
    "strategy_id",
    "strategy_version",
    "subject_checks",
    "supplement",
    "text_of",
    "write_moment",
    "write_receipt",
    "write_signature",
    "write_strategies",
]
