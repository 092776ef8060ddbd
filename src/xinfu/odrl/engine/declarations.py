"""The declarations that an offer needs of its asker, without which no use of it would ever be allowed.

The offer is judged with the declarations as they are, and with the best of everything else: time, counts, places and
credentials are left to the use. So only another declaration can mend a reason that is found here.
"""

from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import Final

import msgspec

from xinfu.odrl.engine.compile import compile as compile_policy
from xinfu.odrl.engine.evaluate import evaluate
from xinfu.odrl.engine.explain import Reason
from xinfu.odrl.engine.registry import REGISTRY, Registry
from xinfu.odrl.engine.remedies import BY_HAVING
from xinfu.odrl.model.policy import AtomicConstraint, Policy, leaves
from xinfu.odrl.model.situation import Phase, Situation
from xinfu.odrl.operands import DECLARED, OPERANDS, Operand, operand
from xinfu.verdict import Verdict

PURPOSE: Final = "purpose"
BY_THE_ASKER: Final = DECLARED | {PURPOSE, "executionEnv"}
"""Left operands whose fact is what the asker declares."""


def missing_declarations(policy: Policy, situation: Situation) -> tuple[Reason, ...]:
    """The declarations that a policy lacks, or that do not fit it; empty where a use may be allowed.

    A declared purpose is not judged: the provider decides which purposes are narrower than others.

    Args:
        situation: what is declared of the use, for which dataset, and by whom.
    """
    judged = BY_THE_ASKER if situation.purpose is None else BY_THE_ASKER - {PURPOSE}
    program = compile_policy(policy, registry=_registry(judged))
    decision = evaluate(program, situation, phase=Phase.NEGOTIATION)
    if decision.verdict is Verdict.YES:
        return ()
    return tuple(each for each in decision.reasons if each.operand in judged)


def fitting_values(reason: Reason) -> tuple[str, ...]:
    """The values any of which would satisfy `reason`; empty if the policy excludes values instead."""
    names = reason.operator in BY_HAVING and not reason.code.startswith("prohibition.")
    return reason.wanted if names else ()


def sole_purpose(policy: Policy) -> str | None:
    """The only purpose that the permissions of a policy name; None if they name none or several, or exclude one."""
    found: set[str] = set()
    for rule in policy.permissions:
        for constraint in rule.constraints:
            for part, _ in leaves(constraint, ""):
                known = operand(part.left, "") if isinstance(part, AtomicConstraint) else None
                if not isinstance(part, AtomicConstraint) or known is None or known.name != PURPOSE:
                    continue
                if part.operator not in BY_HAVING:
                    return None
                found.update(part.values)
    return found.pop() if len(found) == 1 else None


class _Hopeful(Mapping[str, Callable[[str], Operand]]):
    """The operands as a hopeful asker sees them: all but `judged` are left to the use."""

    def __init__(self, judged: frozenset[str]) -> None:
        self.judged = judged

    def __getitem__(self, left: str) -> Callable[[str], Operand]:
        if operand(left, "") is None:
            raise KeyError(left)
        return lambda counter: self._hoped(operand(left, counter))

    def _hoped(self, found: Operand | None) -> Operand:
        if found is None:
            raise KeyError
        narrow = found.narrow
        return msgspec.structs.replace(
            found,
            at_use=found.name not in self.judged,
            narrow=None if narrow is None else lambda values: self._hoped(narrow(values)),
        )

    def __iter__(self) -> Iterator[str]:
        return iter(OPERANDS)

    def __len__(self) -> int:
        return len(OPERANDS)


@lru_cache(maxsize=4)
def _registry(judged: frozenset[str]) -> Registry:
    return msgspec.structs.replace(REGISTRY, operands=_Hopeful(judged))
