"""The consumer's vault (受控存储): data lands encrypted, is read under its agreement, and is destroyed with proof.

Read in this order: `objects` (landed data), `landing` (how it arrives), `asking` (the policy's decision on a use),
`opening` and `reading` (a use of landed data), `passes` (for tools), `destroying` (destruction of keys, and the
proof), `deleting` (duties to delete), `vaults` (the whole vault, and its automatic work).
"""
