"""The answers of `/api/v1` as structs. `web` fills them in and the client reads them.

A field is written once, here. A newer node may say more than an older client reads (D-30): a text that is one of a few
is any text to a reader, and the API page lists what it can be.

Moments are aware. `reason` entries are what the other side said: an object with code, message, message_zh, help
and help_zh where it speaks as we do, any JSON otherwise.
"""

from xinfu.api.agreement import AgreementView, DutyView, PaymentView, ProofView
from xinfu.api.catalog import CatalogView, ColumnView, DatasetView, ParameterView
from xinfu.api.contract import (
    AnsweredView,
    ContractChecked,
    ContractPartyView,
    ContractView,
    FilingView,
    FilledView,
    ReasonView,
    RoundView,
    SealView,
    SignatureView,
    TemplateView,
)
from xinfu.api.explanation import DryRun, ExplanationView, LandedView, PartView
from xinfu.api.grade import (
    DemandView,
    GradedView,
    GradeView,
    ScaleView,
    ShortfallView,
    WithheldView,
)
from xinfu.api.hosting import (
    AddedView,
    FreshKeyView,
    HostedDetailView,
    HostedListView,
    HostedView,
    LimitsView,
    NodeView,
    ParticipantView,
    UsedView,
)
from xinfu.api.identity import (
    CertificateFinding,
    CertificateView,
    ContradictionView,
    HeldView,
    IssuedRecordView,
    IssuedView,
    KeyView,
    KnownView,
    RequestedView,
    SecretView,
)
from xinfu.api.negotiation import Change, Difference, NegotiationCheck, NegotiationView
from xinfu.api.node import EntryView, Examination, Finding, Happening
from xinfu.api.offering import (
    AnswerView,
    AssetView,
    ContractDefinitionView,
    FileView,
    PublicationAnswer,
    PublicationAnswers,
    Published,
    ReplacementView,
)
from xinfu.api.policy import ControlView, PolicyDefinitionView, PolicyView, RulesView, TermsView
from xinfu.api.process import Checked, Fault, Waiting
from xinfu.api.shape import Page, View
from xinfu.api.transfer import TransferCheck, TransferView
from xinfu.api.vault import Destruction, May, PassView, VaultView

__all__ = [
    "AddedView",
    "AgreementView",
    "AnswerView",
    "AnsweredView",
    "AssetView",
    "CatalogView",
    "CertificateFinding",
    "CertificateView",
    "Change",
    "Checked",
    "ColumnView",
    "ContractChecked",
    "ContractDefinitionView",
    "ContractPartyView",
    "ContractView",
    "ContradictionView",
    "ControlView",
    "DatasetView",
    "DemandView",
    "Destruction",
    "Difference",
    "DryRun",
    "DutyView",
    "EntryView",
    "Examination",
    "ExplanationView",
    "Fault",
    "FileView",
    "FilingView",
    "FilledView",
    "Finding",
    "FreshKeyView",
    "GradeView",
    "GradedView",
    "Happening",
    "HeldView",
    "HostedDetailView",
    "HostedListView",
    "HostedView",
    "IssuedRecordView",
    "IssuedView",
    "KeyView",
    "KnownView",
    "LandedView",
    "LimitsView",
    "May",
    "NegotiationCheck",
    "NegotiationView",
    "NodeView",
    "Page",
    "ParameterView",
    "PartView",
    "ParticipantView",
    "PassView",
    "PaymentView",
    "PolicyDefinitionView",
    "PolicyView",
    "ProofView",
    "PublicationAnswer",
    "PublicationAnswers",
    "Published",
    "ReasonView",
    "ReplacementView",
    "RequestedView",
    "RoundView",
    "RulesView",
    "ScaleView",
    "SealView",
    "SecretView",
    "ShortfallView",
    "SignatureView",
    "TemplateView",
    "TermsView",
    "TransferCheck",
    "TransferView",
    "UsedView",
    "VaultView",
    "View",
    "Waiting",
    "WithheldView",
]
