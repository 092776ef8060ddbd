"""Duties: their life, the parties that owe them and are owed, and the proofs that they were done."""
