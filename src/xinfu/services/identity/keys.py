"""The keys of each context: made at first start, sealed in the store, rotated without downtime (D-06).

A message key signs tokens and credentials, a log key signs checkpoints, a contract key signs digital contracts; none
does another's work.

- A new message key is in the DID document before it signs, so that a peer that has just read that knows the key.
  The old one stays until its tokens have expired, and for as long as credentials live that it signed.
- A new log key is announced in the log under a checkpoint of the old one, which vouches for it; then the old one
  is retired under a checkpoint of the new one. So whoever trusts either of them comes to trust the other (D-20).
- A contract key has an algorithm of its own, which may be SM2. Where the present one has a certificate the new one
  waits for its own before it signs. The old one stays listed as long as a contract lives.
"""

import asyncio
import logging
from datetime import datetime, timedelta
from typing import Final

import msgspec
from msgspec.structs import replace

from xinfu.credentials import DidDocument, build_did_document
from xinfu.errors import ConfigError
from xinfu.evidence import digest_hex
from xinfu.ports.clock import Clock
from xinfu.ports.identity import OwnIdentity
from xinfu.ports.keymaker import KeyMaker
from xinfu.ports.keyring import Keyring
from xinfu.ports.observer import Observer
from xinfu.ports.records import HELD_CREDENTIALS, KEYS, HeldCredential, KeyRecord, KeyState, KeyUse
from xinfu.ports.sealing import ContractKey
from xinfu.ports.signer import Algorithm, Signer
from xinfu.ports.store import Step, Store
from xinfu.services.contexts.context import Context, Contexts
from xinfu.services.evidence.notes import record_entry
from xinfu.services.evidence.sequencer import sequence
from xinfu.services.identity import errors
from xinfu.services.identity.key_records import begins, facts_of, is_listed, listed_as, lives_until

_log = logging.getLogger(__name__)
LEAD: Final = timedelta(seconds=10)
"""How long a new message key is published before it signs; peers look again after 5 s at most."""
OVERLAP: Final = timedelta(minutes=10)
"""How long an old key stays in the DID document: the life of a token, the skew, and caches."""


def keys_topic(context: str) -> str:
    """The topic of a change to a context's keys or credentials; other workers then read them again."""
    return f"keys {context}"


class ContextKeys(msgspec.Struct, frozen=True, kw_only=True):
    """The signing keys and credentials of a context, and every key that its DID document may list.

    Attributes:
        message: from when each message key signs, the newest first.
    """

    message: tuple[tuple[datetime, Signer], ...]
    log: Signer
    keys: tuple[KeyRecord, ...]
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
        contract_algorithm: Algorithm = "EdDSA",
        observer: Observer | None = None,
    ) -> None:
        self._store = store
        self._keyring = keyring
        self._maker = maker
        self._clock = clock
        self._contexts = contexts
        self._algorithm: Algorithm = algorithm
        self._contract_algorithm: Algorithm = contract_algorithm
        self._observer = observer
        self._held: dict[str, ContextKeys] = {}
        self._rotating = asyncio.Lock()

    async def open(self) -> None:
        """Load the keys of every context, make missing ones, and finish a rotation that broke off."""
        for context in self._contexts:
            await self._open(context)

    async def admit(self) -> None:
        """Load or make the keys of contexts that were added while the node runs."""
        for context in self._contexts:
            if context.id not in self._held:
                await self._open(context)

    async def _open(self, context: Context) -> None:
        async with self._store.view(context.id) as view:
            known = await view.of(KEYS).find(KEYS.state.equals(KeyState.ACTIVE), limit=100)
            announced = await view.of(KEYS).find(KEYS.state.equals(KeyState.ANNOUNCED), limit=100)
        for use in (KeyUse.MESSAGE, KeyUse.LOG):
            if not any(key.use is use for key in known):
                await self._add(self._generate(context, use), first=True)
        await self.reload(context.id)
        if not any(key.use is KeyUse.CONTRACT for key in known):
            await self._begin_contracts(context.id)
        for key in announced:
            if key.use is KeyUse.LOG:
                await self._take_over(context, key)

    async def reload(self, context: str) -> None:
        """Read the keys and credentials of a context again, after they changed."""
        async with self._store.view(context) as view:
            keys = await view.of(KEYS).find(limit=1000)
            credentials = await view.of(HELD_CREDENTIALS).find(limit=100)
        now = self._clock.now()
        logs = [key for key in keys if key.use is KeyUse.LOG and key.state is KeyState.ACTIVE]
        if not logs:
            return  # its first keys are being made
        log = max(logs, key=begins)
        self._held[context] = ContextKeys(
            message=tuple(
                (begins(key), self._wake(key))
                for key in sorted(keys, key=begins, reverse=True)
                if key.use is KeyUse.MESSAGE and is_listed(key, now)
            ),
            log=self._wake(log),
            keys=tuple(keys),
            credentials=tuple(each.jwt for each in credentials if each.expires is None or each.expires > now),
        )

    def own(self, context: str) -> OwnIdentity:
        """The DID, the signing key and the credentials with which a context proves its identity.

        Raises:
            NotFoundError: `context.not-found`.
        """
        did = self._contexts.get(context).participant
        return OwnIdentity(
            did=did, signer=self.message_signer(context), credentials=self._of(context).credentials
        )

    def log_signer(self, context: str) -> Signer:
        """The key that signs a context's checkpoints."""
        return self._of(context).log

    def message_signer(self, context: str) -> Signer:
        """The key that signs a context's tokens and credentials now."""
        keys, now = self._of(context).message, self._clock.now()
        return next((signer for start, signer in keys if start <= now), keys[-1][1])

    def document(self, context: str) -> DidDocument:
        """The DID document as it is published now."""
        ours, now = self._contexts.get(context), self._clock.now()
        listed = [listed_as(key, now) for key in self._of(context).keys if is_listed(key, now)]
        version_url = f"{ours.protocol_root}/.well-known/dspace-version"
        return build_did_document(ours.participant, listed, version_url=version_url)

    def contract_record(self, context: str) -> KeyRecord | None:
        """The record of the key that signs a context's contracts now; None when there is none yet.

        Raises:
            NotFoundError: `context.not-found`.
        """
        now = self._clock.now()
        keys = sorted(self._contract_keys(context), key=begins, reverse=True)
        usable = [key for key in keys if key.state in {KeyState.ACTIVE, KeyState.RETIRING}]
        return next((key for key in usable if begins(key) <= now), usable[-1] if usable else None)

    async def contract_key(self, context: str) -> ContractKey:
        """The key that signs a context's contracts now, with its certificates; made if there is none yet.

        Raises:
            NotFoundError: `context.not-found`.
            ConfigError: `algorithm.unavailable`.
        """
        record = self.contract_record(context) or await self.rotate(context, KeyUse.CONTRACT)
        return ContractKey(signer=self._wake(record), certificates=record.certificates)

    async def uncertified_key(self, context: str) -> Signer:
        """The contract key that needs a certificate: the newest that signs or will sign; made if there is none yet.

        Raises:
            NotFoundError: `context.not-found`.
            ConfigError: `algorithm.unavailable`.
        """
        newest = next(iter(self._usable(context)), None)
        return self._wake(newest) if newest else (await self.contract_key(context)).signer

    async def certify(
        self, context: str, public_jwk: dict[str, str], chain: tuple[bytes, ...], subject: str
    ) -> KeyRecord:
        """Store the certificates of a contract key, which signs from now on if it did not yet.

        Args:
            public_jwk: of the key that the first certificate is about.
            subject: the subject of the first certificate, as one line.

        Raises:
            NotFoundError: `context.not-found`, `key.not-found`: none of ours that signs contracts or will.
        """
        found = next((key for key in self._usable(context) if key.public_jwk == public_jwk), None)
        if found is None:
            raise errors.KEY_NOT_FOUND()
        async with self._store.step(context) as step:
            await step.alone("keys")
            key = replace(await step.of(KEYS).lock(found.id), certificates=chain)
            if key.state is KeyState.ANNOUNCED:
                await self._retire(step, KeyUse.CONTRACT)
                key = replace(key, state=KeyState.ACTIVE)
            if not found.certificates:
                key = replace(key, signs_from=self._clock.now())
            await step.of(KEYS).save(key)
            digest = digest_hex(chain[0])
            await record_entry(
                step, self._clock, "key.certified", {"kid": key.id, "subject": subject, "digest": digest}
            )
            step.publish(keys_topic(context))
        await self.reload(context)
        return key

    async def adopt(self, context: str, pkcs8: bytes, public_jwk: dict[str, str]) -> None:
        """Store a contract key that an authority made; it signs once its certificate is stored.

        Args:
            public_jwk: of the key that the certificate is about.

        Raises:
            NotFoundError: `context.not-found`, `key.not-found`: it is another key.
            InputError: `key.unreadable`.
            ConfigError: `algorithm.unavailable`.
        """
        ours = self._contexts.get(context)
        algorithm, private = self._maker.read(pkcs8)
        async with self._rotating:
            made = self._sealed(ours, KeyUse.CONTRACT, algorithm, private, state=KeyState.ANNOUNCED)
            if made.public_jwk != public_jwk:
                raise errors.KEY_NOT_FOUND()
            if all(key.public_jwk != public_jwk for key in self._contract_keys(context)):
                await self._replace_waiting(ours, made)

    async def rotate(self, context: str, use: KeyUse, *, algorithm: Algorithm | None = None) -> KeyRecord:
        """Make a new key of a context, and let it sign as soon as others can check what it signs.

        A message key signs after `LEAD` and a log key at once; a contract key as `_rotate_contract` says.

        Args:
            algorithm: of a contract key; None: the configured one.

        Raises:
            NotFoundError: `context.not-found`.
            ConfigError: `algorithm.unavailable`.
        """
        ours = self._contexts.get(context)
        async with self._rotating:
            if use is KeyUse.CONTRACT:
                return await self._rotate_contract(ours, algorithm or self._contract_algorithm)
            if use is KeyUse.LOG:
                announced = self._generate(ours, use, state=KeyState.ANNOUNCED)
                await self._add(announced)
                return await self._take_over(ours, announced)
            made = self._generate(ours, use, signs_from=self._clock.now() + LEAD)
            await self._add(made, retiring=True)
            await self.reload(context)
            return made

    async def hold(self, context: str, credential: HeldCredential) -> None:
        """Store a credential about ourselves, in place of any of its type; every token includes it from now on."""
        async with self._store.step(context) as step:
            for older in await step.of(HELD_CREDENTIALS).find(
                HELD_CREDENTIALS.type.equals(credential.type), limit=100
            ):
                await step.of(HELD_CREDENTIALS).remove(older.id)
            await step.of(HELD_CREDENTIALS).add(credential)
            step.publish(keys_topic(context))
        await self.reload(context)

    def _usable(self, context: str) -> list[KeyRecord]:
        """The contract keys that sign or will sign, the newest first."""
        keys = [
            key for key in self._contract_keys(context) if key.state in {KeyState.ANNOUNCED, KeyState.ACTIVE}
        ]
        return sorted(keys, key=lambda key: key.created, reverse=True)

    def _waiting(self, context: str) -> KeyRecord | None:
        keys = self._contract_keys(context)
        return next((key for key in keys if key.state is KeyState.ANNOUNCED), None)

    def _contract_keys(self, context: str) -> list[KeyRecord]:
        return [key for key in self._of(context).keys if key.use is KeyUse.CONTRACT]

    async def _begin_contracts(self, context: str) -> None:
        """Make the first contract key; without its algorithm on this system, only warn."""
        try:
            await self.contract_key(context)
        except ConfigError as error:
            _log.warning("keys.no-contract-key", extra={"context": context, "code": error.code})

    async def _rotate_contract(self, context: Context, algorithm: Algorithm) -> KeyRecord:
        """Make a contract key: the first signs at once, later ones after `LEAD`, or once certified if the last was."""
        now, before = self._clock.now(), self.contract_record(context.id)
        waits = before is not None and bool(before.certificates)
        made = self._generate(
            context,
            KeyUse.CONTRACT,
            algorithm=algorithm,
            state=KeyState.ANNOUNCED if waits else KeyState.ACTIVE,
            signs_from=now + LEAD if before and not waits else None,
        )
        await self._replace_waiting(context, made, retiring=not waits, first=before is None)
        return made if before else self.contract_record(context.id) or made

    async def _replace_waiting(
        self, context: Context, made: KeyRecord, *, retiring: bool = False, first: bool = False
    ) -> None:
        """Add a contract key, and retire the key that still waited for its certificate."""
        waiting = self._waiting(context.id)
        if waiting is not None:
            async with self._store.step(context.id) as step:
                await step.of(KEYS).save(replace(waiting, state=KeyState.RETIRED))
        await self._add(made, retiring=retiring, first=first)
        await self.reload(context.id)

    def _of(self, context: str) -> ContextKeys:
        held = self._held.get(context)
        if held is None:
            raise errors.CONTEXT_NOT_FOUND()
        return held

    def _generate(
        self,
        context: Context,
        use: KeyUse,
        *,
        algorithm: Algorithm | None = None,
        state: KeyState = KeyState.ACTIVE,
        signs_from: datetime | None = None,
    ) -> KeyRecord:
        algorithm = algorithm or self._algorithm
        private = self._maker.generate(algorithm, context.participant).private
        return self._sealed(context, use, algorithm, private, state=state, signs_from=signs_from)

    def _sealed(
        self,
        context: Context,
        use: KeyUse,
        algorithm: Algorithm,
        private: bytes,
        *,
        state: KeyState,
        signs_from: datetime | None = None,
    ) -> KeyRecord:
        """The record of a private key, sealed, with an id of its own."""
        now = self._clock.now()
        id_ = f"{context.participant}#{use}-{now:%Y%m%d%H%M%S%f}"
        return KeyRecord(
            id=id_,
            context=context.id,
            use=use,
            algorithm=algorithm,
            public_jwk=self._maker.load(algorithm, id_, private).public_jwk(),
            envelope=self._keyring.seal(private, context=context.id, name=id_),
            state=state,
            created=now,
            signs_from=signs_from,
        )

    async def _add(self, key: KeyRecord, *, retiring: bool = False, first: bool = False) -> None:
        """Store a new key; with `retiring`, retire the one before it in the same step.

        Args:
            first: store it only if there is none yet, since another worker may have made one at the same moment.
        """
        async with self._store.step(key.context) as step:
            await step.alone("keys")
            mine = (KEYS.use.equals(key.use), KEYS.state.equals(KeyState.ACTIVE))
            if first and await step.of(KEYS).find(*mine, limit=1):
                return
            step.publish(keys_topic(key.context))
            if retiring:
                await self._retire(step, key.use)
            await step.of(KEYS).add(key)
            await record_entry(step, self._clock, "key.added", facts_of(key))

    async def _take_over(self, context: Context, announced: KeyRecord) -> KeyRecord:
        """Let an announced log key sign, once a checkpoint of the key before it contains the announcement."""
        origin, now = context.participant, self._clock.now()
        while await sequence(
            self._store,
            context.id,
            signer=self.log_signer(context.id),
            origin=origin,
            now=now,
            observer=self._observer,
        ):
            pass
        async with self._store.step(context.id) as step:
            await step.alone("keys")
            key = await step.of(KEYS).lock(announced.id)
            if key.state is KeyState.ANNOUNCED:  # else another worker was faster
                head = await step.log.head()
                await self._retire(step, KeyUse.LOG)
                key = replace(key, state=KeyState.ACTIVE, signs_from=now, vouched_at=head and head.size)
                await step.of(KEYS).save(key)
                step.publish(keys_topic(context.id))
        await self.reload(context.id)
        return key

    async def _retire(self, step: Step, use: KeyUse) -> None:
        until = self._clock.now() + LEAD + OVERLAP
        for old in await step.of(KEYS).find(
            KEYS.use.equals(use), KEYS.state.equals(KeyState.ACTIVE), limit=100
        ):
            lives = await lives_until(step, use)
            retiring = replace(old, state=KeyState.RETIRING, retire_at=until, credentials_until=lives)
            await step.of(KEYS).save(retiring)
            await record_entry(step, self._clock, "key.retired", facts_of(old))

    def _wake(self, key: KeyRecord) -> Signer:
        private = self._keyring.open(key.envelope, context=key.context, name=key.id)
        return self._maker.load(key.algorithm, key.id, private)
