"""The keys of each context: made at first start, sealed in the store, rotated without downtime (D-06).

A message key signs tokens and credentials, a log key signs checkpoints; neither does the other's work. On a
rotation the new key signs at once; the old one stays in the DID document until what it signed has expired.
The log of keys is in the evidence, so that old receipts still verify (D-20).
"""

from datetime import timedelta
from typing import Final

import msgspec
from msgspec.structs import replace

from xinfu.credentials import DidDocument, OwnKey, build_did_document
from xinfu.errors import NotFoundError
from xinfu.evidence import key_facts
from xinfu.ports.clock import Clock
from xinfu.ports.identity import Own
from xinfu.ports.keymaker import KeyMaker
from xinfu.ports.keyring import Keyring
from xinfu.ports.records import HeldCredential, KeyRecord, KeyState, KeyUse
from xinfu.ports.signer import Algorithm, Signer
from xinfu.ports.store import Step, Store
from xinfu.services.contexts import Context, Contexts
from xinfu.services.proof import note

OVERLAP: Final = timedelta(minutes=10)
"""How long an old message key stays in the DID document: the life of a token, the skew, and caches."""


class Held(msgspec.Struct, frozen=True, kw_only=True):
    """What a context signs with now, and every key that its DID document lists."""

    message: Signer
    log: Signer
    listed: tuple[OwnKey, ...]
    credentials: tuple[str, ...]


class KeyCabinet:
    """The keys of all contexts, in memory while the node runs; the store holds them sealed."""

    def __init__(
        self,
        *,
        store: Store,
        keyring: Keyring,
        maker: KeyMaker,
        clock: Clock,
        contexts: Contexts,
        algorithm: Algorithm,
    ) -> None:
        self._store = store
        self._keyring = keyring
        self._maker = maker
        self._clock = clock
        self._contexts = contexts
        self._algorithm: Algorithm = algorithm
        self._held: dict[str, Held] = {}

    async def open(self) -> None:
        """Load the keys of every context, making those that are missing."""
        for context in self._contexts:
            async with self._store.view(context.id) as view:
                known = await view.keys.find({"state": str(KeyState.ACTIVE)}, limit=100)
            for use in (KeyUse.MESSAGE, KeyUse.LOG):
                if not any(key.use is use for key in known):
                    await self._make(context, use)
            await self.reload(context.id)

    async def reload(self, context: str) -> None:
        """Read the keys and credentials of a context again, after they changed."""
        async with self._store.view(context) as view:
            keys = await view.keys.find(limit=1000)
            credentials = await view.held_credentials.find(limit=100)
        now = self._clock.now()
        active = [key for key in keys if key.state is KeyState.ACTIVE]
        listed = [
            key
            for key in keys
            if key.state is KeyState.ACTIVE
            or (key.state is KeyState.RETIRING and key.retire_at is not None and key.retire_at > now)
        ]
        self._held[context] = Held(
            message=self._wake(_newest(active, KeyUse.MESSAGE)),
            log=self._wake(_newest(active, KeyUse.LOG)),
            listed=tuple(_own_key(key) for key in listed),
            credentials=tuple(each.jwt for each in credentials if each.expires is None or each.expires > now),
        )

    def own(self, context: str) -> Own:
        """What a context proves itself with.

        Raises:
            NotFoundError: `context.not-found`.
        """
        held = self._of(context)
        did = self._contexts.get(context).participant
        return Own(did=did, signer=held.message, credentials=held.credentials)

    def log_signer(self, context: str) -> Signer:
        """The key that signs a context's checkpoints."""
        return self._of(context).log

    def message_signer(self, context: str) -> Signer:
        """The key that signs a context's tokens and credentials."""
        return self._of(context).message

    def document(self, context: str) -> DidDocument:
        """The DID document as it is published now."""
        ours = self._contexts.get(context)
        version_url = f"{ours.protocol_root}/.well-known/dspace-version"
        return build_did_document(ours.participant, self._of(context).listed, version_url=version_url)

    async def rotate(self, context: str, use: KeyUse) -> KeyRecord:
        """Let a fresh key sign from now on; the old one leaves the DID document when its work has expired.

        Raises:
            NotFoundError: `context.not-found`.
        """
        ours = self._contexts.get(context)
        made = await self._make(ours, use)
        await self.reload(context)
        return made

    async def hold(self, context: str, credential: HeldCredential) -> None:
        """Keep a credential about ourselves; it is inlined into every token from now on."""
        async with self._store.step(context) as step:
            for older in await step.held_credentials.find({"type": credential.type}, limit=100):
                await step.held_credentials.remove(older.id)
            await step.held_credentials.add(credential)
        await self.reload(context)

    def _of(self, context: str) -> Held:
        held = self._held.get(context)
        if held is None:
            raise NotFoundError(
                "context.not-found", "This node plays no such participant.", "本节点没有这个参与方上下文。"
            )
        return held

    async def _make(self, context: Context, use: KeyUse) -> KeyRecord:
        now = self._clock.now()
        id_ = f"{context.participant}#{use}-{now:%Y%m%d%H%M%S%f}"
        new = self._maker.generate(self._algorithm, id_)
        record = KeyRecord(
            id=id_,
            context=context.id,
            use=use,
            algorithm=self._algorithm,
            public_jwk=new.signer.public_jwk(),
            envelope=self._keyring.seal(new.private, context=context.id, name=id_),
            created=now,
        )
        async with self._store.step(context.id) as step:
            for old in await step.keys.find({"use": str(use), "state": str(KeyState.ACTIVE)}, limit=100):
                await self._retire(step, old)
            await step.keys.add(record)
            facts = key_facts(record.id, record.public_jwk, purpose=_purpose(use))
            await note(step, self._clock, "key.added", facts)
        return record

    async def _retire(self, step: Step, old: KeyRecord) -> None:
        retiring = replace(old, state=KeyState.RETIRING, retire_at=self._clock.now() + OVERLAP)
        await step.keys.save(retiring)
        facts = key_facts(old.id, old.public_jwk, purpose=_purpose(old.use))
        await note(step, self._clock, "key.retired", facts)

    def _wake(self, key: KeyRecord) -> Signer:
        private = self._keyring.open(key.envelope, context=key.context, name=key.id)
        return self._maker.load(key.algorithm, key.id, private)


def _newest(keys: list[KeyRecord], use: KeyUse) -> KeyRecord:
    return max((key for key in keys if key.use is use), key=lambda key: key.created)


def _purpose(use: KeyUse) -> str:
    return "log" if use is KeyUse.LOG else "sign"


def _own_key(key: KeyRecord) -> OwnKey:
    return OwnKey(id=key.id, jwk=key.public_jwk, use="log" if key.use is KeyUse.LOG else "sign")
