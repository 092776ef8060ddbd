"""The policies of docs/how-to/be-paid.md are what the engine reads."""

import re
from pathlib import Path

import yaml

from xinfu import odrl
from xinfu.odrl import sentences

PAGE = Path(__file__).resolve().parents[2] / "docs" / "how-to" / "be-paid.md"


def test_the_policies_on_the_page_can_be_published_and_say_what_the_page_says() -> None:
    documents = re.findall(r"```yaml\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    first, priced = (odrl.read(yaml.safe_load(each)) for each in documents)
    for policy in (first, priced):
        odrl.check(policy)
    assert "100.00 CNY" in sentences(first, "en")[0]
    said = sentences(priced, "en")[0]
    assert "at most 100 uses a month" in said
    assert "2.00 CNY (each use takes as much of what was paid)" in said
