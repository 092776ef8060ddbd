"""S03, the heavy-pollution orange alert: figures, generator, exchange between two nodes, page."""

from xinfu_scenarios.s03.scenario import SCENARIO

__all__ = ["SCENARIO"]
