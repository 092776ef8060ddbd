"""Use cases over ports: publish, be found, negotiate, agree, transfer, use, prove.

Each function is one step or drives steps, and sees ports only. What a peer sends is taken in by `processes`; what is
promised to others is an outbox row, which `background.dispatch` sends. docs/explanation/architecture.md lists the rooms.
"""
