"""The stored answers that each test of the DSP kit needs from a node.

The kit (Eclipse DSP TCK 1.0.0-RC6, Dataspace Protocol 2025-1) plays the other side and expects a reaction of our
node in each test. Reactions are ordinary stored answers, keyed by the dataset of a negotiation or the agreement of
a transfer; the `quiet` answers match everything else, so that the node never reacts by a default rule. The kit's two
disabled tests (TP:02-04, TP_C:02-04) have their rows too.
"""

from collections.abc import Iterator, Mapping
from typing import Final, TypeAlias

import msgspec

from xinfu.dsp import Role
from xinfu.ports.records import Act, Event

Script: TypeAlias = Mapping[Event, tuple[Act, ...]]

PEER: Final = "TCK_PARTICIPANT"
"""The name under which the kit calls."""

OURSELVES: Final = "CONNECTOR_UNDER_TEST"

REASON: Final = "the kit's script"

ANYTHING: Final[Mapping[str, object]] = {"permission": [{"action": "use"}]}
"""The policy of every offer and agreement here: the kit judges form and order, not terms."""

DEFINITION: Final = "CD123"
POLICY: Final = "456"

OFFER: Final = {Event.REQUESTED: (Act.OFFER,)}
AGREE: Final = {Event.REQUESTED: (Act.AGREE,)}
ACCEPT: Final = {Event.OFFERED: (Act.ACCEPT,)}
VERIFY: Final = {Event.AGREED: (Act.VERIFY,)}
FINALIZE: Final = {Event.VERIFIED: (Act.FINALIZE,)}

PROVIDER_NEGOTIATIONS: Final[Mapping[str, Script]] = {
    "CN_01_01": OFFER,
    "CN_01_02": OFFER | {Event.COUNTERED: (Act.TERMINATE,)},
    "CN_01_03": OFFER | {Event.ACCEPTED: (Act.AGREE,)} | FINALIZE,
    "CN_01_04": AGREE | FINALIZE,
    "CN_02_01": {Event.REQUESTED: (Act.TERMINATE,)},
    "CN_02_02": {},
    "CN_02_03": AGREE,
    "CN_02_04": OFFER,
    "CN_02_05": {Event.REQUESTED: (Act.OFFER, Act.TERMINATE)},
    "CN_02_06": OFFER | {Event.ACCEPTED: (Act.TERMINATE,)},
    "CN_02_07": AGREE | {Event.VERIFIED: (Act.TERMINATE,)},
    "CN_03_01": AGREE | FINALIZE,
    "CN_03_02": OFFER,
    "CN_03_03": OFFER,
    "CN_03_04": OFFER,
}

CONSUMER_NEGOTIATIONS: Final[Mapping[str, Script]] = {
    "CN_C_01_01": ACCEPT | VERIFY,
    "CN_C_01_02": {Event.OFFERED: (Act.COUNTER,)},
    "CN_C_01_03": {Event.OFFERED: (Act.TERMINATE,)},
    "CN_C_01_04": VERIFY,
    "CN_C_02_01": {},
    "CN_C_02_02": {Event.REQUEST_ACKNOWLEDGED: (Act.TERMINATE,)},
    "CN_C_02_03": {Event.AGREED: (Act.TERMINATE,)},
    "CN_C_02_04": {},
    "CN_C_02_05": ACCEPT,
    "CN_C_02_06": VERIFY,
    "CN_C_03_01": {},
    "CN_C_03_02": {},
    "CN_C_03_03": {},
    "CN_C_03_04": ACCEPT,
    "CN_C_03_05": ACCEPT,
    "CN_C_03_06": ACCEPT,
}


def _when_requested(*acts: Act) -> Script:
    return {Event.TRANSFER_REQUESTED: acts}


def _when_started(*acts: Act) -> Script:
    return {Event.TRANSFER_STARTED: acts}


PROVIDER_TRANSFERS: Final[Mapping[str, Script]] = {
    "TP_01_01": _when_requested(Act.START, Act.TERMINATE),
    "TP_01_02": _when_requested(Act.START, Act.COMPLETE),
    "TP_01_03": _when_requested(Act.START, Act.SUSPEND, Act.TERMINATE),
    "TP_01_04": _when_requested(Act.START, Act.SUSPEND, Act.START, Act.COMPLETE),
    "TP_01_05": _when_requested(Act.TERMINATE),
    "TP_02_01": _when_requested(Act.START),
    "TP_02_02": _when_requested(Act.START),
    "TP_02_03": _when_requested(Act.START),
    "TP_02_04": _when_requested(Act.START),
    "TP_02_05": {},
    "TP_03_01": {},
    "TP_03_02": {},
    "TP_03_03": _when_requested(Act.START),
    "TP_03_04": _when_requested(Act.START),
    "TP_03_05": _when_requested(Act.START),
    "TP_03_06": _when_requested(Act.START),
}

CONSUMER_TRANSFERS: Final[Mapping[str, Script]] = {
    **{f"TP_C_01_0{number}": {} for number in range(1, 6)},
    "TP_C_02_01": _when_started(Act.TERMINATE),
    "TP_C_02_02": _when_started(Act.COMPLETE),
    "TP_C_02_03": _when_started(Act.SUSPEND, Act.TERMINATE),
    "TP_C_02_04": _when_started(Act.SUSPEND, Act.START, Act.COMPLETE),
    "TP_C_02_05": {Event.TRANSFER_REQUEST_ACKNOWLEDGED: (Act.TERMINATE,)},
    **{f"TP_C_03_0{number}": {} for number in range(1, 7)},
}

CATALOG: Final = ("CAT_01_01", "CAT_01_02")
CATALOG_ABSENT: Final = "CAT_01_03"


class AnswerDraft(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A stored answer as the API takes it."""

    on: Event
    do: tuple[Act, ...]
    dataset: str | None = None
    agreement: str | None = None
    priority: int = 0
    reason: str | None = None


class AgreementDraft(msgspec.Struct, frozen=True, kw_only=True):
    """An agreement that the kit assumes to be concluded, as the API imports it."""

    wire_id: str
    role: Role
    peer: str
    dataset: str
    policy: Mapping[str, object]


def subject(test: str) -> str:
    """The dataset or agreement of a test: CN_01_01 -> ACN0101, CAT_01_01 -> CAT0101."""
    plain = test.replace("_", "")
    return plain if test.startswith("CAT") else f"A{plain}"


def offered_datasets() -> tuple[str, ...]:
    """Return the datasets that our catalog must contain."""
    return tuple(subject(test) for test in (*PROVIDER_NEGOTIATIONS, *CATALOG))


def answers() -> Iterator[tuple[str, AnswerDraft]]:
    """Yield every stored answer that the kit needs, with its id."""
    for event in Event:
        yield f"quiet-{event}", AnswerDraft(on=event, do=(Act.NOTHING,), priority=-1)
    for test, script in {**PROVIDER_NEGOTIATIONS, **CONSUMER_NEGOTIATIONS}.items():
        for event, acts in script.items():
            yield f"{test}-{event}", AnswerDraft(on=event, do=acts, dataset=subject(test), reason=REASON)
    for test, script in {**PROVIDER_TRANSFERS, **CONSUMER_TRANSFERS}.items():
        for event, acts in script.items():
            yield f"{test}-{event}", AnswerDraft(on=event, do=acts, agreement=subject(test), reason=REASON)


def agreements() -> Iterator[AgreementDraft]:
    """Yield the agreements of the kit's transfers; all concern the same dataset."""
    for tests, role in ((PROVIDER_TRANSFERS, Role.PROVIDER), (CONSUMER_TRANSFERS, Role.CONSUMER)):
        for test in tests:
            yield AgreementDraft(
                wire_id=subject(test), role=role, peer=PEER, dataset=subject(CATALOG[0]), policy=ANYTHING
            )


def properties(*, suite_port: int, protocol: str, version_base: str, triggers: str) -> str:
    """The kit's configuration.

    Args:
        suite_port: where the kit listens, on loopback.
        protocol: root of our protocol endpoints; /negotiations and so on are appended. No slash at the end.
        version_base: root of /.well-known/dspace-version. No slash at the end.
        triggers: root of the translator, which serves /negotiations and /transfers.
    """
    lines = {
        "dataspacetck.callback.address": f"http://127.0.0.1:{suite_port}",
        "dataspacetck.host": "127.0.0.1",
        "dataspacetck.port": str(suite_port),
        "dataspacetck.dsp.local.connector": "false",
        "dataspacetck.dsp.connector.agent.id": OURSELVES,
        "dataspacetck.dsp.connector.http.url": protocol,
        "dataspacetck.dsp.connector.http.base.url": version_base,
        "dataspacetck.dsp.connector.negotiation.initiate.url": f"{triggers}/negotiations",
        "dataspacetck.dsp.connector.transfer.initiate.url": f"{triggers}/transfers",
        "dataspacetck.dsp.default.wait": "15",
    }
    for test in (*PROVIDER_NEGOTIATIONS, *CONSUMER_NEGOTIATIONS, *CATALOG, CATALOG_ABSENT):
        lines[f"{test}_DATASETID"] = subject(test)
    for test in PROVIDER_NEGOTIATIONS:
        lines[f"{test}_OFFERID"] = f"{DEFINITION}:{subject(test)}:{POLICY}"
    for test in (*PROVIDER_TRANSFERS, *CONSUMER_TRANSFERS):
        lines[f"{test}_AGREEMENTID"] = subject(test)
        lines[f"{test}_FORMAT"] = "HttpData-PULL"
    return "".join(f"{key}={value}\n" for key, value in lines.items())
