"""Bodies of the four interfaces of usage control, field by field as in their tables.

Repeating a message changes nothing: two messages with the same `key` are the same. The stop of a use has no signature
of its own; the signature in the message header counts. Follows: TC609-6-2025-15, clause 9, tables 2 to 5.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any, Final

import msgspec

from xinfu.contracts.messages import Body, Given, Number, Uuid
from xinfu.contracts.reports import ReportNumber

Connector = Annotated[str, msgspec.Meta(min_length=1, max_length=32)]


class UsageApi(StrEnum):
    """The four paths, which are also the codes of the messages."""

    STRATEGY = "strategySend"
    FEEDBACK = "executionFeedback"
    ABNORMAL = "abnormalTermination"
    PROOF = "fulfillmentProof"


class Result(StrEnum):
    """The values of `result` of a decision; a refusal by default is `denied`, with the reason in `details`."""

    ALLOWED = "allowed"
    DENIED = "denied"
    CONDITIONAL = "conditional"


class StopOrigin(StrEnum):
    """The sides that can stop a use."""

    PROVIDER = "provider"
    SYSTEM = "system"


class StrategySend(Body, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """A policy that the platform sends to a connector (table 2)."""

    contract_id: Number
    strategy_id: Uuid
    strategy_version: Uuid
    transaction_execution_strategy: Any
    expansion_item: Any = None
    issued_at: Given
    signature: Given

    @property
    def key(self) -> str:
        return f"{self.strategy_id} {self.strategy_version}"


class ExecutionFeedback(Body, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """A decision with its reasons, for the provider (table 3)."""

    connector_id: Connector
    contract_id: Number
    strategy_id: Uuid
    result: Result
    timestamp: Given
    details: Any = None
    signature: Given
    report_number: ReportNumber | None = None
    report_after: ReportNumber | None = None


class AbnormalTermination(Body, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """A stop of a use by the provider (table 4)."""

    connector_id: Connector
    termination_id: Uuid
    contract_id: Number
    strategy_id: Uuid
    reason: Annotated[str, msgspec.Meta(min_length=1, max_length=256)]
    triggered_by: StopOrigin
    timestamp: Given

    @property
    def key(self) -> str:
        return self.termination_id


class FulfillmentProof(Body, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """A proof of the acts under a contract, for provider and platform (table 5); `log` holds entries of evidence."""

    proof_id: Uuid
    contract_id: Number
    strategy_id: Uuid
    log: Any
    timestamp: Given
    signature: Given
    report_number: ReportNumber | None = None
    report_after: ReportNumber | None = None

    @property
    def key(self) -> str:
        return self.proof_id


REQUESTS: Final[Mapping[UsageApi, type[msgspec.Struct]]] = {
    UsageApi.STRATEGY: StrategySend,
    UsageApi.FEEDBACK: ExecutionFeedback,
    UsageApi.ABNORMAL: AbnormalTermination,
    UsageApi.PROOF: FulfillmentProof,
}
