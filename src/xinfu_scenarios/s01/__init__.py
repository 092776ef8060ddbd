"""S01, the ledger of the city and state-owned firms: figures, ledger, exchange between many participants, pages."""

from xinfu_scenarios.s01.scenario import SCENARIO

__all__ = ["SCENARIO"]
