"""Whether the tests notice a mutant."""

import os
import subprocess
import sys
from enum import StrEnum
from pathlib import Path
from typing import Final

from tests.mutants.reach import Reach
from tests.mutants.sites import Site, changed

_LIMIT_S: Final = 300
"""A run that takes so long hangs: the tests noticed."""
_MOST: Final = 400
"""Tests given to one run of pytest at most."""


class Outcome(StrEnum):
    """What became of a mutant."""

    KILLED = "killed"
    SURVIVED = "survived"
    UNREACHED = "unreached"


def judge(
    checkout: Path, source: Path, site: Site, number: int, reach: Reach, budget_s: float
) -> tuple[Outcome, str]:
    """Run the tests that reach a site over the mutant, the quickest first, until one fails.

    Args:
        checkout: where the tests are.
        source: a copy of `src` that only this call uses; it is as before when the call returns.
        site: the place and its change.
        number: its place in the draw.
        reach: what `find_reach` found.
        budget_s: tests that add up to so many seconds are run, at least one.

    Returns:
        The outcome, and the first test that failed, or how many passed.
    """
    tests = _chosen(reach, number, budget_s)
    if not tests:
        return Outcome.UNREACHED, "no test runs this line"
    file = source / site.path
    before = file.read_bytes()
    file.write_bytes(changed(before, [(site, site.mutant)]))
    try:
        return _run(checkout, source, tests)
    finally:
        file.write_bytes(before)


def _chosen(reach: Reach, number: int, budget_s: float) -> list[str]:
    tests = sorted(reach.tests.get(number, []), key=lambda test: reach.seconds[test])
    chosen: list[str] = []
    spent = 0.0
    for test in tests[:_MOST]:
        spent += reach.seconds[test]
        if chosen and spent > budget_s:
            break
        chosen.append(test)
    return chosen


def _run(checkout: Path, source: Path, tests: list[str]) -> tuple[Outcome, str]:
    command = [sys.executable, "-B", "-m", "pytest", "-x", "-q", "-n", "0", "--tb=no", *tests]
    env = {**os.environ, "PYTHONPATH": str(source), "PYTHONDONTWRITEBYTECODE": "1"}
    try:
        ended = subprocess.run(
            command, cwd=checkout, env=env, capture_output=True, check=False, timeout=_LIMIT_S
        )
    except subprocess.TimeoutExpired:
        return Outcome.KILLED, "the tests hang"
    if ended.returncode == 0:
        return Outcome.SURVIVED, f"{len(tests)} tests pass"
    told = ended.stdout.decode(errors="replace").splitlines()
    return Outcome.KILLED, next(
        (line for line in told if line.startswith(("FAILED", "ERROR"))), f"exit {ended.returncode}"
    )
