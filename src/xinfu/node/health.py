"""The health of a running node: its store, its log, its promises, its listeners."""

from collections.abc import Sequence
from typing import Final

from xinfu.node.timer import Timer
from xinfu.node.workers import Dispatcher, Sequencer
from xinfu.services.health import Component, look_at_store
from xinfu.services.parts import Parts

LAG_S: Final = 10.0
"""How long evidence may wait for its place; it takes a tenth of a second when all is well."""


class Health:
    """Looks at each part of the node when somebody asks.

    Attributes:
        listening: the listeners are up. What runs the node says so, and when they no longer are.
    """

    def __init__(self, parts: Parts, dispatcher: Dispatcher, sequencer: Sequencer, timer: Timer) -> None:
        self.listening = False
        self._parts = parts
        self._dispatcher = dispatcher
        self._sequencer = sequencer
        self._timer = timer

    async def __call__(self) -> Sequence[Component]:
        """Every part, the store first."""
        return (
            await look_at_store(self._parts),
            self._log(),
            _running("dispatcher", self._dispatcher.alive),
            _running("sequencer", self._sequencer.alive),
            _running("timer", self._timer.alive),
            self._listeners(),
        )

    def _log(self) -> Component:
        lag_s = self._sequencer.lag_s
        if lag_s <= LAG_S:
            return Component(name="log")
        return Component(
            name="log",
            failure=f"Evidence has waited {lag_s:.0f} s for its place in the log.",
            failure_zh=f"存证已等待编号 {lag_s:.0f} 秒。",
        )

    def _listeners(self) -> Component:
        if self.listening:
            return Component(name="listeners")
        return Component(
            name="listeners",
            failure="The node is starting or stopping.",
            failure_zh="节点正在启动或停止。",
        )


def _running(name: str, alive: bool) -> Component:
    if alive:
        return Component(name=name)
    return Component(name=name, failure=f"The {name} does not run.", failure_zh=f"{name} 未在运行。")
