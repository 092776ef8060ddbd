"""The options that say rules in short words, for every command that writes a policy."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, TypeVar

import click

from xinfu.cli.output import Output
from xinfu.client import policy, read_policy
from xinfu.client.views import RulesView
from xinfu.errors import InputError

F = TypeVar("F", bound=Callable[..., Any])

ANY_MEMBER: Final = "*"
CONTROL: Final = {
    "provider": ("technical control at the provider", "提供侧技术管控"),
    "environment": ("technical control in the use environment", "使用环境技术管控"),
    "contract": ("by contract only", "仅合约约束"),
    "closed": ("closed, nothing is handed out", "不予交付"),
}
"""Levels of control (管控方式)."""
NAMES: Final = (
    "purpose",
    "until",
    "not_before",
    "times",
    "member",
    "recipient",
    "spatial",
    "prohibit",
    "policy_file",
)


def ruled(function: F) -> F:
    """Give a command the options of a policy; `policy_of` reads them."""
    for option in (
        click.option(
            "--purpose", multiple=True, help="Permitted purpose; may be given again for any of several."
        ),
        click.option(
            "--until", metavar="TIME", help="Last moment of use, such as 2026-12-31T23:59:59+08:00."
        ),
        click.option("--not-before", metavar="TIME", help="First moment of use."),
        click.option("--times", type=int, help="Uses in all."),
        click.option(
            "--member",
            is_flag=False,
            flag_value=ANY_MEMBER,
            metavar="[SPACE]",
            help="Only for members of the space, or of the named one.",
        ),
        click.option(
            "--recipient", multiple=True, metavar="DID", help="Only for this participant; may be given again."
        ),
        click.option(
            "--spatial", multiple=True, metavar="REGION", help="Only within this region, such as CN-HN."
        ),
        click.option(
            "--prohibit", multiple=True, metavar="ACTION", help="Forbid an action, such as distribute."
        ),
        click.option(
            "--policy",
            "policy_file",
            type=click.Path(dir_okay=False, path_type=Path),
            help="A file with the whole policy, in short words (TOML, YAML, JSON) or as ODRL, in place of the options.",
        ),
    ):
        function = option(function)
    return function


def policy_of(rules: dict[str, Any]) -> dict[str, Any] | None:
    """The policy that the options say; None when they say nothing. Takes what it reads out of `rules`.

    Raises:
        InputError: `rules.both`; as `read_policy`, `xinfu.client.policy`.
    """
    said = {name: rules.pop(name) for name in NAMES}
    file = said.pop("policy_file")
    given = {name: value for name, value in said.items() if value not in (None, (), "")}
    if file is not None:
        if given:
            raise InputError(
                "rules.both",
                "--policy holds the whole policy; no other rule can be given beside it.",
                "--policy 已包含全部策略，不能再同时给出其他规则。",
            )
        return read_policy(file)
    if not given:
        return None
    member: str | None = given.get("member")
    return policy(
        purpose=given.get("purpose", ()),
        until=given.get("until"),
        not_before=given.get("not_before"),
        times=given.get("times"),
        members=True if member == ANY_MEMBER else member or False,
        recipients=given.get("recipient", ()),
        spatial=given.get("spatial", ()),
        prohibit=given.get("prohibit", ()),
    )


def rule_lines(out: Output, rules: RulesView) -> list[str]:
    """Rules as an indented list, each with how far it is enforced."""
    mark = out.pick("-", "·")
    lines = [f"    {mark} {each}" for each in rules.sentences(out.language)]
    for each in rules.levels:
        control = out.pick(*CONTROL.get(each.get("level", ""), ("", "")))
        why = each.get(out.language, "")
        lines.append(out.pick(f"      ({control}: {why})", f"      （{control}：{why}）"))
    return lines
