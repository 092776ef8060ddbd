"""Participant contexts: who this node plays, and how much of the node each may take."""
