"""The contract interfaces: template, number, negotiate, file, report, end (TC609-6-2025-14, annex B)."""

from typing import Final

from xinfu.contracts.messages import (
    ContractApi,
    CreateRequest,
    ExecutionRequest,
    NegotiateRequest,
    RegistrateRequest,
    TemplateRequest,
    TerminateRequest,
)
from xinfu.services.contracts import ending, executing, platform, receiving
from xinfu.web.contracts.interface import Interface

INTERFACES: Final = (
    Interface(api=ContractApi.TEMPLATE, takes=TemplateRequest, serve=platform.templates),
    Interface(
        api=ContractApi.CREATE, takes=CreateRequest, serve=platform.receive_creation, state="creationFlag"
    ),
    Interface(
        api=ContractApi.NEGOTIATE,
        takes=NegotiateRequest,
        serve=receiving.receive_contract,
        state="negotiationStatus",
    ),
    Interface(api=ContractApi.REGISTRATE, takes=RegistrateRequest, serve=platform.receive_filing),
    Interface(api=ContractApi.EXECUTION, takes=ExecutionRequest, serve=executing.receive_report),
    Interface(api=ContractApi.TERMINATE, takes=TerminateRequest, serve=ending.receive_termination),
)
