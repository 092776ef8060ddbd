"""Which tests reach a site: the source is run once with a probe at each site, and nothing else changed."""

import os
import shutil
import subprocess
import sys
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.mutants.sites import Site, changed

PROBE: Final = """\
import os

_seen = set()


def at(number):
    test = os.environ.get("PYTEST_CURRENT_TEST", "").rsplit(" ", 1)[0]
    if (number, test) not in _seen:
        _seen.add((number, test))
        with open(os.environ["XINFU_REACHED"], "a", encoding="utf-8") as file:
            file.write(f"{number}\\t{test}\\n")
"""
_CALL: Final = '__import__("xinfu_mutant_probe").at({})'


@dataclass(frozen=True)
class Reach:
    """What one run of the tests told.

    Attributes:
        tests: for each site, by its place in the list, the tests that passed and ran its line.
        seconds: how long each passed test took.
    """

    tests: dict[int, list[str]]
    seconds: dict[str, float]


def copy_source(checkout: Path, folder: Path) -> Path:
    """A copy of `src` in the folder, without what was compiled."""
    source = folder / "src"
    shutil.copytree(checkout / "src", source, ignore=shutil.ignore_patterns("__pycache__"))
    return source


def find_reach(
    checkout: Path, drawn: Sequence[Site], folder: Path, tests: Sequence[str], workers: int
) -> Reach:
    """Run the tests over a copy with probes. A test that fails there counts as if it did not exist.

    Raises:
        RuntimeError: where pytest could not run at all.
    """
    source = copy_source(checkout, folder)
    (source / "xinfu_mutant_probe.py").write_text(PROBE, encoding="utf-8")
    by_file: dict[str, list[tuple[Site, str]]] = defaultdict(list)
    for place, site in enumerate(drawn):
        call = _CALL.format(place)
        by_file[site.path].append(
            (site, f"{call}; {site.text}" if site.statement else f"({call} or {site.text})")
        )
    for path, replacements in by_file.items():
        file = source / path
        file.write_bytes(changed(file.read_bytes(), replacements))
    reached, seconds = folder / "reached", folder / "seconds"
    command = [
        *(sys.executable, "-m", "pytest", "-q", "-p", "tests.mutants.durations", "-p", "no:randomly"),
        *("-n", str(workers), "--dist", "loadfile", *tests),
    ]
    env = {
        **os.environ,
        "PYTHONPATH": str(source),
        "XINFU_REACHED": str(reached),
        "XINFU_SECONDS": str(seconds),
    }
    with (folder / "reach.log").open("wb") as log:
        code = subprocess.run(command, cwd=checkout, env=env, stdout=log, stderr=log, check=False).returncode
    if code not in (0, 1) or not seconds.exists():
        raise RuntimeError(f"pytest ended with {code}; see {folder / 'reach.log'}")
    took: dict[str, float] = {}
    for line in seconds.read_text(encoding="utf-8").splitlines():
        name, _, duration = line.rpartition("\t")
        took[name] = float(duration)
    found: dict[int, list[str]] = defaultdict(list)
    for line in reached.read_text(encoding="utf-8").splitlines() if reached.exists() else []:
        number, _, name = line.partition("\t")
        if name in took and name not in found[int(number)]:
            found[int(number)].append(name)
    return Reach(dict(found), took)
