"""A digital contract on the terminal: parties, signatures, rules, receipt, and the decision of a stored answer."""

import click

from xinfu.api import ContractView, SealView
from xinfu.cli.output import Output
from xinfu.cli.process_lines import moment
from xinfu.cli.rules import rule_lines


def worth(out: Output, standing: SealView | None) -> str:
    """Return the result of a signature's verification, in a few words."""
    if standing is None:
        return out.pick("none", "无")
    told = {
        "yes": out.pick("holds", "有效"),
        "no": out.pick("does not hold", "无效"),
        "unknown": out.pick("cannot be checked", "无法验证"),
    }[standing.verdict]
    said = [told, standing.subject, out.pick(standing.en, standing.zh)]
    return out.pick("; ", "；").join(each for each in said if each)


def contract_lines(out: Output, view: ContractView) -> list[str]:
    """Return a contract as lines: number, status, parties and who has signed, rules, receipt."""
    ends = moment(view.ends) if view.ends else out.pick("open", "未约定")
    return [
        f"{click.style(view.name, bold=True)}  {status_of(out, view)}  {moment(view.updated)}",
        f"  {number_of(out, view)}",
        *([out.pick(f"  amends {view.amends}", f"  补充 {view.amends}")] if view.amends else []),
        f"  {moment(view.begins)} – {ends}",
        *(f"  {_party(out, view, at)}" for at in range(len(view.parties))),
        *rule_lines(out, view.policy.rules),
        *(f"  {term}" for term in view.terms),
        *_receipt(out, view),
        *_answered(out, view),
    ]


def status_of(out: Output, view: ContractView) -> str:
    """Return the status as a code and in words."""
    return f"{view.status} {out.pick(view.status_en, view.status_zh)}"


def number_of(out: Output, view: ContractView) -> str:
    """Return the contract number, or a note that it is a draft."""
    return out.pick("draft", "草稿") if view.draft else view.number


def missing_of(view: ContractView) -> str:
    """Return the parties that have yet to sign; – if there are none."""
    missing = [each.name or each.participant for each in view.parties if each.signs and not each.signed]
    return ", ".join(missing) or "–"


def _party(out: Output, view: ContractView, at: int) -> str:
    party = view.parties[at]
    who = " ".join(filter(None, (party.name, party.entity, party.participant)))
    if party.signed:
        signed = out.pick(f"signed {moment(party.signed)}", f"{moment(party.signed)} 签署")
    elif party.signs:
        signed = out.pick("not signed", "未签署")
    else:
        signed = out.pick("files it", "负责备案")
    return f"{out.pick(party.type_en, party.type_zh)}: {who}, {signed}"


def _answered(out: Output, view: ContractView) -> list[str]:
    """Return the decision of a stored answer about the contract, while it matters."""
    found = view.answered
    if found is None:
        return []
    if found.act != "hold":
        return [
            out.pick(f"  {found.act} by rule {found.rule}", f"  按应答规则 {found.rule} 执行 {found.act}")
        ]
    if not view.in_force and view.status in ("01", "02"):
        why = out.pick("; ", "；").join(out.pick(each.en, each.zh) for each in found.reasons)
        return [out.pick(f"  waits for a person: {why}", f"  等待人员决定：{why}")]
    return []


def _receipt(out: Output, view: ContractView) -> list[str]:
    if view.filing is None:
        return [out.pick("  not filed", "  未备案")]
    filed = moment(view.filing.filed)
    return [
        out.pick(f"  filed {filed} by {view.filing.platform}", f"  {filed} 由 {view.filing.platform} 备案"),
        f"  {view.filing.hash}",
    ]
