"""A plugin of pytest that writes down how long each passed test took, one line a test."""

import os
from collections import defaultdict
from pathlib import Path

import pytest

_took: dict[str, float] = defaultdict(float)


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Add what a phase took; after the last one, write the sum, unless a phase failed or was skipped."""
    _took[report.nodeid] += report.duration if report.passed else float("inf")
    if (
        report.when == "teardown"
        and _took[report.nodeid] != float("inf")
        and "PYTEST_XDIST_WORKER" not in os.environ
    ):
        with Path(os.environ["XINFU_SECONDS"]).open("a", encoding="utf-8") as file:
            file.write(f"{report.nodeid}\t{_took[report.nodeid]:.3f}\n")
