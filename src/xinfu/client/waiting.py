"""Waits for a state of a process or contract by long polls, which the node answers as soon as the state is reached."""

import math
import time
from collections.abc import Collection
from datetime import datetime
from typing import Final, Protocol, TypeVar

from xinfu.api import ContractView, Waiting
from xinfu.client import errors
from xinfu.client.transport import Transport
from xinfu.errors import PeerError

LONGEST_S: Final = 25
"""Of one poll; below what proxies cut."""


class Process(Protocol):
    """The common members of a negotiation and a transfer."""

    @property
    def peer(self) -> str: ...
    @property
    def state(self) -> str: ...
    @property
    def updated(self) -> datetime: ...
    @property
    def waiting(self) -> Waiting | None: ...


P = TypeVar("P", bound=Process)


async def wait_until(
    transport: Transport, path: str, type_: type[P], *, until: Collection[str], timeout_s: float
) -> P:
    """Return the process once it reaches one of the states `until`, or a final state.

    Raises:
        PeerError: `wait.over`: not within `timeout_s`; it names the state, its start, and whom the process waits for.
    """
    ends = time.monotonic() + timeout_s
    wanted = ",".join(sorted(until))
    while True:
        left = max(0.0, ends - time.monotonic())
        wait = min(LONGEST_S, math.ceil(left))
        shown = await transport.get(path, type_, {"until": wanted, "wait": str(wait)})
        if shown.state in until or shown.state in _LAST:
            return shown
        if time.monotonic() >= ends:
            raise _over(shown, timeout_s)


_LAST: Final = frozenset({"FINALIZED", "TERMINATED", "COMPLETED"})


def _over(process: Process, timeout_s: float) -> PeerError:
    since = process.updated.astimezone().isoformat(timespec="seconds")
    waits = process.waiting
    waits_for = waits.waits_for if waits else process.peer
    en, zh = f"it waits for {waits_for}", f"正在等待 {waits_for}"
    help_en, help_zh = "Look again later; it goes on by itself.", "请稍后查看，流程会自行继续。"
    if waits_for == "a person here":
        en, zh = "it waits for a decision of a person here", "正在等待本方人员决定"
        help_en = "Decide with `xinfu negotiate accept`, `counter` or `terminate`."
        help_zh = "请用 `xinfu negotiate accept`、`counter` 或 `terminate` 作出决定。"
    elif waits is not None and waits_for == "delivery":
        en = f"our message to {process.peer} is not acknowledged after {waits.tries} tries ({waits.last_error})"
        zh = f"发往 {process.peer} 的消息尝试 {waits.tries} 次仍未确认（{waits.last_error}）"
    return errors.WAIT_OVER(
        state=process.state,
        since=since,
        waits_for=waits_for,
        timeout_s=timeout_s,
        en=en,
        zh=zh,
        help_en=help_en,
        help_zh=help_zh,
    )


async def wait_for_contract(
    transport: Transport, path: str, *, until: Collection[str], timeout_s: float
) -> ContractView:
    """Return the contract once it reaches one of the statuses `until`, or a final one.

    Raises:
        PeerError: `wait.over`.
    """
    ends = time.monotonic() + timeout_s
    while True:
        left = max(0.0, ends - time.monotonic())
        query = {"until": ",".join(until), "wait": str(min(LONGEST_S, math.ceil(left)))}
        shown = await transport.get(path, ContractView, query)
        if shown.status in until or shown.status in _OVER:
            return shown
        if time.monotonic() >= ends:
            raise _unsigned(shown, timeout_s)


_OVER: Final = frozenset({"0302", "06"})


def _unsigned(view: ContractView, timeout_s: float) -> PeerError:
    missing = [each.name or each.participant for each in view.parties if each.signs and each.signed is None]
    en = f"not signed by {', '.join(missing)}" if missing else "signed by all"
    zh = f"尚未签署：{'、'.join(missing)}" if missing else "各方均已签署"
    return errors.WAIT_OVER_CONTRACT(
        state=view.status,
        missing=", ".join(missing),
        timeout_s=timeout_s,
        status_en=view.status_en,
        en=en,
        status_zh=view.status_zh,
        zh=zh,
    )
