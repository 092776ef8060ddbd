"""`xinfu explain`: may a participant do something with a dataset of ours, and why."""

from typing import Final

import click

from xinfu.cli.options import calling
from xinfu.cli.output import Output
from xinfu.client import ExplanationView, Node
from xinfu.client.views import Fault

MAY: Final = {
    "yes": ("Yes", "可以", "green"),
    "no": ("No", "不可以", "red"),
    "unknown": ("It cannot be told, so no", "无法判定，因此不可以", "red"),
}
_MARKS: Final = {"yes": "✓", "no": "✗", "unknown": "?"}


@click.command(name="explain")
@click.argument("participant")
@click.argument("dataset")
@click.option("--action", default="use", show_default=True, help="What it would do.")
@click.option("--purpose", help="What it would declare (default: what was agreed on).")
@click.option("--at", metavar="TIME", help="When, such as 2026-12-31T23:59:59+08:00 (default: now).")
@calling
async def explain_command(
    node: Node,
    out: Output,
    /,
    participant: str,
    dataset: str,
    action: str,
    purpose: str | None,
    at: str | None,
) -> None:
    """Say whether a participant may do something with a dataset of ours, and why.

    PARTICIPANT is a DID. The answer is the decision that a use would get, and asking spends nothing.
    """
    found = await node.explain(participant, dataset, action=action, purpose=purpose, at=at)
    out.give(found, answer_lines(out, found))


def answer_lines(out: Output, found: ExplanationView) -> list[str]:
    """The answer, what it rests on, why, and what would help."""
    en, zh, colour = MAY[found.may]
    lines = [click.style(out.pick(f"{en}.", f"{zh}。"), fg=colour, bold=True), f"  {_basis(out, found)}"]
    for reason in found.reasons:
        lines += _reason(out, reason)
    if found.until is not None:
        lines.append(
            out.pick(
                f"  This can change by time alone at {found.until.isoformat()}.",
                f"  仅随时间变化，该结论最早在 {found.until.isoformat()} 改变。",
            )
        )
    if found.parts:
        lines.append(out.pick("  Each part of the policy:", "  策略的各部分："))
        lines += [
            f"    {_MARKS.get(each.verdict, '?')} {each.path}: {out.pick(each.en, each.zh)}"
            for each in found.parts
        ]
    return lines


def _basis(out: Output, found: ExplanationView) -> str:
    if found.basis == "agreement":
        return out.pick(f"By agreement {found.under}.", f"依据协议 {found.under}。")
    if found.basis == "offer":
        agreed = out.pick(*MAY[found.negotiable or "unknown"][:2])
        use = out.pick(*MAY[found.use or "unknown"][:2])
        return out.pick(
            f"There is no agreement yet. By offer {found.under}: may it be agreed? {agreed}. Used then? {use}.",
            f"尚无协议。依据要约 {found.under}：能否达成协议？{agreed}。达成后能否使用？{use}。",
        )
    return out.pick("There is neither an agreement nor an offer.", "既无协议，也无要约。")


def _reason(out: Output, reason: Fault) -> list[str]:
    said = out.pick(reason.detail, reason.detail_zh)
    lines = [f"  - {said} [{reason.code}]"]
    help_ = out.pick(reason.help, reason.help_zh)
    return [*lines, f"    {help_}"] if help_ else lines
