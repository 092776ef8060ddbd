"""Words and codes of the digital contract, as printed in the standard.

Two names are misprinted there, `dateRecord` and `plicyTransmit`: the printed and the correct forms are read, and the
printed ones are written. Follows: TC609-6-2025-14, tables 1, 4, 5.1, 5.2 and C.1 to C.6.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final


class Status(StrEnum):
    """The values of `contractStatus`: codes of two and of four characters share one field; there is no 04."""

    INITIATED = "01"
    NEGOTIATING = "02"
    SIGNED = "0301"
    SIGNING_FAILED = "0302"
    EXECUTING = "05"
    ENDED = "06"


class SignMode(StrEnum):
    """The values of `signMode`: sign between the parties, or on the platform."""

    POINT_TO_POINT = "01"
    PLATFORM = "02"


class PartyType(StrEnum):
    """The values of `signatorytype`, which the standard spells with a lower-case t."""

    PROVIDER = "01"
    CONSUMER = "02"
    SERVICE = "03"
    OTHER = "04"


class StrategyKind(StrEnum):
    """The kinds of strategy (合约策略); their extensions are duties, remedies or consequences (6.2.2.1)."""

    PERMISSION = "permission"
    PROHIBITION = "prohibition"
    OBLIGATION = "obligation"


class Termination(StrEnum):
    """The values of `terminateType`."""

    EARLY = "01"
    AT_EXPIRY = "02"


STATUS_NAMES: Final[Mapping[Status, tuple[str, str]]] = {
    Status.INITIATED: ("发起", "initiated"),
    Status.NEGOTIATING: ("协商", "negotiating"),
    Status.SIGNED: ("已签订", "signed"),
    Status.SIGNING_FAILED: ("签订失败", "signing failed"),
    Status.EXECUTING: ("履行中", "executing"),
    Status.ENDED: ("终止", "ended"),
}
PARTY_NAMES: Final[Mapping[PartyType, tuple[str, str]]] = {
    PartyType.PROVIDER: ("数据提供方", "provider"),
    PartyType.CONSUMER: ("数据使用方", "consumer"),
    PartyType.SERVICE: ("数据服务方", "service provider"),
    PartyType.OTHER: ("其他", "other"),
}
"""Type of a party -> its name in Chinese and English."""

OPERATORS: Final[Mapping[str, str]] = {
    "01": "eq",
    "02": "gt",
    "03": "gteq",
    "04": "hasPart",
    "05": "isA",
    "06": "isAllOf",
    "07": "isAnyOf",
    "08": "isNoneOf",
    "09": "isPartOf",
    "10": "lt",
    "11": "lteq",
    "12": "neq",
}
"""Code in `constraintOperator` -> ODRL operator; the code is written, and both are read."""
OPERATOR_CODES: Final[Mapping[str, str]] = {name: code for code, name in OPERATORS.items()}

ACTIONS: Final[Mapping[str, str]] = {
    "transform": "转换",
    "anonymize": "匿名化",
    "desensitize": "脱敏",
    "access": "访问",
    "read": "读取",
    "reproduce": "复制",
    "storage": "存储",
    "download": "下载",
    "process": "加工",
    "jointDevelop": "联合开发",
    "distribute": "分发",
    "compute": "计算",
    "grantUse": "授权使用",
    "plicyTransmit": "策略传递",
    "delivery": "交付",
    "sell": "交易",
    "logRecordSend": "行为记录发送",
    "delete": "删除",
    "alert": "异常提醒",
    "compensate": "补偿",
    "expansionItem": "扩展操作",
}
"""The 21 actions of table 4, in its order."""

CONSTRAINTS: Final[Mapping[str, str]] = {
    "time": "时间范围",
    "timeWindow": "时间窗口",
    "region": "限制地域",
    "networkAddress": "网络地址",
    "physicalAddress": "物理地址",
    "count": "使用次数",
    "frequency": "使用频次",
    "dataSize": "数据规模",
    "dateRecord": "数据记录数",
    "dataField": "数据字段",
    "valueExpression": "数据字段值",
    "application": "应用程序",
    "algorithm": "算法",
    "machineLearningModels": "机器学习模型",
    "executionEnv": "执行环境",
    "encryptMode": "加密方式",
    "deliveryMethod": "交付方式",
    "payAmount": "交易金额",
    "expansionItem": "扩展信息",
}
"""The 19 constraint names of table 5.1, in its order."""

READ_AS: Final[Mapping[str, str]] = {"policyTransmit": "plicyTransmit", "dataRecord": "dateRecord"}
"""Correct names -> the printed names, which are written."""

CODED: Final[Mapping[str, Mapping[str, str]]] = {
    "executionEnv": {
        "01": "使用控制",
        "02": "数据沙箱",
        "03": "安全多方计算",
        "04": "联邦学习",
        "05": "可信执行环境",
        "06": "密态计算",
        "07": "其他",
    },
    "encryptMode": {"01": "明文", "02": "密文", "03": "其他"},
    "deliveryMethod": {"01": "文件", "02": "数据流", "03": "API", "04": "其他"},
}
"""Constraints whose value is a code -> all codes with their names."""


def action_name(name: str) -> str | None:
    """The name of an action as printed in the table; None if it is not one of the 21."""
    name = READ_AS.get(name, name)
    return name if name in ACTIONS else None


def constraint_name(name: str) -> str | None:
    """The name of a constraint as printed in the table; None if it is not one of the 19."""
    name = READ_AS.get(name, name)
    return name if name in CONSTRAINTS else None


def operator_name(text: str) -> str | None:
    """The ODRL operator for a code or a name; None if it is not one of the twelve."""
    return OPERATORS.get(text) or (text if text in OPERATOR_CODES else None)
