"""Where messages are posted, against the paths of DSP-RULES 6.2, 6.3 and 7.2."""

from enum import StrEnum
from types import UnionType
from typing import Any, get_args

import pytest

from xinfu.dsp import Role, negotiation, transfer
from xinfu.dsp.binding import MessageTable, process_url, receiver_pid
from xinfu.dsp.negotiation import Kind
from xinfu.dsp.transfer import Kind as TransferKind

PATHS = {
    Kind.REQUEST: "negotiations/p1/request",
    Kind.OFFER: "negotiations/p1/offers",
    Kind.ACCEPT: "negotiations/p1/events",
    Kind.AGREE: "negotiations/p1/agreement",
    Kind.VERIFY: "negotiations/p1/agreement/verification",
    Kind.FINALIZE: "negotiations/p1/events",
    Kind.TERMINATE: "negotiations/p1/termination",
}
TRANSFER_PATHS = {
    TransferKind.REQUEST: "transfers/request",
    TransferKind.START: "transfers/p1/start",
    TransferKind.COMPLETE: "transfers/p1/completion",
    TransferKind.SUSPEND: "transfers/p1/suspension",
    TransferKind.TERMINATE: "transfers/p1/termination",
}


@pytest.mark.parametrize("kind", Kind)
@pytest.mark.parametrize("base", ["https://peer.example/dsp", "https://peer.example/dsp/"])
def test_a_trailing_slash_of_the_base_makes_no_difference_r_http_11(base: str, kind: Kind) -> None:
    assert negotiation.MESSAGES.url(base, kind, "p1") == f"https://peer.example/dsp/{PATHS[kind]}"


@pytest.mark.parametrize(("kind", "path"), [(Kind.REQUEST, "request"), (Kind.OFFER, "offers")])
def test_a_message_that_opens_a_negotiation_names_no_pid(kind: Kind, path: str) -> None:
    assert (
        negotiation.MESSAGES.url("https://peer.example", kind, None)
        == f"https://peer.example/negotiations/{path}"
    )


@pytest.mark.parametrize("kind", TransferKind)
def test_each_transfer_message_has_its_path(kind: TransferKind) -> None:
    assert (
        transfer.MESSAGES.url("https://peer.example", kind, "p1")
        == f"https://peer.example/{TRANSFER_PATHS[kind]}"
    )


def test_ids_are_percent_encoded_r_http_13() -> None:
    url = process_url("https://peer.example", "transfers", "https://x.example/a b?c#ü")
    assert url == "https://peer.example/transfers/https%3A%2F%2Fx.example%2Fa%20b%3Fc%23%C3%BC"


def test_the_path_names_the_pid_of_the_receiver() -> None:
    assert receiver_pid(Role.CONSUMER, "c", "p") == "p"
    assert receiver_pid(Role.PROVIDER, "c", "p") == "c"


@pytest.mark.parametrize(
    ("table", "union", "kinds"),
    [
        (negotiation.MESSAGES, negotiation.NegotiationMessage, Kind),
        (transfer.MESSAGES, transfer.TransferMessage, TransferKind),
    ],
)
def test_the_table_holds_each_message_and_each_kind_once(
    table: MessageTable[Any], union: UnionType, kinds: type[StrEnum]
) -> None:
    assert [row.message for row in table.rows] == list(get_args(union))
    assert sorted(kind for row in table.rows for kind in row.kinds) == sorted(kinds)
