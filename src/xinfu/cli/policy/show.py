"""`xinfu policy show`: show a policy as sentences, the level of control of each rule, and short words."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from xinfu import odrl
from xinfu.cli.main import exit_code
from xinfu.cli.options import speaking
from xinfu.cli.output import Output, plain_error
from xinfu.cli.policy.files import policy_in
from xinfu.cli.policy.words import in_toml, words_of
from xinfu.cli.rules import CONTROL
from xinfu.errors import InputError
from xinfu.odrl.control.grades import check_offer
from xinfu.odrl.short.form import shorten, unsaid

POLICY_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command(name="show")
@click.argument("file", type=POLICY_FILE)
@click.option(
    "--grade",
    type=click.IntRange(1, 5),
    help="Also state whether data of this grade could be offered under it.",
)
@click.option("--short", "in_words", is_flag=True, help="Print only the short words (TOML).")
@speaking
def show_command(out: Output, /, file: Path, grade: int | None, in_words: bool) -> int:
    """Show what the policy in FILE means, and how far each of its rules is enforced.

    FILE holds short words or ODRL, as TOML, YAML or JSON. The output states whether the policy could be published. Short
    words are printed only if they express all of its rules; otherwise the output names the rules that they lack.
    """
    policy = policy_in(file)
    said = shorten(policy)
    if in_words:
        out.give(words_of(policy), [in_toml(policy)])
        return 0
    levels = odrl.levels(policy)
    found: dict[str, Any] = {
        "sentences": {language: odrl.sentences(policy, language) for language in ("zh", "en")},
        "levels": levels,
        "short": said.words() if said else None,
        "unsaid": unsaid(policy),
        "odrl": {key: value for key, value in odrl.write(policy).items() if value},
    }
    refused = _refused(policy, grade, file.name)
    if refused is not None:
        found["error"] = plain_error(refused)
    out.give(found, _lines(out, policy, levels))
    if refused is None:
        return 0
    if not out.as_json:
        out.fail(refused)
    return exit_code(refused)


def _refused(policy: odrl.Policy, grade: int | None, name: str) -> InputError | None:
    """Return why the policy could not be published, or not for data of this grade."""
    now = datetime.now(UTC)
    try:
        odrl.check(odrl.anchor(policy, now))
        if grade is not None:
            check_offer(policy, grade, name, now)
    except InputError as error:
        return error
    return None


def _lines(out: Output, policy: odrl.Policy, levels: tuple[odrl.RuleLevel, ...]) -> list[str]:
    lines = odrl.sentences(policy, out.language)
    lines += ["", out.pick("How far each rule is enforced:", "各条规则的管控方式：")]
    for each in levels:
        control = out.pick(*CONTROL[each.level.value])
        lines.append(f"  {each.rule}: {control}" + out.pick(f" ({each.en})", f"（{each.zh}）"))
    where = unsaid(policy)
    if where:
        listed = ", ".join(where)
        return [*lines, "", out.pick(f"Short words cannot say {listed}.", f"简写无法表达：{listed}。")]
    toml = in_toml(policy).splitlines()
    return [*lines, "", out.pick("In short words:", "简写："), *(f"  {line}" for line in toml)]
