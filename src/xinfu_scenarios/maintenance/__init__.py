"""The maintenance contract: telemetry of a machine builder, used by a maintenance firm as far as was agreed."""

from xinfu_scenarios.maintenance.scenario import SCENARIO

__all__ = ["SCENARIO"]
