"""Promises of an outbox of version 0015 or older, whose columns meant something else in each kind of row.

The migration to 0016 keeps the columns of such a row in an object of the form of `FlatPromise`.
"""

from typing import Any

import msgspec

from xinfu.ports.records import Event, outbox


class FlatPromise(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="delivery", tag="flat"
):
    """The columns of an old row; `work` is what its `delivery` was, `hex` its payload."""

    work: str
    family: str
    process: str
    kind: str
    peer: str
    url: str
    sealed: int
    hex: str

    def promise(self) -> outbox.Promise:
        """The promise of the row.

        Raises:
            ValueError, msgspec.MsgspecError: it cannot be read.
        """
        found: outbox.Promise = msgspec.convert(self._fields(), outbox.Promise)
        return found

    def _fields(self) -> dict[str, Any]:
        payload, (name, _, rest) = bytes.fromhex(self.hex), self.process.partition(" ")
        kind = {"delivery": self.work, "kind": self.kind}
        of = {"family": self.family, "process": self.process}
        match self.work:
            case "message":
                sent = {"url": self.url, "body": payload, "sealed": bool(self.sealed)}
                return {**kind, **of, "peer": self.peer, **sent}
            case "answer" if self.kind == Event.AGREEMENT_CONCLUDED:
                return {"delivery": "agreement-event", "agreement": self.process}
            case "answer" if self.family == "contract":
                return {**kind, "delivery": "contract-event", "contract": self.process}
            case "answer" | "flow":
                order = msgspec.json.decode(payload)
                return {**kind, **of, "delivery": "event", "peer": self.peer, "order": order}
            case "callback":
                _, number, process = self.process.split(":", 2)
                post = {"process": process, "number": int(number), "url": self.url, "envelope": payload}
                return {**kind, **of, **post}
            case "push":
                return {"delivery": "push", "transfer": payload.decode()}
            case "notice":
                delivery = "question" if name == "standing" else "notice"
                return {**kind, "delivery": delivery, "agreement": rest, "peer": self.peer, "body": payload}
            case "stop":
                return {**kind, "agreement": self.process}
            case "interface":
                return {**kind, "contract": name, "receiver": self.peer, "content": payload}
        raise ValueError(f"no promise is a {self.work}")
