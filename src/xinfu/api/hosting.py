"""Participants of a node, and what each may use of it."""

from xinfu.api.shape import View


class ParticipantView(View, frozen=True, kw_only=True):
    """A participant of the node. `protocol` and `data` are the addresses at which others reach it."""

    id: str
    participant: str
    name: dict[str, str]
    protocol: str
    data: str


class LimitsView(View, frozen=True, kw_only=True):
    """How much of the node one participant may take; None: no bound."""

    datasets: int | None = None
    negotiations: int | None = None
    transfers: int | None = None
    reads: int | None = None


class HostedView(ParticipantView, frozen=True, kw_only=True):
    """A participant that the node hosts; `entity` and `connector` are its codes, or empty.

    `grade` is that of its assets which name none. Its sources may lie below `folders`, and at `sources` where these
    are no public addresses.
    """

    entity: str
    connector: str
    grade: int | None
    folders: list[str]
    sources: list[str]
    limits: LimitsView
    closed: bool


class HostedListView(View, frozen=True, kw_only=True):
    """The hosted participants that the key gives access to."""

    items: list[HostedView]


class UsedView(View, frozen=True, kw_only=True):
    """How much of what is bounded a participant takes now."""

    datasets: int
    negotiations: int
    transfers: int
    reads: int


class HostedDetailView(View, frozen=True, kw_only=True):
    """A hosted participant, and how much of the node it takes."""

    context: HostedView
    used: UsedView


class AddedView(View, frozen=True, kw_only=True):
    """A context that was added, and the API key that opens it alone; the key is never shown again."""

    context: HostedView
    api_key: str

    def __repr__(self) -> str:
        return f"AddedView(context={self.context!r})"


class FreshKeyView(View, frozen=True, kw_only=True):
    """An API key that opens one context; it is never shown again."""

    api_key: str

    def __repr__(self) -> str:
        return "FreshKeyView()"


class NodeView(View, frozen=True, kw_only=True):
    """A node: its version, and the participants that it plays, the first by default."""

    version: str
    contexts: list[HostedView]
