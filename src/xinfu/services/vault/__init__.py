"""The consumer's vault (受控存储): data lands encrypted, is read under its agreement, and is destroyed with proof.

Read in this order: `objects` (what landed), `landing` (how it comes), `asking` (what the policy says to a use),
`opening` and `reading` (a use of what landed), `passes` (for tools), `destroying` (keys that go, and the
proof), `deleting` (duties that ask for it), `vaults` (all of it, and what happens by itself).
"""
