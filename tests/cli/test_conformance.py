"""What `xinfu conformance` makes of a kit's results."""

import stat
from pathlib import Path

import pytest
from click.testing import CliRunner

from xinfu.cli.conformance import conformance_group, count_results
from xinfu.cli.kits.java import Result, TestOutcome
from xinfu.cli.kits.stand import stand
from xinfu.errors import ConfigError


def test_results_are_counted_by_outcome() -> None:
    results = [
        Result(outcome=TestOutcome.PASS, name="a"),
        Result(outcome=TestOutcome.PASS, name="b"),
        Result(outcome=TestOutcome.FAIL, name="c", reason="late"),
        Result(outcome=TestOutcome.SKIP, name="d"),
    ]
    report = count_results("dsp", results)
    assert (report.passed, report.failed, report.skipped) == (2, 1, 1)
    assert report.tests[2].reason == "late"


async def test_the_stand_listens_on_loopback_keeps_its_keys_private_and_leaves_nothing() -> None:
    async with stand() as node:
        assert node.protocol.startswith("http://localhost:")
        modes = {stat.S_IMODE((node.folder / name).stat().st_mode) for name in ("master.key", "api.key")}
        assert modes == {0o600}
        assert len(node.api.agreements) == 32
    assert not node.folder.exists()


def test_a_machine_without_java_is_told_what_to_install(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ConfigError, match=r"kit\.tool-missing"):
        CliRunner().invoke(conformance_group, ["dsp"], catch_exceptions=False)
