"""The limits of a policy that a renewed agreement grants anew: those counted in all, for each agreement by itself."""

from xinfu.odrl.engine.compile import compile as program_of
from xinfu.odrl.model.meters import SUMS, Measure
from xinfu.odrl.model.policy import Policy
from xinfu.odrl.values.windows import CounterOwner


def renewed_measures(policy: Policy) -> tuple[Measure, ...]:
    """The measures with a limit for each agreement and without a window, so that another agreement grants it anew."""
    found = (
        metered.meter
        for rule in program_of(policy).permissions
        for metered in rule.meters
        if metered.limit is not None and metered.meter.measure in SUMS
    )
    return tuple(
        dict.fromkeys(
            meter.measure
            for meter in found
            if meter.selection.whose is CounterOwner.AGREEMENT and meter.selection.window is None
        )
    )
