"""Use cases, in the order of a contract's life.

identify, publish, catalog, negotiation, answers, agreements, transfer, flows, usage (decide, quota, use,
revoke), dispatch, sequencer, evidence, keys. Each function is one step or drives steps; it sees ports only.
"""
