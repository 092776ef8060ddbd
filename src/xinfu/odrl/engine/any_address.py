"""Whether a use can be made from any network address at all, before anybody has asked for data from one.

A transfer starts before its bytes are read, and only a read shows whence it comes. So a start is put to the evaluator
once for every kind of address that the policy can tell apart, and is allowed where one of them would be; each read is
then judged by its own.
"""

from collections.abc import Iterator
from typing import Final

from msgspec.structs import replace

from xinfu.odrl.engine.compile import Program
from xinfu.odrl.engine.evaluate import Decision, evaluate
from xinfu.odrl.model.situation import Situation
from xinfu.odrl.values.addresses import Address
from xinfu.odrl.values.hosts import hosts
from xinfu.verdict import Verdict

LOCATION: Final = "virtualLocation"


def from_anywhere(program: Program, situation: Situation, *, explain: bool = False) -> Decision:
    """The decision for the first address from which `situation` is allowed; for the first of all where none is."""
    named = tuple(_named(program))
    if not named:
        return evaluate(program, situation, explain=explain)
    found = (
        evaluate(
            program, replace(situation, traits={**situation.traits, LOCATION: (str(each),)}), explain=explain
        )
        for each in hosts(named) or named
    )
    first = next(found)
    if first.verdict is Verdict.YES:
        return first
    return next((each for each in found if each.verdict is Verdict.YES), first)


def _named(program: Program) -> Iterator[Address]:
    for rule in (*program.permissions, *program.prohibitions):
        for node in rule.node.walk():
            if node.operand is not None and node.operand.fact.name == LOCATION:
                yield from (value for value in node.values if isinstance(value, Address))
