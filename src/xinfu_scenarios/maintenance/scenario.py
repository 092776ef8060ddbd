"""The maintenance contract as a scenario for the commands."""

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from msgspec import Struct

from xinfu.client import Node
from xinfu_scenarios.maintenance import errors, play, texts
from xinfu_scenarios.maintenance.generator import Generated, write_recording, write_telemetry
from xinfu_scenarios.maintenance.play import Files
from xinfu_scenarios.maintenance.story import Story
from xinfu_scenarios.scenario import Participant, Say
from xinfu_scenarios.words import Text

PROVIDER: Final = "builder"
CONSUMER: Final = "firm"


class MaintenanceContract(Struct, frozen=True, kw_only=True):
    """The contract about telemetry. Follows `xinfu_scenarios.scenario.Scenario`."""

    name: str = "maintenance"
    title: Text = Text(en="Maintenance contract", zh="设备运维合约")
    participants: tuple[Participant, ...] = (
        Participant(
            key=PROVIDER,
            name=texts.PROVIDER_NAME,
            role="provider",
            entity="91430200MA0000001B",
            connector="591430200MA0000001B430200000001P",
        ),
        Participant(
            key=CONSUMER,
            name=texts.CONSUMER_NAME,
            role="consumer",
            entity="91430200MA0000002E",
            connector="591430200MA0000002E4302A7K2M9QXY",
        ),
    )

    needs_data: bool = True

    @property
    def params_schema(self) -> Mapping[str, Any]:
        """The JSON Schema of an object without members: this scenario has no parameters."""
        return {"type": "object", "properties": {}, "additionalProperties": False}

    def cast(self, params: bytes | None) -> Sequence[Participant]:
        """The participants of the scenario, providers first."""
        return self.participants

    async def demo(
        self, nodes: Mapping[str, Node], out: Path, files: Sequence[Path] | None, say: Say
    ) -> Story:
        """Play the scenario and write `maintenance.html` into `out`.

        Raises:
            InputError: `scenario.one-file`. XinfuError: a node did not do its part.
        """
        if files is not None and len(files) != 1:
            raise errors.SCENARIO_ONE_FILE(count=len(files))
        folder = out / "published"
        await asyncio.to_thread(folder.mkdir, parents=True, exist_ok=True)
        made = Generated()
        chosen = Files(
            telemetry=files[0] if files else await asyncio.to_thread(write_telemetry, folder, made),
            generated=files is None,
            recording=await asyncio.to_thread(write_recording, folder, made),
        )
        return await play.play(nodes[PROVIDER], nodes[CONSUMER], chosen, out=out, say=say)

    async def run(
        self, nodes: Mapping[str, Node], data: Path, out: Path, params: bytes | None, say: Say
    ) -> Mapping[str, Any]:
        """Refuse to run: this scenario computes no figures.

        Raises:
            InputError: `scenario.demo-only`.
        """
        raise errors.SCENARIO_DEMO_ONLY()


SCENARIO: Final = MaintenanceContract()
