"""EDC's recorded exchanges: in their order, with ids, dates, ports and generated names masked."""

import base64
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import msgspec

EDC: Final = "https://w3id.org/edc/v0.0.1/ns/"
_UUID: Final = re.compile(r"(urn:uuid:)?[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_PORT: Final = re.compile(r"(?<=//127\.0\.0\.1):\d+")
_WHEN: Final = frozenset({"createdAt", "stateTimestamp", "lastActive", "contractSigningDate"})
_TEXTS: Final = frozenset({"authorization", "endpoint", "counterPartyAddress", "url"})


class Exchange(msgspec.Struct, frozen=True, kw_only=True):
    """One recorded request and its answer."""

    name: str
    side: str
    method: str
    path: str
    headers: Mapping[str, str]
    body: Any
    status: int
    answer: Any

    @property
    def version(self) -> str:
        return self.path.split("/")[2]


def recorded(folder: Path) -> list[Exchange]:
    """The exchanges of a folder in the order in which they were recorded."""
    files = sorted(folder.glob("*.json"), key=lambda file: int(file.name.split("-")[0]))
    return [_read(file) for file in files]


def _read(file: Path) -> Exchange:
    told = json.loads(file.read_text(encoding="utf-8"))
    request, response = told["request"], told["response"]
    return Exchange(
        name=file.stem,
        side=told["side"],
        method=request["method"],
        path=request["path"],
        headers=request["headers"],
        body=request["body"],
        status=response["status"],
        answer=response["body"],
    )


def masked(value: Any, key: str = "") -> Any:
    """`value` with everything that differs from run to run replaced by what it is."""
    if isinstance(value, dict):
        return {name: masked(each, name) for name, each in value.items()}
    if isinstance(value, list):
        return [masked(each, key) for each in value]
    if key in _WHEN and isinstance(value, int | float):
        return f"<{key}>"
    if key in _TEXTS and isinstance(value, str):
        return f"<{key}>"
    if isinstance(value, str):
        return _PORT.sub(":<port>", _UUID.sub("<uuid>", value))
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value


def offered(offer_id: str) -> tuple[str, str] | None:
    """Definition and asset that a recorded offer id names; None when it names none."""
    parts = offer_id.split(":")
    if len(parts) != 3:
        return None
    try:
        definition, asset = (base64.b64decode(part).decode() for part in parts[:2])
    except ValueError:
        return None
    return definition, asset
