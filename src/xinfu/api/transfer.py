"""Transfers."""

from datetime import datetime
from typing import Any

from xinfu.api.process import Checked, Waiting
from xinfu.api.shape import View


class TransferView(View, frozen=True, kw_only=True):
    """A transfer. `agreement` is a wire id."""

    id: str
    role: str
    peer: str
    state: str
    sending: str | None
    held: bool
    agreement: str
    dataset: str
    format: str
    purpose: str | None
    environment: str | None
    declared: dict[str, str]
    consumer_pid: str | None
    provider_pid: str | None
    code: str | None
    reason: list[Any]
    created: datetime
    updated: datetime
    waiting: Waiting | None = None


class TransferCheck(View, frozen=True, kw_only=True):
    """The peer's answer about a transfer, and the transfer after that answer."""

    transfer: TransferView
    checked: Checked
