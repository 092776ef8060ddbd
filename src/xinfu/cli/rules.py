"""Options that express rules in short words, one for each word, for every command that writes a policy."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, TypeVar

import click

from xinfu.api import RulesView
from xinfu.cli import errors
from xinfu.cli.output import Output
from xinfu.client import read_policy
from xinfu.odrl.short.form import document, short
from xinfu.odrl.short.parts import Word
from xinfu.odrl.short.words import WORDS

F = TypeVar("F", bound=Callable[..., Any])

CONTROL: Final = {
    "provider": ("technical control at the provider", "提供侧技术管控"),
    "environment": ("technical control in the use environment", "使用环境技术管控"),
    "contract": ("by contract only", "仅合约约束"),
    "closed": ("closed, nothing is handed out", "不予交付"),
}
"""Levels of control (管控方式)."""


def rule_options(function: F) -> F:
    """Add an option for each short word, and --policy, to a command; `policy_of` reads them."""
    for option in (
        *map(_option, WORDS.values()),
        click.option(
            "--policy",
            "policy_file",
            type=click.Path(dir_okay=False, path_type=Path),
            help="A file with the complete policy, in short words (TOML, YAML, JSON) or as ODRL, instead of the options.",
        ),
    ):
        function = option(function)
    return function


def _option(word: Word) -> Callable[[F], F]:
    shape = word.shape or None
    form: dict[str, Any] = {}
    if shape is None:
        form = {"is_flag": True}
    elif shape.startswith("["):
        form = {"is_flag": False, "flag_value": "true"}
    return click.option(
        word.flag, _name(word.name), metavar=shape, multiple=word.is_list, help=word.en, **form
    )


def _name(word: str) -> str:
    """Return the parameter name of a word's option, distinct from the command's own options."""
    return f"rule_{word}"


def policy_of(rules: dict[str, Any]) -> dict[str, Any] | None:
    """Return the policy that the options express, or None; removes the options that it reads from `rules`.

    Raises:
        InputError: `rules.both`; as `read_policy`, `odrl.short.short`.
    """
    file: Path | None = rules.pop("policy_file")
    said = {word: rules.pop(_name(word)) for word in WORDS}
    given = {word: value for word, value in said.items() if value not in (None, (), "", False)}
    if file is not None:
        if given:
            raise errors.RULES_BOTH()
        return read_policy(file)
    return document(short(given)) if given else None


def rule_lines(out: Output, rules: RulesView) -> list[str]:
    """Return rules as an indented list, each with how far it is enforced."""
    mark = out.pick("-", "·")
    lines = [f"    {mark} {each}" for each in rules.sentences(out.language)]
    for each in rules.levels:
        control = out.pick(*CONTROL.get(each.get("level", ""), ("", "")))
        why = each.get(out.language, "")
        lines.append(out.pick(f"      ({control}: {why})", f"      （{control}：{why}）"))
    return lines
