"""The wire form of every message and of the structs in it, as a table.

Each member has one line: the field, its wire name, how its value is read and written, and whether a message without
it is refused. `also` lists further names that are read but never written.
"""

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from xinfu.dsp.address import DataAddress, EndpointProperty
from xinfu.dsp.catalog import (
    Catalog,
    CatalogError,
    CatalogRequestMessage,
    DataService,
    Dataset,
    DatasetRequestMessage,
    Distribution,
)
from xinfu.dsp.message import Message
from xinfu.dsp.negotiation import messages as cn
from xinfu.dsp.negotiation.states import State as NegotiationState
from xinfu.dsp.terms import DECLARED_KEY, ENVIRONMENT_KEY, NODE_KEY, PURPOSE_KEY
from xinfu.dsp.transfer import messages as tp
from xinfu.dsp.transfer.states import State as TransferState
from xinfu.dsp.values import (
    AGREEMENT,
    ANYTHING,
    CATALOG_OFFER,
    DECLARATIONS,
    LABEL,
    LANGUAGE,
    TEXT,
    TEXTS,
    WHOLE,
    Form,
    missing,
    object_in,
    one_of,
    plain,
    policy,
    several,
)
from xinfu.dsp.version import VersionAuth, VersionEntry, VersionResponse
from xinfu.odrl import PolicyKind

_DCT: Final = "http://purl.org/dc/terms/"
_DCAT: Final = "http://www.w3.org/ns/dcat#"


class Slot(msgspec.Struct, frozen=True, kw_only=True):
    """A member of a message: the field `name` has the wire name `key`."""

    name: str
    key: str
    form: Form = TEXT
    required: bool = False
    also: tuple[str, ...] = ()

    def find(self, document: Mapping[str, Any]) -> Any:
        """The member's JSON, under `key` or a name of `also`; None if it is absent or null."""
        return next((document[key] for key in (self.key, *self.also) if document.get(key) is not None), None)


_UNTYPED: Final = frozenset({VersionResponse, VersionEntry, VersionAuth})


def read_struct(cls: type[msgspec.Struct], document: Mapping[str, Any], where: str = "") -> msgspec.Struct:
    """Read the struct `cls` from `document`; ignore members without a line in the table.

    Raises:
        ProtocolError: `message.field-missing` or `message.field-invalid`, with the place of the member.
    """
    values: dict[str, Any] = {}
    for slot in TABLE[cls]:
        found = slot.find(document)
        place = f"{where}.{slot.key}" if where else slot.key
        if found is not None:
            values[slot.name] = slot.form.read(found, place)
        elif slot.required:
            raise missing(place)
    if cls is Dataset:
        values["extra"] = _unknown(document)
    return cls(**values)


def write_struct(value: msgspec.Struct) -> dict[str, Any]:
    """The JSON of `value`, without `@context` and without optional members that are empty."""
    cls = type(value)
    document: dict[str, Any] = {} if cls in _UNTYPED else {"@type": getattr(cls, "wire_type", cls.__name__)}
    for slot in TABLE[cls]:
        found = getattr(value, slot.name)
        if slot.required or not (found is None or found == () or found == {}):
            document[slot.key] = slot.form.write(found)
    if isinstance(value, Dataset):
        document |= {key: kept for key, kept in value.extra.items() if key not in document}
    return document


def _struct(cls: type[msgspec.Struct]) -> Form:
    return Form(
        read=lambda value, where: read_struct(cls, object_in(value, where), where), write=write_struct
    )


def _list_of(form: Form) -> Form:
    return Form(
        read=lambda value, where: tuple(form.read(each, where) for each in several(value)),
        write=lambda values: [form.write(each) for each in values],
    )


def _read_service(value: object, where: str) -> DataService | str:
    """Read a service, or only its id if nothing else is stated (R-CAT-10)."""
    named = None if isinstance(value, dict) and len(value) > 1 else plain(value)
    return named if named is not None else _SERVICE.read(value, where)


def _write_service(service: DataService | str) -> object:
    return service if isinstance(service, str) else write_struct(service)


_SERVICE: Final = _struct(DataService)
_OFFER: Final = policy(PolicyKind.OFFER, "id")

_ID: Final = Slot(name="id", key="@id")
_NAMED: Final = Slot(name="id", key="@id", required=True)
_CONSUMER_PID: Final = Slot(name="consumer_pid", key="consumerPid", required=True)
_PROVIDER_PID: Final = Slot(name="provider_pid", key="providerPid", required=True)
_PIDS: Final = (_ID, _PROVIDER_PID, _CONSUMER_PID)
_CODE: Final = (Slot(name="code", key="code", form=LABEL), Slot(name="reason", key="reason", form=ANYTHING))
_ERROR: Final = (
    _ID,
    Slot(name="provider_pid", key="providerPid"),
    Slot(name="consumer_pid", key="consumerPid"),
    *_CODE,
)
_CALLBACK: Final = Slot(name="callback_address", key="callbackAddress")
_ADDRESS: Final = Slot(name="data_address", key="dataAddress", form=_struct(DataAddress))
_PURPOSE: Final = Slot(name="purpose", key=PURPOSE_KEY)
_ENVIRONMENT: Final = Slot(name="environment", key=ENVIRONMENT_KEY)
_DECLARED: Final = Slot(name="declared", key=DECLARED_KEY, form=DECLARATIONS)
_OFFERED: Final = Slot(name="offer", key="offer", form=_OFFER, required=True)
_POLICIES: Final = Slot(
    name="offers", key="hasPolicy", form=_list_of(CATALOG_OFFER), also=("odrl:hasPolicy",)
)
_TITLE: Final = Slot(
    name="title", key="dct:title", form=LANGUAGE, also=("title", _DCT + "title", "dcterms:title")
)
_DESCRIPTION: Final = Slot(
    name="description",
    key="dct:description",
    form=LANGUAGE,
    also=("description", _DCT + "description", "dcterms:description"),
)
_DISTRIBUTIONS: Final = Slot(
    name="distributions",
    key="distribution",
    form=_list_of(_struct(Distribution)),
    also=("dcat:distribution",),
)

TABLE: Final[Mapping[type[msgspec.Struct], tuple[Slot, ...]]] = {
    cn.ContractRequestMessage: (
        _ID,
        _CONSUMER_PID,
        Slot(name="provider_pid", key="providerPid"),
        _OFFERED,
        _CALLBACK,
        _PURPOSE,
    ),
    cn.ContractOfferMessage: (
        _ID,
        _PROVIDER_PID,
        Slot(name="consumer_pid", key="consumerPid"),
        _OFFERED,
        _CALLBACK,
    ),
    cn.ContractAgreementMessage: (
        *_PIDS,
        Slot(name="agreement", key="agreement", form=AGREEMENT, required=True),
    ),
    cn.ContractAgreementVerificationMessage: _PIDS,
    cn.ContractNegotiationEventMessage: (
        *_PIDS,
        Slot(
            name="event_type",
            key="eventType",
            form=one_of(NegotiationState, NegotiationState.ACCEPTED, NegotiationState.FINALIZED),
            required=True,
        ),
    ),
    cn.ContractNegotiationTerminationMessage: (*_PIDS, *_CODE),
    cn.ContractNegotiationAck: (
        *_PIDS,
        Slot(name="state", key="state", form=one_of(NegotiationState), required=True),
    ),
    cn.ContractNegotiationError: _ERROR,
    tp.TransferRequestMessage: (
        _ID,
        _CONSUMER_PID,
        Slot(name="agreement_id", key="agreementId", required=True),
        Slot(name="format", key="format", required=True),
        _ADDRESS,
        Slot(name="callback_address", key="callbackAddress", required=True),
        _PURPOSE,
        _ENVIRONMENT,
        _DECLARED,
    ),
    tp.TransferStartMessage: (*_PIDS, _ADDRESS),
    tp.TransferCompletionMessage: _PIDS,
    tp.TransferSuspensionMessage: (*_PIDS, *_CODE),
    tp.TransferTerminationMessage: (*_PIDS, *_CODE),
    tp.TransferProcessAck: (
        *_PIDS,
        Slot(name="state", key="state", form=one_of(TransferState), required=True),
    ),
    tp.TransferError: _ERROR,
    DataAddress: (
        Slot(name="endpoint_type", key="endpointType", required=True),
        Slot(name="endpoint", key="endpoint"),
        Slot(name="properties", key="endpointProperties", form=_list_of(_struct(EndpointProperty))),
    ),
    EndpointProperty: (
        Slot(name="name", key="name", required=True),
        Slot(name="value", key="value", required=True),
    ),
    CatalogRequestMessage: (_ID, Slot(name="filter", key="filter", form=ANYTHING)),
    DatasetRequestMessage: (_ID, Slot(name="dataset", key="dataset", required=True)),
    CatalogError: (_ID, *_CODE),
    DataService: (
        _NAMED,
        Slot(name="endpoint_url", key="endpointURL", required=True, also=("dcat:endpointURL",)),
        Slot(name="endpoint_description", key="endpointDescription", also=("dcat:endpointDescription",)),
    ),
    Distribution: (
        Slot(name="format", key="format", required=True, also=("dct:format",)),
        Slot(
            name="access_service",
            key="accessService",
            form=Form(read=_read_service, write=_write_service),
            required=True,
            also=("dcat:accessService",),
        ),
        _POLICIES,
        _TITLE,
        Slot(name="media_type", key="dcat:mediaType", also=("mediaType", _DCAT + "mediaType")),
        Slot(name="size_bytes", key="dcat:byteSize", form=WHOLE, also=("byteSize", _DCAT + "byteSize")),
    ),
    Dataset: (
        _NAMED,
        _TITLE,
        _DESCRIPTION,
        Slot(
            name="keywords", key="dcat:keyword", form=TEXTS, also=("keyword", "keywords", _DCAT + "keyword")
        ),
        Slot(name="issued", key="dct:issued", also=("issued", _DCT + "issued")),
        Slot(name="modified", key="dct:modified", also=("modified", _DCT + "modified")),
        _POLICIES,
        _DISTRIBUTIONS,
    ),
    Catalog: (
        _NAMED,
        Slot(name="participant_id", key="participantId", also=("dspace:participantId",)),
        _TITLE,
        _DESCRIPTION,
        Slot(name="services", key="service", form=_list_of(_SERVICE), also=("dcat:service",)),
        Slot(name="datasets", key="dataset", form=_list_of(_struct(Dataset)), also=("dcat:dataset",)),
        Slot(name="catalogs", key="catalog", form=_list_of(_struct(Catalog)), also=("dcat:catalog",)),
        _DISTRIBUTIONS,
    ),
    VersionAuth: (
        Slot(name="protocol", key="protocol", required=True),
        Slot(name="version", key="version", required=True),
        Slot(name="profile", key="profile", form=TEXTS),
    ),
    VersionEntry: (
        Slot(name="version", key="version", required=True),
        Slot(name="path", key="path", required=True),
        Slot(name="binding", key="binding", required=True),
        Slot(name="identifier_type", key="identifierType"),
        Slot(name="service_id", key="serviceId"),
        Slot(name="auth", key="auth", form=_struct(VersionAuth)),
        Slot(name="node", key=NODE_KEY),
    ),
    VersionResponse: (
        Slot(
            name="protocol_versions",
            key="protocolVersions",
            form=_list_of(_struct(VersionEntry)),
            required=True,
        ),
    ),
}

TYPES: Final[Mapping[str, type[Message]]] = {
    cls.wire_type: cls for cls in TABLE if issubclass(cls, Message) and cls is not VersionResponse
}
"""Short `@type` of the wire -> message type."""

_DATASET_KEYS: Final = {"@context", "@type"}.union(*({s.key, *s.also} for s in TABLE[Dataset]))


def _unknown(document: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in document.items() if key not in _DATASET_KEYS}
