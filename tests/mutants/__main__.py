"""Draw mutants of the product by a seed, and print those that no test notices.

`python -m tests.mutants --count 200 --seed 1` draws sites evenly from the parts, runs the tests once with a
probe at each site, and then, for each mutant, the tests that reach it. Nothing of the checkout is changed.
"""

import argparse
import json
import sys
import tempfile
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path
from queue import SimpleQueue

from tests.mutants.judge import Outcome, judge
from tests.mutants.reach import copy_source, find_reach
from tests.mutants.sites import PARTS, Site, draw

CHECKOUT = Path(__file__).resolve().parents[2]


def main() -> int:
    """Returns 0 where at least the asked share of the mutants was killed, else 1."""
    asked = _asked()
    drawn = draw(CHECKOUT / "src", asked.count, asked.seed)
    with tempfile.TemporaryDirectory(prefix="xinfu-mutants-") as name:
        folder = Path(name)
        print(f"{len(drawn)} mutants of seed {asked.seed}; the tests run once with probes", flush=True)
        reach = find_reach(CHECKOUT, drawn, folder, asked.tests, asked.workers)
        copies: SimpleQueue[Path] = SimpleQueue()
        for number in range(asked.workers):
            copies.put(copy_source(CHECKOUT, folder / str(number)))

        def judged(number: int) -> tuple[Outcome, str]:
            source = copies.get()
            try:
                outcome, why = judge(CHECKOUT, source, drawn[number], number, reach, asked.seconds)
            finally:
                copies.put(source)
            _tell(drawn[number], number, outcome, why)
            return outcome, why

        with ThreadPoolExecutor(asked.workers) as pool:
            outcomes = list(pool.map(judged, range(len(drawn))))
    if asked.out:
        rows = [
            asdict(site) | {"outcome": outcome, "why": why}
            for site, (outcome, why) in zip(drawn, outcomes, strict=True)
        ]
        Path(asked.out).write_text(json.dumps(rows, indent=1, ensure_ascii=False), encoding="utf-8")
    return _sum_up(drawn, [outcome for outcome, _ in outcomes], asked.least)


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.mutants", description=__doc__)
    parser.add_argument("--count", type=int, default=200, help="mutants, evenly from the parts (200)")
    parser.add_argument("--seed", type=int, default=1, help="the same seed draws the same mutants (1)")
    parser.add_argument(
        "--seconds", type=float, default=60.0, help="tests run over one mutant, in seconds (60)"
    )
    parser.add_argument("--least", type=float, default=0.9, help="the share that has to be killed (0.9)")
    parser.add_argument("--workers", type=int, default=2, help="processes at once (2)")
    parser.add_argument("--out", help="write every mutant and its outcome to this JSON file")
    parser.add_argument(
        "tests", nargs="*", default=["tests"], help="tests that may notice; all of them by default"
    )
    return parser.parse_args()


def _tell(site: Site, number: int, outcome: Outcome, why: str) -> None:
    if outcome is Outcome.KILLED:
        print(f"{number:3} killed     {site.path}:{site.line}", flush=True)
        return
    print(f"{number:3} {outcome:10} {site.path}:{site.line} ({site.kind}; {why})", flush=True)
    print(f"      - {' '.join(site.text.split())}\n      + {' '.join(site.mutant.split())}", flush=True)


def _sum_up(drawn: list[Site], outcomes: list[Outcome], least: float) -> int:
    counted = Counter(zip((site.part for site in drawn), outcomes, strict=True))
    for part in PARTS:
        killed, of = counted[part, Outcome.KILLED], sum(counted[part, outcome] for outcome in Outcome)
        print(f"{part:12} {killed:4} of {of:4} killed, {counted[part, Outcome.UNREACHED]} not reached")
    share = sum(outcome is Outcome.KILLED for outcome in outcomes) / max(len(outcomes), 1)
    print(f"{share:.1%} of {len(outcomes)} killed; asked: {least:.0%}")
    return 0 if share >= least else 1


if __name__ == "__main__":
    sys.exit(main())
