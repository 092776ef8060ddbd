"""Fetching and running a kit as a Java process."""

from pathlib import Path

import pytest

from xinfu.cli.kits.java import Result, TestOutcome, fetch, jar_folder, read_line, tool
from xinfu.errors import ConfigError


@pytest.mark.parametrize(
    ("line", "result"),
    [
        ("PASS CN:01-01: Verify a", Result(outcome=TestOutcome.PASS, name="CN:01-01: Verify a")),
        (
            "FAIL CN:01-02: Verify b -- java.lang.RuntimeException: c -- d",
            Result(
                outcome=TestOutcome.FAIL,
                name="CN:01-02: Verify b",
                reason="java.lang.RuntimeException: c -- d",
            ),
        ),
        (
            "SKIP TP:02-04: e -- is @Disabled",
            Result(outcome=TestOutcome.SKIP, name="TP:02-04: e", reason="is @Disabled"),
        ),
        ("64 passed, 1 failed", None),
        ("", None),
        ("PASSED by", None),
    ],
)
def test_a_line_is_a_result_or_nothing(line: str, result: Result | None) -> None:
    assert read_line(line) == result


def test_a_missing_program_is_named_with_its_package(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ConfigError) as caught:
        tool("java", "default-jdk-headless")
    assert caught.value.code == "kit.tool-missing"
    assert "apt-get install default-jdk-headless" in caught.value.help_en


async def test_jars_that_are_there_are_not_fetched_again(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path))
    jar_folder("dsp").mkdir(parents=True)
    assert await fetch("dsp") == jar_folder("dsp")


async def test_nothing_is_left_behind_when_maven_fails(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    maven = tmp_path / "bin" / "mvn"
    maven.parent.mkdir()
    maven.write_text("#!/bin/sh\necho '[ERROR] no such repository'\nexit 1\n")
    maven.chmod(0o755)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("PATH", f"{maven.parent}:/usr/bin:/bin")
    with pytest.raises(Exception, match=r"kit\.unreachable: .*no such repository"):
        await fetch("dsp")
    assert list((tmp_path / "cache" / "xinfu").iterdir()) == []
