"""The maintenance contract: a maintenance firm uses the telemetry of a machine builder as far as agreed."""

from xinfu_scenarios.maintenance.scenario import SCENARIO

__all__ = ["SCENARIO"]
