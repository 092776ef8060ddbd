"""S03 as a scenario for the commands: the demo, and the run that computes the card's figures through real nodes."""

import asyncio
import tempfile
from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import msgspec
from msgspec import Struct

from xinfu.client import Node
from xinfu_scenarios.diary import now, participant
from xinfu_scenarios.s03 import errors, exchange, play, texts
from xinfu_scenarios.s03.exchange import Product
from xinfu_scenarios.s03.figures import figures, sources
from xinfu_scenarios.s03.generator import write_generated
from xinfu_scenarios.s03.params import Params, read_params
from xinfu_scenarios.s03.story import Story
from xinfu_scenarios.s03.terms import Terms
from xinfu_scenarios.scenario import Participant, Say
from xinfu_scenarios.words import Text

PROVIDER: Final = "environment"
CONSUMER: Final = "emergency"


class HeavyPollutionAlert(Struct, frozen=True, kw_only=True):
    """The orange alert. Follows `xinfu_scenarios.scenario.Scenario`."""

    name: str = "S03"
    title: Text = Text(en="Heavy-pollution orange alert", zh="重污染天气橙色预警")
    participants: tuple[Participant, ...] = (
        Participant(key=PROVIDER, name=texts.PROVIDER_NAME, role="provider"),
        Participant(key=CONSUMER, name=texts.CONSUMER_NAME, role="consumer"),
    )

    needs_data: bool = True

    @property
    def params_schema(self) -> Mapping[str, Any]:
        """The JSON Schema of the scenario's parameters."""
        return msgspec.json.schema(Params)

    def cast(self, params: bytes | None) -> Sequence[Participant]:
        """The participants of the scenario, providers first."""
        return self.participants

    async def demo(
        self, nodes: Mapping[str, Node], out: Path, files: Sequence[Path] | None, say: Say
    ) -> Story:
        """Play the main job and write `alert.html` into `out`.

        The tables that are published lie in `out` (generated) or where `files` says: the provider's node must
        be allowed to publish from there.

        Raises:
            XinfuError: a table cannot be used, or a node did not do its part.
        """
        params = Params()
        if files is None:
            folder = out / "published"
            await asyncio.to_thread(folder.mkdir, parents=True, exist_ok=True)
            files = [await asyncio.to_thread(write_generated, folder, params.generator)]
        return await play.play(nodes[PROVIDER], nodes[CONSUMER], files, out=out, params=params, say=say)

    async def run(
        self, nodes: Mapping[str, Node], data: Path, out: Path, params: bytes | None, say: Say
    ) -> Mapping[str, Any]:
        """Pass every data file through the nodes and compute the figures from the copies that arrived.

        Raises:
            InputError: the parameters or a file cannot be used.
            RefusedError: a file was not handed out; the alert was given an end that no decision gives.
        """
        asked = read_params(params or b"{}")
        with tempfile.TemporaryDirectory(prefix="xinfu-s03-") as folder:
            arrived = {
                name: await _through_the_nodes(nodes, data, name, Path(folder), say)
                for name in sources(asked)
            }
            found = await asyncio.to_thread(figures, arrived, asked)
        plain: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(found))
        return plain


async def _through_the_nodes(
    nodes: Mapping[str, Node], data: Path, name: str, folder: Path, say: Say
) -> Path:
    """Publish a data file, pull it under an agreement, and return the path of the copy."""
    source = data / name
    if not source.is_file():
        raise errors.SCENARIO_FILE_ABSENT(name=name)
    product = Product(id=f"s03-{name}", title=Text(en=name, zh=name), path=source, generated=False)
    terms = Terms(until=now() + timedelta(hours=1))
    await exchange.publish(nodes[PROVIDER], product, terms)
    provider = await participant(nodes[PROVIDER])
    agreed = await exchange.negotiate(nodes[CONSUMER], provider, product)
    pulled = await exchange.pull(agreed, folder / name)
    say(
        f"{name}: agreed in {agreed.took_ms} ms, {pulled.size_bytes:,} bytes arrived",
        f"{name}：{agreed.took_ms} 毫秒达成协议，收到 {pulled.size_bytes:,} 字节",
    )
    return pulled.path


SCENARIO: Final = HeavyPollutionAlert()
