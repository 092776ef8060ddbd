"""`xinfu explain`: whether a participant may act on our dataset, or we on another's, and why."""

from typing import Final

import click

from xinfu.api import Fault
from xinfu.cli.options import calling
from xinfu.cli.output import Output
from xinfu.client import ExplanationView, Node

MAY: Final = {
    "yes": ("Yes", "可以", "green"),
    "no": ("No", "不可以", "red"),
    "unknown": ("It cannot be told, so no", "无法判定，因此不可以", "red"),
}
_AS_FAR: Final = (
    "As far as we know, yes; the provider decides",
    "就我方所知可以，最终由数据提供方判定",
    "yellow",
)
_MARKS: Final = {"yes": "✓", "no": "✗", "unknown": "?"}


@click.command(name="explain")
@click.argument("names", nargs=-1, metavar="[PARTICIPANT] [DATASET]")
@click.option("--action", default="use", show_default=True, help="The action.")
@click.option("--purpose", help="The declared purpose (default: the agreed one).")
@click.option("--at", metavar="TIME", help="The time, such as 2026-12-31T23:59:59+08:00 (default: now).")
@click.option("--agreement", metavar="ID", help="For our own use: under this agreement.")
@click.option("--provider", metavar="DID", help="For our own use: under an agreement with this participant.")
@click.option("--vault", is_flag=True, help="For our own use: as if the data landed in our vault.")
@calling
async def explain_command(
    node: Node,
    out: Output,
    /,
    names: tuple[str, ...],
    action: str,
    purpose: str | None,
    at: str | None,
    agreement: str | None,
    provider: str | None,
    *,
    vault: bool,
) -> None:
    """Explain whether a participant may act on our dataset, or we on another's.

    With PARTICIPANT, a DID or an alias of the address book, and DATASET the answer is the decision that a use of it
    would get. With DATASET alone, or --agreement, it is about our own use, as far as our node knows without asking the
    provider. Asking spends nothing.
    """
    if len(names) == 2:
        found = await node.explain(*names, action=action, purpose=purpose, at=at)
    elif len(names) + bool(agreement) == 1:
        found = await node.may_we(
            *names, agreement=agreement, provider=provider, action=action, purpose=purpose, vault=vault, at=at
        )
    else:
        raise click.UsageError("Give PARTICIPANT and DATASET, or DATASET, or --agreement.")
    out.give(found, answer_lines(out, found))


def answer_lines(out: Output, found: ExplanationView) -> list[str]:
    """Return the answer, its basis, its reasons, and possible remedies."""
    en, zh, colour = _AS_FAR if _is_left_to_the_provider(found) else MAY[found.may]
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
    for landed in found.vault:
        may = out.pick(*MAY[landed.may][:2])
        lines.append(
            out.pick(f"  In our vault: {landed.object}: {may}.", f"  受控存储中的 {landed.object}：{may}。")
        )
        for reason in landed.reasons:
            lines += _reason(out, reason)
    return lines


def _is_left_to_the_provider(found: ExplanationView) -> bool:
    codes = {each.code for each in found.reasons}
    return found.may == "unknown" and codes == {"fact.at-provider"}


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
