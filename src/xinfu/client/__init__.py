"""The client: a node of xinfu from Python, async here and blocking in `xinfu.client.blocking`.

It speaks HTTP to the native API of a node and imports nothing of the node itself.
"""

from xinfu.api import (
    AgreementView,
    AssetView,
    Change,
    Checked,
    ContractChecked,
    ContractView,
    DatasetView,
    Destruction,
    Difference,
    DryRun,
    DutyView,
    EntryView,
    ExplanationView,
    Happening,
    NegotiationView,
    NodeView,
    PaymentView,
    PolicyView,
    PublicationAnswer,
    Published,
    TransferView,
    VaultView,
)
from xinfu.client.agreement import Agreement
from xinfu.client.catalog import Catalog, Dataset
from xinfu.client.contract import Contract
from xinfu.client.duty import Duty
from xinfu.client.events import Event
from xinfu.client.landing import Landed, upload
from xinfu.client.negotiation import Negotiation
from xinfu.client.node import Node, connect
from xinfu.client.policies import policy
from xinfu.client.policy_files import read_policy
from xinfu.client.sources import http_api, in_bucket
from xinfu.client.tables import in_database
from xinfu.client.transfer import Saved, Transfer
from xinfu.client.vault import Exported, Vault, VaultObject

__all__ = [
    "Agreement",
    "AgreementView",
    "AssetView",
    "Catalog",
    "Change",
    "Checked",
    "Contract",
    "ContractChecked",
    "ContractView",
    "Dataset",
    "DatasetView",
    "Destruction",
    "Difference",
    "DryRun",
    "Duty",
    "DutyView",
    "EntryView",
    "Event",
    "ExplanationView",
    "Exported",
    "Happening",
    "Landed",
    "Negotiation",
    "NegotiationView",
    "Node",
    "NodeView",
    "PaymentView",
    "PolicyView",
    "PublicationAnswer",
    "Published",
    "Saved",
    "Transfer",
    "TransferView",
    "Vault",
    "VaultObject",
    "VaultView",
    "connect",
    "http_api",
    "in_bucket",
    "in_database",
    "policy",
    "read_policy",
    "upload",
]
