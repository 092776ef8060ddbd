"""The entry of evidence that an offer has other terms from now on."""

from xinfu import odrl
from xinfu.evidence.entry import Fact
from xinfu.odrl import Policy
from xinfu.ports.store import Step
from xinfu.services.evidence.notes import policy_digest, record_entry
from xinfu.services.parts import RecordParts
from xinfu.verdict import Verdict


async def record_terms(
    step: Step, parts: RecordParts, facts: dict[str, Fact], before: Policy, after: Policy
) -> None:
    """Put into the log that an offer has other terms from now on, and whether they are proven no wider."""
    now = parts.clock.now()
    proof = odrl.within(odrl.anchor(after, now), odrl.anchor(before, now))
    facts |= {
        "from": policy_digest(before),
        "policy_digest": policy_digest(after),
        "wider": proof.verdict is not Verdict.YES,
    }
    await record_entry(step, parts.clock, "terms.replaced", facts)
