"""The kinds of record: which struct lies in which table, and how its columns come from it."""

import hashlib
from typing import Final

import msgspec

from xinfu.dsp.negotiation import ContractNegotiation
from xinfu.dsp.transfer import TransferProcess
from xinfu.ports.records import (
    AgreementRecord,
    Answer,
    Asset,
    ContractDefinition,
    ContractRecord,
    DutyRecord,
    Grant,
    HeldCredential,
    HostedContext,
    IssuedCredential,
    KeptTemplate,
    KeyedRead,
    KeyRecord,
    KnownParticipant,
    PaymentRecord,
    PolicyDefinition,
    RegisteredPlane,
    SealedAddress,
    SealedSecret,
    StoredManifest,
    VaultObject,
)
from xinfu.stores.sql import offerings, selections, tables
from xinfu.stores.sql.records import Kind


def _agreement(negotiation: ContractNegotiation) -> str | None:
    return None if negotiation.agreement is None else negotiation.agreement.id


def _reach(definition: ContractDefinition) -> int:
    """1: every asset; 2: those that its criteria select; 0: those that it names."""
    return 2 if definition.selects else int(definition.assets is None)


def _digest(definition: PolicyDefinition) -> str:
    """Equal policies have the same, whatever they are called."""
    return hashlib.sha256(msgspec.json.encode(definition.policy)).hexdigest()


ASSET: Final = Kind("asset", "数据资源", tables.ASSETS, Asset, follow=selections.follow)
POLICY: Final = Kind("policy", "策略", tables.POLICIES, PolicyDefinition, given={"digest": _digest})
DEFINITION: Final = Kind(
    "definition",
    "合约定义",
    tables.DEFINITIONS,
    ContractDefinition,
    given={"everything": _reach},
    follow=offerings.follow,
)
NEGOTIATION: Final = Kind(
    "negotiation", "合约协商", tables.NEGOTIATIONS, ContractNegotiation, given={"agreement": _agreement}
)
AGREEMENT: Final = Kind(
    "agreement",
    "协议",
    tables.AGREEMENTS,
    AgreementRecord,
    given={"created": lambda agreement: agreement.concluded},
)
CONTRACT: Final = Kind(
    "contract",
    "数字合约",
    tables.CONTRACTS,
    ContractRecord,
    given={
        "number": lambda record: record.contract.number,
        "status": lambda record: record.contract.status,
        "amends": lambda record: record.contract.amends,
    },
)
DUTY: Final = Kind("duty", "义务", tables.DUTIES, DutyRecord)
CONTRACT_TEMPLATE: Final = Kind("contract-template", "合约模板", tables.CONTRACT_TEMPLATES, KeptTemplate)
TRANSFER: Final = Kind(
    "transfer",
    "传输过程",
    tables.TRANSFERS,
    TransferProcess,
    given={"agreement": lambda transfer: transfer.agreement_id},
)
GRANT: Final = Kind("grant", "访问授权", tables.GRANTS, Grant)
PAYMENT: Final = Kind("payment", "付款", tables.PAYMENTS, PaymentRecord)
KEYED_READ: Final = Kind("read", "读取", tables.KEYED_READS, KeyedRead)
MANIFEST: Final = Kind("manifest", "分块清单", tables.MANIFESTS, StoredManifest)
ADDRESS: Final = Kind("address", "数据地址", tables.ADDRESSES, SealedAddress)
ANSWER: Final = Kind("answer", "自动应答", tables.ANSWERS, Answer)
KEY: Final = Kind("key", "密钥", tables.KEYS, KeyRecord)
HELD_CREDENTIAL: Final = Kind("held-credential", "所持凭证", tables.HELD_CREDENTIALS, HeldCredential)
ISSUED_CREDENTIAL: Final = Kind("issued-credential", "所发凭证", tables.ISSUED_CREDENTIALS, IssuedCredential)
PARTICIPANT: Final = Kind("participant", "参与方", tables.PARTICIPANTS, KnownParticipant)
SECRET: Final = Kind("secret", "密钥与口令", tables.SECRETS, SealedSecret)
DATA_PLANE: Final = Kind("data-plane", "数据面", tables.DATA_PLANES, RegisteredPlane)
VAULT_OBJECT: Final = Kind("vault-object", "受控存储对象", tables.VAULT_OBJECTS, VaultObject)
HOSTED: Final = Kind("context", "参与方上下文", tables.HOSTED_CONTEXTS, HostedContext)
