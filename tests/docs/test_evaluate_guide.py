"""The guide to evaluating a policy does what it says."""

import re
from pathlib import Path

from click.testing import CliRunner

from xinfu.cli.main import xinfu

GUIDE = Path(__file__).parents[2] / "docs/how-to/evaluate-a-policy.md"


def test_the_files_of_the_guide_give_its_report(tmp_path: Path) -> None:
    text = GUIDE.read_text()
    for name, content in re.findall(r"```turtle\n# (\w+\.ttl)[^\n]*\n(.*?)```", text, re.DOTALL):
        (tmp_path / name).write_text(content)
    names = [
        part
        for name in ("policy", "request", "state")
        for part in (f"--{name}", str(tmp_path / f"{name}.ttl"))
    ]
    result = CliRunner().invoke(xinfu, ["policy", "evaluate", *names, "--format", "text", "--lang", "en"])
    assert result.exit_code == 0
    assert f"```\n{result.stdout}```" in text
