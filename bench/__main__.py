"""`make bench` and `make bench ONLY=name`: measure, print the table, keep bench/results.json."""

import argparse
import asyncio
import sys

from bench import footprint, negotiation, policy
from bench.figures import Figure, table, write

BENCHES = {"negotiation": negotiation.measure, "footprint": footprint.measure, "policy": policy.measure}


async def run(only: str | None) -> list[Figure]:
    """The figures of all benches, or of one."""
    figures: list[Figure] = []
    for name, measure in BENCHES.items():
        if only in {None, "", name}:
            figures += await measure()
    return figures


def main() -> int:
    """Exit 1 when a budget is missed."""
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("--only", choices=["", *BENCHES], default=None)
    figures = asyncio.run(run(parser.parse_args().only))
    write(figures)
    print(table(figures))
    return 1 if any(each.met is False for each in figures) else 0


if __name__ == "__main__":
    sys.exit(main())
