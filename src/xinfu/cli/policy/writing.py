"""`xinfu policy write` and `templates`: write a policy from options or a template, as ODRL or in short words."""

from datetime import UTC, datetime
from typing import Any

import click

from xinfu import odrl
from xinfu.cli import errors
from xinfu.cli.options import speaking
from xinfu.cli.output import Output, as_json, table
from xinfu.cli.policy.files import own_words
from xinfu.cli.policy.words import in_toml
from xinfu.cli.rules import policy_of, rule_options
from xinfu.odrl.short.form import document
from xinfu.odrl.short.templates import TEMPLATES, fill


@click.command(name="write")
@click.option("--template", help="Start from this template; `xinfu policy templates` lists them.")
@click.option("--set", "values", multiple=True, metavar="NAME=VALUE", help="Fill in a blank of the template.")
@click.option(
    "--short", "in_words", is_flag=True, help="Write short words (TOML) if they can express the policy."
)
@rule_options
@speaking
def write_command(
    out: Output, /, template: str | None, values: tuple[str, ...], in_words: bool, **rules: Any
) -> None:
    """Write a policy from options or a template to standard output, as ODRL.

    Its meaning is printed to standard error. A policy that could not be published is refused.
    """
    said = policy_of(rules)
    if (said is None) == (template is None):
        raise errors.POLICY_NOTHING_SAID()
    made = document(fill(template, dict(map(_pair, values)))) if template is not None else said or {}
    with own_words():
        policy = odrl.read(made)
    odrl.check(odrl.anchor(policy, datetime.now(UTC)))
    text = in_toml(policy) if in_words else as_json(made)
    for each in odrl.sentences(policy, out.language):
        out.say(each, each)
    out.give(made, [text])


@click.command(name="templates")
@speaking
def templates_command(out: Output, /) -> None:
    """List the templates and the values that each needs."""
    found = [
        {"name": name, "zh": each.zh, "en": each.en, "blanks": each.blanks, "words": each.words}
        for name, each in TEMPLATES.items()
    ]
    rows = [
        (name, ", ".join(each.blanks) or "-", out.pick(each.en, each.zh)) for name, each in TEMPLATES.items()
    ]
    headings = (
        out.pick("name", "名称"),
        out.pick("to fill in", "需填写"),
        out.pick("what it is for", "用途"),
    )
    out.give(found, table(headings, rows))


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise errors.TEMPLATE_VALUE(text=text)
    return name, value
