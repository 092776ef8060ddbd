"""A programme and its code, for tests."""

from typing import Any, Final

import msgspec

from xinfu.compute.programme import Declaration, Programme, declare

CODE: Final = b'''"""Count the failures of a fleet."""

import csv


def main(inputs, *, threshold, site="all", weighted=False):
    with open(inputs["failures"], encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if float(row["hours"]) > threshold]
    return [{"site": site, "failures": len(rows)}]
'''
DECLARED: Final[dict[str, Any]] = {
    "name": "failure-count",
    "version": "1.0",
    "about": "Counts failures after so many hours.",
    "environment": {"python": "3.11"},
    "arguments": [
        {"name": "threshold", "accepts": {"type": "number", "least": 0, "most": 1000}},
        {"name": "site", "accepts": {"type": "choice", "choices": ["all", "north"]}, "default": "all"},
        {"name": "weighted", "accepts": {"type": "flag"}, "default": False},
    ],
    "inputs": [{"name": "failures", "columns": ["machine", "hours"]}],
    "output": {
        "columns": [
            {"name": "site", "holds": {"type": "choice", "choices": ["all", "north"]}},
            {"name": "failures", "holds": {"type": "number", "least": 0, "most": 1000000, "whole": True}},
        ],
        "most_rows": 10,
    },
}
AUTHOR: Final = "did:web:firm.example"


def declaration(**changes: Any) -> Declaration:
    return msgspec.convert(DECLARED | changes, Declaration)


def programme(code: bytes = CODE, **changes: Any) -> Programme:
    return declare(declaration(**changes), author=AUTHOR, code=code)
