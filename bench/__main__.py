"""`make bench` and `make bench ONLY=name`: measure, print the table, write bench/results.json."""

import argparse
import asyncio

from bench import (
    catalog,
    compare,
    deadlines,
    evidence,
    evidence_search,
    footprint,
    idle,
    negotiation,
    policy,
    publishing,
    quota,
    reading,
    revoke,
    sm2,
    small_reads,
    throughput,
)
from bench.figures import Figure, table, write

BENCHES = {
    "negotiation": negotiation.measure,
    "footprint": footprint.measure,
    "policy": policy.measure,
    "compare": compare.measure,
    "catalog": catalog.measure,
    "publishing": publishing.measure,
    "quota": quota.measure,
    "reading": reading.measure,
    "revoke": revoke.measure,
    "deadlines": deadlines.measure,
    "small-reads": small_reads.measure,
    "throughput": throughput.measure,
    "evidence": evidence.measure,
    "evidence-search": evidence_search.measure,
    "sm2": sm2.measure,
    "idle": idle.measure,
}


async def run(only: str | None) -> list[Figure]:
    """The figures of all benches, or of one."""
    figures: list[Figure] = []
    for name, measure in BENCHES.items():
        if only in {None, "", name}:
            figures += await measure()
    return figures


def main() -> None:
    """Measure and print. The table shows a missed budget, but the run does not fail, because machines are noisy."""
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("--only", choices=["", *BENCHES], default=None)
    figures = asyncio.run(run(parser.parse_args().only))
    write(figures)
    print(table(figures))


if __name__ == "__main__":
    main()
