"""DIGITAL CONTRACT (数字合约) and usage control (使用控制) as China's standards write them. Pure: no I/O, no clock."""

from xinfu.contracts.contract import DigitalContract, FilingReceipt, Party, Signature
from xinfu.contracts.moments import Dates, read_moment, write_moment
from xinfu.contracts.number import (
    Code,
    CodeKind,
    ContractNumber,
    new_contract_number,
    read_code,
    read_contract_number,
    read_subject,
    subject_checks,
)
from xinfu.contracts.render import policy_of, strategies_of
from xinfu.contracts.strategy import ExecutionNodes, Product, Strategy, StrategyConstraint
from xinfu.contracts.terms import PartyType, SignMode, Status, StrategyKind, Termination
from xinfu.contracts.wire import NodeNames, Shape, read_strategies, write_strategies

__all__ = [
    "Code",
    "CodeKind",
    "ContractNumber",
    "Dates",
    "DigitalContract",
    "ExecutionNodes",
    "FilingReceipt",
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
    "new_contract_number",
    "policy_of",
    "read_code",
    "read_contract_number",
    "read_moment",
    "read_strategies",
    "read_subject",
    "strategies_of",
    "subject_checks",
    "write_moment",
    "write_strategies",
]
