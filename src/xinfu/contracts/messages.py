"""Bodies of the six contract interfaces, field by field as in their tables.

All are POST; the path is the name of the message. Moments remain texts in either form, and are checked when a body is
read. `contractExpansionItem` carries the canonical text of the contract, so that its receiver can check what was
signed; the tables have no such field for the negotiation, and receivers that do not know it ignore it. The reason for
a termination is in `reason` (A.2 f), which the tables lack, too.
Follows: TC609-6-2025-14, tables B.2 to B.7.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any, Final

import msgspec

from xinfu.contracts.moments import read_moment
from xinfu.contracts.reading import required
from xinfu.contracts.reports import ReportNumber
from xinfu.contracts.terms import SignMode, Termination

Given = Annotated[str, msgspec.Meta(min_length=1)]
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=128)]
Number = Annotated[str, msgspec.Meta(min_length=1, max_length=47)]
Uuid = Annotated[str, msgspec.Meta(min_length=1, max_length=36)]
Flag = Annotated[str, msgspec.Meta(min_length=1, max_length=2)]
Hash = Annotated[str, msgspec.Meta(pattern="^[0-9a-fA-F]{64}$")]

DONE: Final = "0"
"""In `status` and `creationFlag`: done; in `negotiationStatus`: agreed."""
FAILED: Final = "1"
"""In `status` and `creationFlag`: failed; in `negotiationStatus`: not agreed, continue."""


class ContractApi(StrEnum):
    """The six paths, which are also the codes of the messages."""

    TEMPLATE = "contractTemplate"
    CREATE = "contractCreate"
    NEGOTIATE = "contractNegotiate"
    REGISTRATE = "contractRegistrate"
    EXECUTION = "contractExecution"
    TERMINATE = "contractTerminate"


class Body(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """The base of all bodies; it checks the moments in a body when the body is read."""

    def __post_init__(self) -> None:
        for name in MOMENTS:
            said = getattr(self, name, None)
            if said:
                read_moment(said, name)


MOMENTS: Final = (
    "issue_time",
    "activation_time",
    "end_time",
    "signatory_time",
    "report_time",
    "scheduled_end_time",
    "agreed_end_time",
    "issued_at",
    "timestamp",
)
"""The fields that hold a moment, in any of the bodies."""


class TemplateRequest(Body, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """A request for one template, or for all (table B.2)."""

    template_id: Uuid | None = None
    issuer_id: Given
    issuer_entity_id: Given


class TemplateAnswer(Body, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    status: Flag
    template: Any = None


class CreateRequest(Body, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """A request to begin a contract and get its number (table B.3). `signature` covers the other fields."""

    contract_name: Name
    contract_abstract: Annotated[str, msgspec.Meta(min_length=1, max_length=1024)]
    issue_time: Given
    activation_time: Given
    end_time: Given
    sign_mode: SignMode
    issuer_id: Given
    issuer_entity_id: Given
    signature: Given


class CreateAnswer(Body, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    contract_id: Number
    creation_flag: Flag


class ListedSignature(Body, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    entity_id: str = ""
    signature: str = ""
    signatory_time: str = ""


class NegotiateRequest(Body, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """One round of a negotiation (table B.4); it has signatures only at the final confirmation."""

    contract_name: Name
    contract_id: Number
    strategy: Any
    signature_list: tuple[ListedSignature, ...] = ()
    contract_expansion_item: str | None = None


class NegotiateAnswer(Body, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    negotiation_status: Flag


class Signatory(Body, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    signatory_entity_id: Given
    signatory_entity_name: Annotated[str, msgspec.Meta(max_length=128)] = ""
    signature: Given


class RegistrateRequest(Body, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """A request to file a signed contract (table B.5)."""

    contract_name: Name
    contract_id: Number
    strategy: Any
    signatory_entities: Annotated[tuple[Signatory, ...], msgspec.Meta(min_length=1)]
    signatory_time: Given
    contract_expansion_item: Given


class RegistrateAnswer(Body, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """The answer to a filing. `receipt` is our own field: the platform's signed receipt as its canonical text."""

    status: Flag
    contract_hash: Hash | None = None
    receipt: str | None = None

    def __post_init__(self) -> None:
        if self.status == DONE and self.contract_hash is None:
            raise required("contractHash")


class ExecutedStrategy(Body, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    executed_strategy_id: Given
    executed_actions: Annotated[tuple[Given, ...], msgspec.Meta(min_length=1)]
    execution_result: Given
    execution_details: str | None = None


class ExecutionRequest(Body, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """A report of execution, which the execution node sends repeatedly (table B.6)."""

    contract_name: Name
    contract_id: Number
    strategy: Any
    executed_strategy: ExecutedStrategy
    report_time: Given
    report_number: ReportNumber | None = None
    report_after: ReportNumber | None = None


class TerminateRequest(Body, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """A request to end a contract (table B.7). An early end states the agreed end."""

    contract_name: Name
    contract_id: Number
    issue_time: Given
    terminate_type: Termination
    activation_time: Given
    scheduled_end_time: Given
    agreed_end_time: str | None = None
    issuer_id: Given
    issuer_entity_id: Given
    signature: Given
    reason: Annotated[str, msgspec.Meta(max_length=256)] = ""

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.terminate_type is Termination.EARLY and not self.agreed_end_time:
            raise required("agreedEndTime")


class StatusAnswer(Body, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """The answer of execution, of termination, and of all four interfaces of usage control: 0 done, 1 failed."""

    status: Flag


REQUESTS: Final[Mapping[ContractApi, type[msgspec.Struct]]] = {
    ContractApi.TEMPLATE: TemplateRequest,
    ContractApi.CREATE: CreateRequest,
    ContractApi.NEGOTIATE: NegotiateRequest,
    ContractApi.REGISTRATE: RegistrateRequest,
    ContractApi.EXECUTION: ExecutionRequest,
    ContractApi.TERMINATE: TerminateRequest,
}
ANSWERS: Final[Mapping[ContractApi, type[msgspec.Struct]]] = {
    ContractApi.TEMPLATE: TemplateAnswer,
    ContractApi.CREATE: CreateAnswer,
    ContractApi.NEGOTIATE: NegotiateAnswer,
    ContractApi.REGISTRATE: RegistrateAnswer,
    ContractApi.EXECUTION: StatusAnswer,
    ContractApi.TERMINATE: StatusAnswer,
}
