"""Negotiations, agreements and transfers as lines for people."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import click

from xinfu.cli.difference_lines import difference
from xinfu.cli.output import Output, table
from xinfu.cli.rules import rule_lines
from xinfu.client import (
    AgreementView,
    Checked,
    DutyView,
    Happening,
    NegotiationView,
    PaymentView,
    TransferView,
)

Process = NegotiationView | TransferView


def moment(at: datetime) -> str:
    """Return a moment in the machine's time zone, to the second."""
    return at.astimezone().isoformat(sep=" ", timespec="seconds")


def waits(out: Output, view: Process) -> str:
    """Return what a process waits for, in words; "" if it is over or continues by itself."""
    step = view.waiting
    if view.held or (step is not None and step.waits_for == "a person here"):
        return out.pick("waits for a person here", "等待本方人员决定")
    if step is None:
        return ""
    if step.whom == "nobody":
        return ""
    if step.waits_for != "delivery":
        return out.pick(f"waits for {step.waits_for}", f"等待 {step.waits_for}")
    if step.tries == 0:
        return out.pick("our message is on its way", "消息正在发送")
    when = moment(step.next_try) if step.next_try else ""
    return out.pick(
        f"not delivered after {step.tries} tries ({step.last_error}), next try {when}",
        f"尝试 {step.tries} 次仍未送达（{step.last_error}），下次尝试 {when}",
    )


def standing_lines(out: Output, view: Process) -> list[str]:
    """Return lines with the last failure, the time limit, and help for a stuck process."""
    step = view.waiting
    if step is None:
        return []
    lines = []
    if step.failure is not None:
        lines.append(f"  {out.pick(step.failure.detail, step.failure.detail_zh)} [{step.failure.code}]")
    if step.tries and step.deadline is not None:
        until = moment(step.deadline)
        lines.append(out.pick(f"  We try until {until}.", f"  本方将尝试至 {until}。"))
    if step.stuck:
        word = "negotiate" if isinstance(view, NegotiationView) else "transfers"
        told = out.pick(
            f"  It is stuck: `xinfu {word} check {view.id}` asks the other side.",
            f"  已停滞：可用 `xinfu {word} check {view.id}` 询问对方。",
        )
        lines.append(click.style(told, fg="yellow"))
    return lines


def check_lines(out: Output, found: Checked) -> list[str]:
    """Return lines with the other side's state of a process."""
    state = found.peer_state or out.pick("no such process", "没有该过程")
    return [
        out.pick(f"The other side says: {state}.", f"对方状态：{state}。"),
        out.pick(found.message, found.message_zh),
    ]


def reason_lines(out: Output, reasons: Sequence[Any]) -> list[str]:
    """Return lines with the reasons of the other side, and its help."""
    lines = []
    for each in reasons:
        if isinstance(each, dict) and "message" in each:
            lines.append(
                "  " + out.pick(str(each["message"]), str(each.get("message_zh") or each["message"]))
            )
            help_ = out.pick(str(each.get("help", "")), str(each.get("help_zh", "")))
            lines += [f"  {help_}"] if help_ else []
        else:
            lines.append(f"  {each}")
    return lines


def negotiations(out: Output, views: Sequence[NegotiationView]) -> list[str]:
    """Return a table of negotiations, and the changes that the other side wants in those that wait for a person."""
    columns = out.pick(
        "id role peer dataset state since waits", "标识 角色 对方 数据产品 状态 自 等待"
    ).split()
    lines = table(columns, [_row(out, view, view.dataset) for view in views])
    for view in views:
        if view.difference is not None and view.difference.changes:
            lines += [click.style(view.id, bold=True), *difference(out, view.difference)]
    return lines


def transfers(out: Output, views: Iterable[TransferView]) -> list[str]:
    """Return a table of transfers."""
    columns = out.pick(
        "id role peer dataset state since waits", "标识 角色 对方 数据产品 状态 自 等待"
    ).split()
    return table(columns, [_row(out, view, view.dataset) for view in views])


def agreements(out: Output, views: Iterable[AgreementView]) -> list[str]:
    """Return a table of agreements."""
    columns = out.pick("id role peer dataset state since", "标识 角色 对方 数据产品 状态 自").split()
    rows = [(v.id, v.role, v.peer, v.dataset, v.state, moment(v.updated)) for v in views]
    return table(columns, rows)


def duties(out: Output, views: Iterable[DutyView]) -> list[str]:
    """Return a table of duties."""
    columns = out.pick("id by action state deadline peer", "标识 义务方 义务 状态 期限 对方").split()
    rows = [
        (v.id, _debtor(out, v), v.action, v.state, moment(v.deadline) if v.deadline else "–", v.peer)
        for v in views
    ]
    return table(columns, rows)


def _debtor(out: Output, view: DutyView) -> str:
    if view.owes:
        return out.pick("us", "我方")
    return out.pick("them", "对方") if view.debtor in {"consumer", "provider", ""} else view.debtor


def payments(out: Output, views: Iterable[PaymentView]) -> list[str]:
    """Return a table of payments."""
    columns = out.pick("receipt amount settled agreement peer", "凭证 金额 登记时间 协议 对方").split()
    rows = [(v.receipt, f"{v.amount} {v.currency}", moment(v.settled), v.agreement, v.peer) for v in views]
    return table(columns, rows)


def duty(out: Output, view: DutyView) -> list[str]:
    """Return a duty as lines: state, deadline, accepted proofs and the submitted proof."""
    head = f"{click.style(view.id, bold=True)}  {view.state}  {moment(view.updated)}"
    owed = out.pick("owed to us", "由对方履行")
    if view.watches or view.debtor not in {"consumer", "provider", ""}:
        owed = out.pick(
            f"{view.debtor} owes it to {view.creditor}", f"由 {view.debtor} 向 {view.creditor} 履行"
        )
    who = out.pick("ours to do", "由我方履行") if view.owes else owed
    until = out.pick("to be done by", "履行期限") + f" {moment(view.deadline)}" if view.deadline else ""
    wanted = ", ".join(view.wants)
    both = out.pick("; it counts once who is owed says yes", "；须经权利方确认") if view.by_both else ""
    lines = [
        head,
        f"  {view.action}, {who}, {view.peer}, {view.key}, {view.wire_id}",
        *([f"  {until}"] if until else []),
        out.pick(f"  proof: {wanted}{both}", f"  履行证明：{wanted}{both}"),
    ]
    if view.proof is not None:
        given = view.proof
        named = [
            given.method,
            given.link,
            given.receipt,
            f"{given.amount} {given.currency}".strip(),
            given.statement,
        ]
        told = ", ".join([each for each in named if each] + [f"{len(given.digests)} SHA-256"])
        lines.append(
            out.pick(f"  handed in ({given.assurance}): {told}", f"  已提交（{given.assurance}）：{told}")
        )
    return [*lines, *([f"  {view.reason}"] if view.reason else [])]


def negotiation(out: Output, view: NegotiationView, happened: Sequence[Happening] = ()) -> list[str]:
    """Return a negotiation as lines: state, what it waits for, the terms on the table, the events."""
    by = out.pick(f"Terms, offered by the {view.offered_by}:", f"条款（提出方：{view.offered_by}）：")
    return [
        *_head(out, view),
        by,
        *rule_lines(out, view.offer.rules),
        *difference(out, view.difference),
        *timeline(happened),
    ]


def transfer(out: Output, view: TransferView, happened: Sequence[Happening] = ()) -> list[str]:
    """Return a transfer as lines: state, what it waits for, the events."""
    return [*_head(out, view), *timeline(happened)]


def agreement(out: Output, view: AgreementView) -> list[str]:
    """Return an agreement with its rules as lines."""
    head = f"{click.style(view.id, bold=True)}  {view.state}  {moment(view.updated)}"
    return [
        head,
        f"  {view.role}, {view.peer}, {view.dataset}, {view.wire_id}",
        *_end(out, view),
        *rule_lines(out, view.policy.rules),
    ]


def _end(out: Output, view: AgreementView) -> list[str]:
    """Return lines with who ended or suspended an agreement, under which clause, and why."""
    who = view.ended_by or view.suspended_by
    if who is None or view.state not in {"TERMINATED", "SUSPENDED"}:
        return []
    whose = out.pick("the other side", "对方") if who == view.peer else out.pick("us", "我方")
    if view.ended_by is None and view.suspended_too is not None:
        whose = out.pick("both sides", "双方")
    lines = [out.pick(f"  by {whose}", f"  由{whose}") + (f": {view.reason}" if view.reason else "")]
    if view.ended_clause:
        lines.append(out.pick(f"  under the clause {view.ended_clause}", f"  依据条款 {view.ended_clause}"))
    if view.breach:
        lines.append(
            out.pick(
                f"  under no clause: recorded as a breach by {whose}", f"  未依据任何条款：记录为{whose}违约"
            )
        )
    return lines


def timeline(happened: Sequence[Happening]) -> list[str]:
    """Return the events, a line for each."""
    return [f"  {moment(each.at)}  {each.kind}  {each.facts.get('type', '')}".rstrip() for each in happened]


def _head(out: Output, view: Process) -> list[str]:
    told = waits(out, view)
    return [
        f"{click.style(view.id, bold=True)}  {view.state}  {moment(view.updated)}"
        + (f"  {told}" if told else ""),
        f"  {view.role}, {view.peer}, {view.dataset}" + (f", {view.purpose}" if view.purpose else ""),
        *standing_lines(out, view),
        *reason_lines(out, view.reason),
    ]


def _row(out: Output, view: Process, dataset: str) -> tuple[str, ...]:
    return (view.id, view.role, view.peer, dataset, view.state, moment(view.updated), waits(out, view))
