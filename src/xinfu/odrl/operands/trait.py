"""Operands of what is handed over, how, and into what: traits of the dataset, of its delivery, of what uses it.

Those of the dataset are stated by its provider, whose node alone knows them; those of the delivery its node sees. What
uses the data (program, algorithm, model, device, environment) the consumer declares, as it does the purpose; only the
environment is known for certain, in a vault. A fact that nobody states is missing, and nothing opens.
"""

from collections.abc import Callable
from typing import Final

from msgspec.structs import replace

from xinfu.odrl.model.situation import Fact, FactKind, Situation
from xinfu.odrl.operands.entry import Control, Operand
from xinfu.odrl.values.addresses import read_address
from xinfu.odrl.values.operators import FactValue
from xinfu.odrl.values.quantities import read_quantity, read_ratio
from xinfu.odrl.values.sorts import Sort, read_id
from xinfu.odrl.values.terms import short

IN_A_VAULT: Final = "01"
"""使用控制, as an environment of use is declared (decision 0021)."""
FILED: Final = "filed"
"""The value of `contractFiling` of an agreement whose digital contract is signed, filed and in force."""
INDUSTRY_CLAIM: Final = "MembershipCredential.industry"


def _terms(name: str) -> Callable[[Situation], tuple[str, ...] | None]:
    return lambda situation: tuple(map(short, situation.traits.get(name, ()))) or None


def _only(name: str, read: Callable[[str], FactValue | None]) -> Callable[[Situation], FactValue | None]:
    """The value of a trait that has just one."""

    def of(situation: Situation) -> FactValue | None:
        found = situation.traits.get(name, ())
        return read(found[0]) if len(found) == 1 else None

    return of


def _trait(
    name: str,
    zh: str,
    en: str,
    example: str,
    control: Control = Control.PROVIDER,
    inside: Control | None = Control.CLOSED,
) -> Operand:
    return Operand(
        name=name,
        sort=Sort.TERM,
        fact=Fact(kind=FactKind.TRAIT, name=name),
        read=_terms(name),
        at_use=True,
        control=control,
        inside=inside,
        missing="fact.missing",
        failed="trait.other",
        zh=zh,
        en=en,
        example=example,
    )


FILE_FORMAT: Final = _trait("fileFormat", "文件格式", "file format", "text/csv")
MEDIA: Final = _trait("media", "媒体类型", "kind of media", "text")
LANGUAGE: Final = _trait("language", "语言", "language", "zh")
PRODUCT: Final = _trait("product", "数据产品", "data product", "urn:example:air", inside=None)
VERSION: Final = _trait("version", "版本", "version", "2")
DELIVERY_CHANNEL: Final = _trait(
    "deliveryChannel", "交付通道", "channel of delivery", "HttpData-PULL", inside=None
)
DELIVERY_METHOD: Final = _trait("deliveryMethod", "交付方式", "way of delivery by its code", "01")
ENVIRONMENT: Final = _trait(
    "executionEnv", "执行环境", "environment of use", "02", Control.CONTRACT, Control.ENVIRONMENT
)
ENCRYPTION: Final = _trait(
    "encryptMode", "加密方式", "encryption by its code", "02", inside=Control.ENVIRONMENT
)
CONTRACT_FILING: Final = replace(
    _trait("contractFiling", "数字合约备案情况", "filing of the digital contract", FILED),
    failed="contract.not-filed-yet",
)
VIRTUAL_LOCATION: Final = replace(
    _trait("virtualLocation", "网络地址", "network address", "10.0.0.0/8"),
    sort=Sort.ADDRESS,
    read=_only("virtualLocation", read_address),
)


def _declared(name: str, zh: str, en: str, example: str) -> Operand:
    """The operand of a value that the consumer declares, one for each use."""
    return replace(
        _trait(name, zh, en, example, Control.CONTRACT, None), sort=Sort.ID, read=_only(name, read_id)
    )


SYSTEM_DEVICE: Final = _declared("systemDevice", "设备", "device", "urn:example:device:1")
APPLICATION: Final = _declared("application", "应用程序", "application", "urn:example:application")
ALGORITHM: Final = _declared("algorithm", "算法", "algorithm", "urn:example:algorithm")
MODEL: Final = _declared(
    "machineLearningModels", "机器学习模型", "machine-learning model", "urn:example:model"
)
RESOLUTION: Final = replace(
    _trait("resolution", "分辨率", "resolution", "10 m", Control.CLOSED),
    sort=Sort.DECIMAL,
    read=_only("resolution", read_quantity),
)
PERCENTAGE: Final = replace(
    _trait("percentage", "使用比例", "share in use", "50", Control.CLOSED),
    sort=Sort.RATIO,
    read=_only("percentage", read_ratio),
)
INDUSTRY: Final = replace(
    _trait("industry", "行业", "industry", "C35"),
    fact=Fact(kind=FactKind.CLAIM, name=INDUSTRY_CLAIM),
    read=lambda situation: situation.claims.get(INDUSTRY_CLAIM) or None,
    at_use=False,
    missing="credential.missing",
    inside=None,
)


def _happened(situation: Situation) -> frozenset[str] | None:
    return situation.events


EVENT: Final = replace(
    _trait("event", "事件", "event", "policyUsage"),
    sort=Sort.EVENT,
    control=Control.CLOSED,
    fact=Fact(kind=FactKind.EVENT),
    read=_happened,
    failed="event.other",
)
