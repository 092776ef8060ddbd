"""The interface of a scenario to the commands that play it, and the way in which they find it.

A scenario is an object under the entry point group `xinfu.scenarios`. The command starts one node for each
of its `participants`, or hosts it at the node of another, connects a client to each, and hands the clients over by
`key`; that of the operator of their space is `operator`. A scenario never starts a node, opens no store, and knows of
a node only what `xinfu.client` gives to any user.
"""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Protocol

from msgspec import Struct

from xinfu.client import Node
from xinfu_scenarios.words import Text

Say = Callable[[str, str], None]
"""Shows the person the current step: a sentence in English, and the same in Chinese."""


class Participant(Struct, frozen=True, kw_only=True):
    """An organisation for which a scenario needs a node.

    Args:
        key: the key by which the scenario finds its node, and the node's name in addresses; lower case.
        role: provider or consumer in the story (a node can be both).
        host: key of the participant whose node hosts it; empty for a node of its own.
        claims: claims of its membership credential besides the space.
        entity, connector: its codes, if it signs digital contracts, which the operator's node then files.
    """

    key: str
    name: Text
    role: str
    host: str = ""
    claims: Mapping[str, str] = {}
    entity: str = ""
    connector: str = ""


class Told(Protocol):
    """The result of a demo: a page, and lines for people who only read the terminal."""

    @property
    def page(self) -> Path:
        """The self-contained page that was written."""

    @property
    def lines(self) -> Sequence[Text]:
        """The result in a few sentences, each in both languages."""

    @property
    def receipts(self) -> Sequence[Path]:
        """The receipts that were written into the page's folder."""


class Scenario(Protocol):
    """A scenario that the commands can play."""

    @property
    def name(self) -> str:
        """The number of the scenario, such as `S03`."""

    @property
    def title(self) -> Text:
        """The title of the scenario."""

    @property
    def participants(self) -> Sequence[Participant]:
        """The participants of the scenario, providers first."""

    def cast(self, params: bytes | None) -> Sequence[Participant]:
        """The participants of the scenario with these parameters, providers first.

        Raises:
            InputError: `scenario.params-wrong`.
        """

    @property
    def needs_data(self) -> bool:
        """Whether `run` computes its figures from a folder of data sets."""

    @property
    def params_schema(self) -> Mapping[str, object]:
        """The JSON Schema of the scenario's parameters."""

    async def demo(
        self, nodes: Mapping[str, Node], out: Path, files: Sequence[Path] | None, say: Say
    ) -> Told:
        """Play the main job and write its page into the folder `out`.

        Args:
            files: the person's own tables; None plays generated data.

        Raises:
            XinfuError: what could not be done, in both languages.
        """

    async def run(
        self, nodes: Mapping[str, Node], data: Path, out: Path, params: bytes | None, say: Say
    ) -> Mapping[str, object]:
        """Pass the data through the nodes and compute the scenario's figures from what arrived.

        Args:
            data: the folder that holds the data sets; any where it needs none.
            out: a folder for its other output; the nodes may publish from both folders.
            params: a JSON text of what to change; None changes nothing.

        Returns:
            The figures, under the keys of the card, as plain JSON values.
        """
