"""S01 as a scenario for the commands."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import msgspec
from msgspec import Struct

from xinfu.client import Node
from xinfu_scenarios.s01 import errors, people, play
from xinfu_scenarios.s01.generator import Generated
from xinfu_scenarios.s01.story import Story
from xinfu_scenarios.scenario import Participant, Say
from xinfu_scenarios.words import Text


class CooperationLedger(Struct, frozen=True, kw_only=True):
    """The ledger of the city and state-owned firms. Follows `xinfu_scenarios.scenario.Scenario`."""

    name: str = "S01"
    title: Text = Text(en="Ledger of the city and state-owned firms", zh="央地合作台账")
    participants: tuple[Participant, ...] = people.participants()
    needs_data: bool = False

    @property
    def params_schema(self) -> Mapping[str, Any]:
        """The JSON Schema of the scenario's parameters."""
        return msgspec.json.schema(Generated)

    def cast(self, params: bytes | None) -> Sequence[Participant]:
        """The participants of the scenario with these parameters, providers first.

        Raises:
            InputError: `scenario.params-wrong`.
        """
        return people.participants(_read(params).groups)

    async def demo(
        self, nodes: Mapping[str, Node], out: Path, files: Sequence[Path] | None, say: Say
    ) -> Story:
        """Play the scenario and write its pages into `out`.

        Raises:
            InputError: `scenario.generated-only`. XinfuError: a node did not do its part.
        """
        if files is not None:
            raise errors.SCENARIO_GENERATED_ONLY()
        return await play.play(nodes, Generated(), out=out, say=say)

    async def run(
        self, nodes: Mapping[str, Node], data: Path, out: Path, params: bytes | None, say: Say
    ) -> Mapping[str, Any]:
        """Play the scenario, print the lines that the card requires, and return the figures.

        Raises:
            InputError: `scenario.params-wrong`. XinfuError: a node did not do its part, or a figure differs.
        """
        story = await play.play(nodes, _read(params), out=out, say=say)
        for line in story.lines:
            say(line.en, line.zh)
        return story.found.plain()


def _read(params: bytes | None) -> Generated:
    try:
        made = msgspec.json.decode(params or b"{}", type=Generated)
    except msgspec.MsgspecError as error:
        raise errors.SCENARIO_PARAMS_WRONG(en=str(error), zh=str(error)) from error
    if made.provincial_agreements < made.groups:
        raise errors.SCENARIO_PARAMS_WRONG(
            en="each group has at least one agreement, so `provincial_agreements` is no less than `groups`",
            zh="每家集团至少有一份协议，provincial_agreements 不得小于 groups",
        )
    return made


SCENARIO: Final = CooperationLedger()
