"""Policies: what one says, whether it holds, and why not. Pure: no I/O, no clock.

Reading order: `model.policy` (what it says), `wire` (its JSON), `model.situation` (the facts), `operands` and
`values.operators` (the vocabulary), then `engine`: `compile`, `evaluate`, `explain`. `report` says how every rule of a
policy fares, with documents in Turtle and JSON-LD. Only `Verdict.YES` opens anything.

    program = compile(read(document))
    decision = evaluate(program, Situation(now=now, assignee=did, purpose="research"))
"""

from xinfu.odrl.changes.change import Change, ChangeEffect, change_lines
from xinfu.odrl.changes.difference import difference
from xinfu.odrl.comparison.check import check
from xinfu.odrl.comparison.compare import equivalent, fingerprint, lost_its_ids
from xinfu.odrl.comparison.meet import meet
from xinfu.odrl.comparison.relation import Comparison, Relation, compare
from xinfu.odrl.comparison.subsume import WitnessedVerdict, conflicts, satisfiable, within
from xinfu.odrl.control.levels import RuleLevel, levels
from xinfu.odrl.engine.compile import Program, UseDuty, compile  # noqa: A004 - the domain's word
from xinfu.odrl.engine.declarations import sole_purpose
from xinfu.odrl.engine.evaluate import Decision, Effect, Reserve, evaluate
from xinfu.odrl.engine.explain import Reason, for_stranger
from xinfu.odrl.engine.policy_set import PolicySet, combine, evaluate_all, together
from xinfu.odrl.engine.registry import REGISTRY, Registry
from xinfu.odrl.model.meters import SUMS, Measure, Meter
from xinfu.odrl.model.policy import (
    AtomicConstraint,
    Conflict,
    Constraint,
    Duty,
    Logic,
    LogicalConstraint,
    PartyFunction,
    Permission,
    Policy,
    PolicyKind,
    Prohibition,
    Reference,
    Rule,
    UnreadMember,
)
from xinfu.odrl.model.situation import Fact, FactKind, Marks, Phase, Situation
from xinfu.odrl.model.transforms import Act, Columns, Mask, Resolution, Rows, RowTest, Transform
from xinfu.odrl.operands import Control
from xinfu.odrl.values.durations import Duration, Stretch, order_of
from xinfu.odrl.values.taxonomy import Taxonomy
from xinfu.odrl.values.terms import CATALOG_ACCESS
from xinfu.odrl.values.windows import CounterOwner
from xinfu.odrl.wire.anchor import anchor
from xinfu.odrl.wire.jsonld_names import link
from xinfu.odrl.wire.policies import read, write
from xinfu.odrl.words.phrases import explanation, remedy, sentence, subject_name
from xinfu.odrl.words.sentences import sentences

__all__ = [
    "CATALOG_ACCESS",
    "REGISTRY",
    "SUMS",
    "Act",
    "AtomicConstraint",
    "Change",
    "ChangeEffect",
    "Columns",
    "Comparison",
    "Conflict",
    "Constraint",
    "Control",
    "CounterOwner",
    "Decision",
    "Duration",
    "Duty",
    "Effect",
    "Fact",
    "FactKind",
    "Logic",
    "LogicalConstraint",
    "Marks",
    "Mask",
    "Measure",
    "Meter",
    "PartyFunction",
    "Permission",
    "Phase",
    "Policy",
    "PolicyKind",
    "PolicySet",
    "Program",
    "Prohibition",
    "Reason",
    "Reference",
    "Registry",
    "Relation",
    "Reserve",
    "Resolution",
    "RowTest",
    "Rows",
    "Rule",
    "RuleLevel",
    "Situation",
    "Stretch",
    "Taxonomy",
    "Transform",
    "UnreadMember",
    "UseDuty",
    "WitnessedVerdict",
    "anchor",
    "change_lines",
    "check",
    "combine",
    "compare",
    "compile",
    "conflicts",
    "difference",
    "equivalent",
    "evaluate",
    "evaluate_all",
    "explanation",
    "fingerprint",
    "for_stranger",
    "levels",
    "link",
    "lost_its_ids",
    "meet",
    "order_of",
    "read",
    "remedy",
    "satisfiable",
    "sentence",
    "sentences",
    "sole_purpose",
    "subject_name",
    "together",
    "within",
    "write",
]
