"""Every finding of the doctor stands in the reference, and nothing else does."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
NODE = ROOT / "src" / "xinfu" / "node"
CODE = re.compile(
    r'(?:code=|fine\(|finding_of\(|_away\(|_wrong\(|else )\s*"([a-z-]+\.[a-z-]+)"|"([a-z-]+\.[a-z-]+)" if over'
)
ROW = re.compile(r"^\| `([a-z-]+\.[a-z-]+)` \| ([a-z, ]+) \| .+ \|$", re.MULTILINE)


def test_the_reference_lists_exactly_the_findings_of_the_program() -> None:
    files = [*(NODE / "checks").glob("*.py"), NODE / "offline_doctor.py"]
    found = {
        first or second for file in files for first, second in CODE.findall(file.read_text(encoding="utf-8"))
    }
    listed = ROW.findall((ROOT / "docs" / "reference" / "findings.md").read_text(encoding="utf-8"))
    assert len(found) > 50
    assert [code for code, _ in listed] == sorted(found)
    assert all(set(grade.split(", ")) <= {"ok", "warning", "fault"} for _, grade in listed)
