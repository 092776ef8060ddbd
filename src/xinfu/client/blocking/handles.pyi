# Written by `make docs` from the async client; do not edit.
import builtins
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

import pandas as pd

from xinfu.api import (
    AddedView,
    AgreementView,
    AnswerView,
    AssetView,
    CatalogView,
    CertificateView,
    Checked,
    ContractChecked,
    ContractDefinitionView,
    ContractView,
    ContradictionView,
    DatasetView,
    Destruction,
    DryRun,
    DutyView,
    EntryView,
    Examination,
    ExplanationView,
    FileView,
    FilledView,
    FreshKeyView,
    GradedView,
    GradeView,
    Happening,
    HeldView,
    HostedDetailView,
    HostedView,
    IssuedRecordView,
    IssuedView,
    KeyView,
    KnownView,
    LimitsView,
    May,
    NegotiationView,
    NodeView,
    PassView,
    PaymentView,
    PublicationAnswer,
    Published,
    RequestedView,
    RoundView,
    SecretView,
    TemplateView,
    TermsView,
    TransferView,
    VaultView,
)
from xinfu.client.blocking.reading import TransferFile
from xinfu.client.events import Event
from xinfu.client.landing import Landed
from xinfu.client.tables import Asked
from xinfu.client.transfer import Progress, Saved
from xinfu.client.vault import Exported
from xinfu.s3 import Keys as BucketKeys

class Agreement:
    view: AgreementView

    @property
    def id(self) -> str: ...
    @property
    def state(self) -> str: ...
    def refresh(self) -> Agreement: ...
    def contract(self) -> Contract: ...
    def transfer(
        self,
        *,
        purpose: str | None = None,
        format: str = ...,
        at: str | None = None,
        push_to: str | None = None,
        push_method: str = "POST",
        push_token: str | None = None,
        vault: bool = False,
        declared: Mapping[str, str] | None = None,
    ) -> Transfer: ...
    def transfers(self) -> list[Transfer]: ...
    def duties(self, *, state: str | None = None) -> list[Duty]: ...
    def record_payment(self, *, receipt: str, amount: str, currency: str) -> PaymentView: ...
    def payments(self) -> list[PaymentView]: ...
    def renew(self, by: Agreement) -> Agreement: ...
    def suspend(self, reason: str | None = None, *, clause: str | None = None) -> Agreement: ...
    def resume(self, reason: str | None = None) -> Agreement: ...
    def terminate(self, reason: str | None = None, *, clause: str | None = None) -> Agreement: ...

class Answers:
    def list(self) -> list[AnswerView]: ...
    def set(
        self,
        id_: str,
        *,
        on: str,
        do: Sequence[str],
        dataset: str | None = None,
        agreement: str | None = None,
        peer: str | None = None,
        priority: int = 0,
        reason: str | None = None,
    ) -> AnswerView: ...
    def remove(self, id_: str) -> None: ...

class Catalog:
    view: CatalogView
    participant: str
    more: bool
    next: str | None
    datasets: list[Dataset]

    def __iter__(self) -> Iterator[Dataset]: ...
    def __len__(self) -> int: ...
    def dataset(self, id_: str) -> Dataset: ...

class Contexts:
    def list(self) -> list[HostedView]: ...
    def show(self, id_: str) -> HostedDetailView: ...
    def add(
        self,
        id_: str,
        *,
        name: Mapping[str, str] | None = None,
        participant: str | None = None,
        entity: str = "",
        connector: str = "",
        grade: int | None = None,
        folders: Iterable[str | Path] = ...,
        sources: Iterable[str] = ...,
        limits: LimitsView | None = None,
    ) -> AddedView: ...
    def change(
        self,
        id_: str,
        *,
        name: Mapping[str, str] | None = None,
        grade: int | None = None,
        folders: Iterable[str | Path] | None = None,
        sources: Iterable[str] | None = None,
        limits: LimitsView | None = None,
    ) -> HostedView: ...
    def close(self, id_: str) -> HostedView: ...
    def reopen(self, id_: str) -> HostedView: ...
    def new_key(self, id_: str) -> FreshKeyView: ...

class Contract:
    view: ContractView

    @property
    def id(self) -> str: ...
    @property
    def number(self) -> str: ...
    @property
    def status(self) -> str: ...
    def refresh(self) -> Contract: ...
    def wait(self, *until: str, timeout_s: float = 30) -> Contract: ...
    def begin(
        self,
        *,
        terms: Sequence[str] = ...,
        service_providers: Sequence[str] = ...,
        sign_mode: str | None = None,
    ) -> Contract: ...
    def sign(self) -> Contract: ...
    def file(self) -> Contract: ...
    def amend(self, *terms: str) -> Contract: ...
    def chain(self) -> list[ContractView]: ...
    def end(self, reason: str, *, clause: str | None = None) -> Contract: ...
    def report(self, actions: Sequence[str], result: str, *, details: str = "") -> Contract: ...
    def feedback(self, result: str, details: Mapping[str, str] | None = None) -> Contract: ...
    def stop(self, reason: str) -> Contract: ...
    def prove(self) -> Contract: ...
    def check(self) -> ContractChecked: ...
    def document(self, *, pdf: bool = False) -> bytes: ...
    def history(self) -> list[RoundView]: ...
    def text(self) -> bytes: ...

class ContractTemplates:
    def list(self) -> list[TemplateView]: ...
    def put(self, id_: str, template: Mapping[str, Any]) -> TemplateView: ...
    def remove(self, id_: str) -> None: ...
    def fetch(self) -> builtins.list[TemplateView]: ...
    def fill(self, id_: str, values: Mapping[str, str]) -> FilledView: ...

class Credentials:
    def hold(self, jwt: str) -> HeldView: ...
    def issue(
        self,
        subject: str,
        *,
        type: str = "MembershipCredential",
        claims: Mapping[str, Any] | None = None,
        days: int = 90,
    ) -> IssuedView: ...
    def issued(self) -> list[IssuedRecordView]: ...
    def revoke(self, id_: str, reason: str) -> IssuedRecordView: ...

class Dataset:
    view: DatasetView
    participant: str

    @property
    def id(self) -> str: ...
    @property
    def offers(self) -> list[TermsView]: ...
    def title(self, language: str) -> str: ...
    def negotiate(
        self,
        *,
        purpose: str | None = None,
        offer: str | None = None,
        policy: dict[str, Any] | None = None,
        declared: Mapping[str, str] | None = None,
        vault: bool = False,
        anyway: bool = False,
    ) -> Negotiation: ...

class Duty:
    view: DutyView

    @property
    def id(self) -> str: ...
    @property
    def state(self) -> str: ...
    def refresh(self) -> Duty: ...
    def fulfil(
        self,
        *,
        method: str = "",
        digests: Sequence[str] = ...,
        link: str = "",
        receipt: str = "",
        amount: str = "",
        currency: str = "",
        statement: str = "",
    ) -> Duty: ...
    def refuse(self, reason: str | None = None) -> Duty: ...
    def waive(self, reason: str | None = None) -> Duty: ...
    def breach(self, reason: str | None = None) -> Duty: ...

class Grades:
    def scale(self) -> list[GradeView]: ...
    def show(self, asset: str) -> GradedView: ...
    def state(self, asset: str, grade: int, *, reason: str | None = None) -> GradedView: ...

class Keys:
    def rotate(self, use: str = "message", *, algorithm: str | None = None) -> KeyView: ...
    def request_certificate(
        self, *, common_name: str = "", unit: str = "", organization: str = ""
    ) -> RequestedView: ...
    def keep_certificate(self, chain: str, *, private_key: str = "") -> CertificateView: ...
    def certificate(self) -> CertificateView: ...

class Negotiation:
    view: NegotiationView

    @property
    def id(self) -> str: ...
    @property
    def state(self) -> str: ...
    def refresh(self) -> Negotiation: ...
    def reached(self, *states: str, timeout_s: float = 30) -> Negotiation: ...
    def agreed(self, timeout_s: float = 30) -> Agreement: ...
    def check(self) -> Checked: ...
    def accept(self) -> Negotiation: ...
    def agree(self) -> Negotiation: ...
    def verify(self) -> Negotiation: ...
    def finalize(self) -> Negotiation: ...
    def counter(self, policy: dict[str, Any]) -> Negotiation: ...
    def terminate(self, reason: str | None = None) -> Negotiation: ...
    def hold(self) -> Negotiation: ...
    def release(self) -> Negotiation: ...
    def timeline(self) -> list[Happening]: ...

class Node:
    answers: Answers
    participants: Participants
    contract_templates: ContractTemplates
    keys: Keys
    credentials: Credentials
    secrets: Secrets
    grades: Grades
    contexts: Contexts
    vault: Vault

    @property
    def url(self) -> str: ...
    def about(self) -> NodeView: ...
    def events(
        self,
        *,
        since: int | None = None,
        kinds: Iterable[str] = ...,
        process: str | None = None,
        follow: bool = True,
    ) -> Iterator[Event]: ...
    def entries(
        self,
        *,
        process: str | None = None,
        kind: str | None = None,
        contract: str | None = None,
        strategy: str | None = None,
        agreement: str | None = None,
        dataset: str | None = None,
        peer: str | None = None,
        outcome: str | None = None,
        since: datetime | str | None = None,
        until: datetime | str | None = None,
        newest_first: bool = False,
        limit: int | None = None,
    ) -> list[EntryView]: ...
    def receipts(self, process: str) -> list[dict[str, Any]]: ...
    def doctor(self) -> Examination: ...
    def checkpoint(self) -> str: ...
    def publish(
        self,
        source: str | Path | Mapping[str, Any],
        *,
        id: str,
        grade: int | None = None,
        policy: dict[str, Any] | None = None,
        access: dict[str, Any] | None = None,
        title: dict[str, str] | None = None,
        description: dict[str, str] | None = None,
        keywords: Sequence[str] = ...,
        media_type: str | None = None,
        generated: bool = False,
        derived_from: Sequence[str] = ...,
        kind: Literal["file", "folder"] | None = None,
        replace: bool = False,
        reason: str | None = None,
        past: bool = False,
    ) -> Published: ...
    def define(
        self, id_: str, datasets: Sequence[str], *, policy: dict[str, Any], access: dict[str, Any]
    ) -> ContractDefinitionView: ...
    def publish_all(self, publications: Iterable[Mapping[str, Any]]) -> Iterator[PublicationAnswer]: ...
    def assets(self) -> Iterator[AssetView]: ...
    def withdraw(self, id_: str) -> None: ...
    def catalog(
        self,
        participant: str,
        *,
        at: str | None = None,
        dataset: str | None = None,
        after: str | None = None,
        limit: int = 1000,
    ) -> Catalog: ...
    def datasets(self, participant: str, *, at: str | None = None) -> Iterator[Dataset]: ...
    def offer(self, participant: str, dataset: str, *, offer: str | None = None) -> Negotiation: ...
    def negotiation(self, id_: str) -> Negotiation: ...
    def negotiations(
        self,
        *,
        state: str | None = None,
        role: str | None = None,
        peer: str | None = None,
        dataset: str | None = None,
        stuck: bool = False,
    ) -> Iterator[Negotiation]: ...
    def agreement(self, id_: str) -> Agreement: ...
    def agreements(
        self,
        *,
        state: str | None = None,
        role: str | None = None,
        peer: str | None = None,
        dataset: str | None = None,
        wire_id: str | None = None,
    ) -> Iterator[Agreement]: ...
    def transfer(self, id_: str) -> Transfer: ...
    def transfers(
        self,
        *,
        state: str | None = None,
        role: str | None = None,
        peer: str | None = None,
        dataset: str | None = None,
        agreement: str | None = None,
        stuck: bool = False,
    ) -> Iterator[Transfer]: ...
    def contract(self, id_: str, *, wait_s: int = 0) -> Contract: ...
    def contracts(
        self,
        *,
        status: str | None = None,
        agreement: str | None = None,
        side: str | None = None,
        amends: str | None = None,
    ) -> Iterator[Contract]: ...
    def duty(self, id_: str) -> Duty: ...
    def duties(
        self,
        *,
        state: str | None = None,
        agreement: str | None = None,
        peer: str | None = None,
        action: str | None = None,
        transfer: str | None = None,
    ) -> Iterator[Duty]: ...
    def payments(self, *, agreement: str | None = None, peer: str | None = None) -> Iterator[PaymentView]: ...
    def explain(
        self,
        participant: str,
        dataset: str,
        *,
        action: str = "use",
        purpose: str | None = None,
        at: datetime | str | None = None,
    ) -> ExplanationView: ...
    def may_we(
        self,
        dataset: str | None = None,
        *,
        agreement: str | None = None,
        provider: str | None = None,
        action: str = "use",
        purpose: str | None = None,
        vault: bool = False,
        at: datetime | str | None = None,
    ) -> ExplanationView: ...
    def dry_run(
        self,
        policy: dict[str, Any],
        *,
        dataset: str | None = None,
        action: str = "use",
        purpose: str | None = None,
    ) -> DryRun: ...

class Participants:
    def list(self) -> list[KnownView]: ...
    def set(
        self,
        alias: str,
        did: str,
        *,
        base: str | None = None,
        entity: str | None = None,
        connector: str | None = None,
        name: str | None = None,
    ) -> KnownView: ...
    def accept_log(self, participant: str, *, reason: str) -> ContradictionView: ...
    def did(self, participant: str) -> str | None: ...

class Secrets:
    def list(self) -> list[SecretView]: ...
    def set(self, name: str, value: str) -> SecretView: ...
    def remove(self, name: str) -> None: ...

class Transfer:
    view: TransferView

    def asking(
        self, /, format: str | None = None, columns: Sequence[str] = ..., **values: Asked | None
    ) -> Transfer: ...
    def once(self, key: str) -> Transfer: ...
    @property
    def id(self) -> str: ...
    @property
    def state(self) -> str: ...
    def refresh(self) -> Transfer: ...
    def started(self, timeout_s: float = 30) -> Transfer: ...
    def pushed(self, timeout_s: float = 30) -> Transfer: ...
    def over(self, timeout_s: float = 30) -> Transfer: ...
    def check(self) -> Checked: ...
    def files(self) -> list[FileView]: ...
    def read(self, path: str = "", *, start: int = 0, end: int | None = None) -> bytes: ...
    def save(
        self, path: str | Path, progress: Progress | None = None, *, overwrite: bool = True
    ) -> Saved: ...
    def land(self) -> VaultObject: ...
    def suspend(self, reason: str | None = None) -> Transfer: ...
    def resume(self) -> Transfer: ...
    def complete(self) -> Transfer: ...
    def terminate(self, reason: str | None = None) -> Transfer: ...
    def timeline(self) -> list[Happening]: ...
    def open(self, path: str = "") -> TransferFile: ...
    def upload(
        self,
        place: str,
        *,
        endpoint: str | None = None,
        region: str | None = None,
        keys: BucketKeys | None = None,
        progress: Progress | None = None,
        overwrite: bool = True,
    ) -> Landed: ...

class Vault:
    def land(self, transfer: str, query: str = "") -> VaultObject: ...
    def object(self, id_: str) -> VaultObject: ...
    def objects(
        self, *, state: str | None = None, dataset: str | None = None, transfer: str | None = None
    ) -> Iterator[VaultObject]: ...

class VaultObject:
    view: VaultView

    @property
    def id(self) -> str: ...
    @property
    def state(self) -> str: ...
    def refresh(self) -> VaultObject: ...
    def landed(self, timeout_s: float = 60) -> VaultObject: ...
    def files(self) -> list[FileView]: ...
    def may(self, action: Literal["read", "reproduce"] = "read", *, purpose: str | None = None) -> May: ...
    def read(
        self, path: str = "", *, start: int = 0, end: int | None = None, purpose: str | None = None
    ) -> bytes: ...
    def dataframe(self, path: str = "", *, purpose: str | None = None, **options: Any) -> pd.DataFrame: ...
    def export(
        self,
        target: str | Path,
        *,
        path: str | None = None,
        purpose: str | None = None,
        overwrite: bool = True,
    ) -> Exported: ...
    def issue_pass(self, *, purpose: str | None = None, life_s: int = 900) -> PassView: ...
    def content_url(self, path: str = "") -> str: ...
    def destroy(self) -> Destruction: ...
    def proof(self) -> Destruction: ...
    def open(self, path: str = "", *, purpose: str | None = None) -> TransferFile: ...

@contextmanager
def connect(
    url: str, api_key: str, *, context: str | None = None, traceparent: str | None = None
) -> Iterator[Node]: ...
