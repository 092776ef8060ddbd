"""DIGITAL CONTRACT (数字合约) and usage control (使用控制) as China's standards write them. Pure: no I/O, no clock."""

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

__all__ = [
    "Code",
    "CodeKind",
    "ContractNumber",
    "Dates",
    "new_contract_number",
    "read_code",
    "read_contract_number",
    "read_moment",
    "read_subject",
    "subject_checks",
    "write_moment",
]
