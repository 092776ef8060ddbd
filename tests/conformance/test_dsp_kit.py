"""The Eclipse DSP TCK against a node of ours: Dataspace Protocol 2025-1, both roles."""

import shutil
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner, Result
from tests.conftest import absent

from xinfu.cli.conformance import KitReport, conformance_group
from xinfu.cli.kits.java import TestOutcome, jar_folder

KIT_TESTS = 65
"""15 + 16 negotiation, 15 + 15 transfer, 3 catalog, 1 metadata."""
DISABLED = {"TP:02-04", "TP_C:02-04"}
"""Disabled in the kit itself."""


def run_kit(*arguments: str) -> Result:
    """`xinfu conformance dsp`, or a skip where its programs are absent."""
    if not (shutil.which("java") and shutil.which("javac")):
        absent("the DSP kit needs java and javac: run `make peers`")
    if not (jar_folder("dsp").is_dir() or shutil.which("mvn")):
        absent("the DSP kit's jars are not there and Maven neither: run `make peers`")
    return CliRunner().invoke(conformance_group, ["dsp", *arguments], catch_exceptions=False)


@pytest.mark.peer("dsp-kit")
@pytest.mark.slow
@pytest.mark.timeout(300)
def test_all_tests_of_the_kit_pass(tmp_path: Path) -> None:
    done = run_kit("--json", "--report", str(tmp_path / "kit.xml"))
    report = msgspec.json.decode(done.stdout, type=KitReport)
    assert [f"{test.name}: {test.reason}" for test in report.tests if test.outcome is TestOutcome.FAIL] == []
    assert report.passed == KIT_TESTS
    assert {test.name.split(": ")[0] for test in report.tests if test.outcome is TestOutcome.SKIP} == DISABLED
    assert done.exit_code == 0
    assert f'tests="{KIT_TESTS + len(DISABLED)}" failures="0"' in (tmp_path / "kit.xml").read_text()


@pytest.mark.peer("dsp-kit")
@pytest.mark.slow
def test_one_test_of_the_kit_is_picked_by_name() -> None:
    done = run_kit("--only", "MET:01-01")
    assert done.stdout.splitlines()[-1] == "1 passed, 0 failed"
    assert done.stdout.startswith("PASS MET:01-01")


@pytest.mark.peer("dsp-kit")
@pytest.mark.slow
def test_a_pattern_that_names_no_test_is_no_success() -> None:
    with pytest.raises(Exception, match=r"kit\.broken"):
        run_kit("--only", "no such test")
