"""The interfaces of usage control: strategy, feedback, abnormal end, proof of fulfilment (TC609-6-2025-15, clause 9)."""

from typing import Final

from xinfu.contracts.usage import (
    AbnormalTermination,
    ExecutionFeedback,
    FulfillmentProof,
    StrategySend,
    UsageApi,
)
from xinfu.services.contracts import executing, feedback, fulfilment, stopping
from xinfu.web.contracts.interface import Interface

INTERFACES: Final = (
    Interface(api=UsageApi.STRATEGY, takes=StrategySend, serve=executing.receive_strategy),
    Interface(api=UsageApi.FEEDBACK, takes=ExecutionFeedback, serve=feedback.receive_feedback),
    Interface(api=UsageApi.ABNORMAL, takes=AbnormalTermination, serve=stopping.receive_stop),
    Interface(api=UsageApi.PROOF, takes=FulfillmentProof, serve=fulfilment.receive_proof),
)
