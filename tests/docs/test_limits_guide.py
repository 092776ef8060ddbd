"""The policy and the table of docs/how-to/limit-how-much-is-used.md are what the engine reads."""

import re
from pathlib import Path

import pytest
import yaml

from xinfu import odrl
from xinfu.odrl import sentences

PAGE = Path(__file__).resolve().parents[2] / "docs" / "how-to" / "limit-how-much-is-used.md"
TEXT = PAGE.read_text(encoding="utf-8")
CONSTRAINTS = re.findall(r"^\|[^|]*\| `(\w+) (\w+) ([^`]+)` \|", TEXT, re.MULTILINE)


def test_the_policy_on_the_page_can_be_published_and_says_what_the_page_says() -> None:
    [document] = re.findall(r"```yaml\n(.*?)```", TEXT, re.DOTALL)
    policy = odrl.read(yaml.safe_load(document))
    odrl.check(policy)
    [said] = sentences(policy, "en")
    for limit in (
        "at most 100 uses a month",
        "at most 10 GB of data a day",
        "time since the first use is at most 30 days",
    ):
        assert limit in said


@pytest.mark.parametrize(("left", "operator", "right"), CONSTRAINTS)
def test_each_limit_in_the_table_can_be_published(left: str, operator: str, right: str) -> None:
    constraint = {"leftOperand": left, "operator": operator, "rightOperand": right}
    odrl.check(odrl.read({"permission": [{"action": "use", "constraint": [constraint]}]}))


def test_the_table_names_every_limit() -> None:
    assert {left for left, _, _ in CONSTRAINTS} == {
        "count",
        "bytes",
        "rows",
        "meteredTime",
        "elapsedTime",
        "timeInterval",
        "delayPeriod",
    }
