"""Use cases over ports: publish, be found, negotiate, agree, transfer, use, prove.

Each function is one step or drives steps, and sees ports only. What a peer sends is taken in by `answers` and `flows`; what
is promised to others is an outbox row, which `dispatch` sends.
"""
