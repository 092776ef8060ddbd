"""The contract interfaces: number, negotiate, file (TC609-6-2025-14, annex B)."""

from typing import Final

from xinfu.contracts.messages import ContractApi, CreateRequest, NegotiateRequest, RegistrateRequest
from xinfu.services.contracts import platform, signing
from xinfu.web.contracts.signed import Interface

INTERFACES: Final = (
    Interface(api=ContractApi.CREATE, takes=CreateRequest, serve=platform.created, state="creationFlag"),
    Interface(
        api=ContractApi.NEGOTIATE,
        takes=NegotiateRequest,
        serve=signing.negotiated,
        state="negotiationStatus",
    ),
    Interface(api=ContractApi.REGISTRATE, takes=RegistrateRequest, serve=platform.registrated),
)
