"""Witnesses in words: the situation that was tried, and the answer of each policy."""

from collections.abc import Iterator, Sequence
from typing import Final

from xinfu.odrl.cells.witness import ASSIGNEE, TARGET, Witness
from xinfu.odrl.comparison.subsume import WitnessedVerdict
from xinfu.odrl.engine.explain import Reason
from xinfu.odrl.operands import OPERANDS
from xinfu.odrl.words.counting import so_far
from xinfu.odrl.words.lexicon import ACTIONS, JOIN, LIST, Words, pick
from xinfu.odrl.words.phrases import explanation, sentence
from xinfu.verdict import Verdict

NAMES: Final = ("A", "B")
"""The names of the two policies."""

_TRIED: Final[Words] = ("情形：{0}。", "Situation: {0}.")
_ALLOWS: Final[Words] = ("{0}允许。", "{0} permits it.")
_REFUSES: Final[Words] = ("{0}不允许：{1}", "{0} does not: {1}")
_OWED: Final[Words] = ("{0}要求履行义务：{1}。", "{0} asks for duties: {1}.")
_UNOWED: Final[Words] = ("{0}不附带义务。", "{0} asks for no duty.")
_MISSING: Final[Words] = ("未说明任何事实", "no facts are known")
_FIELDS: Final[tuple[tuple[str, Words], ...]] = (
    ("now", ("时间", "time")),
    ("assignee", ("接收方", "recipient")),
    ("target", ("数据产品", "data product")),
    ("purpose", ("目的", "purpose")),
    ("spatial", ("使用地域", "place of use")),
    ("agreed", ("协议达成时间", "agreement made at")),
)


def describe_proof(proof: WitnessedVerdict, language: str, names: Sequence[str] = NAMES) -> str:
    """Describe the witness of `proof`, or why it is open; empty for a verdict that holds for all situations."""
    if proof.witness is not None:
        return _witness(proof.witness, language, names)
    if proof.verdict is not Verdict.UNKNOWN:
        return ""
    reason = Reason(code=proof.code, verdict="unknown", rule=proof.path, path=proof.path, operand=proof.name)
    return sentence(reason, language)


def _witness(witness: Witness, language: str, names: Sequence[str]) -> str:
    parts = [pick(_TRIED, language).format(pick(JOIN, language).join(_facts(witness, language)))]
    both = all(decision.verdict is Verdict.YES for decision in witness.decisions)
    spaced = [f"{name} " if language == "zh" and name.isascii() else name for name in names]
    for name, decision in zip(spaced, witness.decisions, strict=False):
        if decision.verdict is not Verdict.YES:
            parts.append(pick(_REFUSES, language).format(name, explanation(decision.reasons, language)))
        elif both:
            owed = [pick(ACTIONS.get(duty.action, (duty.action,) * 2), language) for duty in decision.duties]
            owed += [each.needs for each in decision.transforms]
            said = pick(LIST, language).join(owed)
            parts.append(pick(_OWED if owed else _UNOWED, language).format(name, said))
        else:
            parts.append(pick(_ALLOWS, language).format(name))
    return ("" if language == "zh" else " ").join(parts)


def _facts(witness: Witness, language: str) -> Iterator[str]:
    situation = witness.situation
    colon = "：" if language == "zh" else ": "
    yield pick(ACTIONS.get(situation.action, (situation.action,) * 2), language)
    for field, words in _FIELDS:
        value = getattr(situation, field)
        if value is not None and value not in (TARGET, ASSIGNEE):
            yield f"{pick(words, language)}{colon}{value}"
    for key, values in (*situation.claims.items(), *situation.traits.items()):
        known = OPERANDS.get(key)
        name = pick((known("").zh, known("").en), language) if known is not None else key
        yield f"{name}{colon}{pick(LIST, language).join(values) or '✓'}"
    for meter, spent in witness.counted:
        yield so_far(meter, spent, language)
    for currency, amount in (situation.paid or {}).items():
        yield pick((f"已支付 {amount} {currency}", f"{amount} {currency} paid"), language)
