"""A node's own settings: answers, address book, keys, credentials."""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from xinfu.api import (
    AnswerView,
    CertificateView,
    ContradictionView,
    HeldView,
    IssuedRecordView,
    IssuedView,
    KeyView,
    KnownView,
    RequestedView,
    SecretView,
)
from xinfu.client.handle import Handle


class Answers(Handle):
    """Stored answers, which decide without a person."""

    async def list(self) -> list[AnswerView]:
        """Return all stored answers."""
        return [each async for each in self._transport.pages("/answers", AnswerView)]

    async def set(
        self,
        id_: str,
        *,
        on: str,
        do: Sequence[str],
        dataset: str | None = None,
        agreement: str | None = None,
        peer: str | None = None,
        priority: int = 0,
        reason: str | None = None,
    ) -> AnswerView:
        """Store an answer, or a new version of it.

        Args:
            on: an event, such as "requested" or "transfer-requested".
            do: acts one after another, such as ["agree"] or ["hold"].
            priority: the matching answer with the highest priority applies, then the first by id.
        """
        body = {"on": on, "do": [do] if isinstance(do, str) else [*do], "priority": priority}
        body |= {"dataset": dataset, "agreement": agreement, "peer": peer, "reason": reason}
        return await self._transport.put(f"/answers/{quote(id_, safe='')}", AnswerView, body)

    async def remove(self, id_: str) -> None:
        """Remove an answer.

        Raises:
            NotFoundError: `answer.not-found`.
        """
        await self._transport.delete(f"/answers/{quote(id_, safe='')}")


class Participants(Handle):
    """The address book."""

    async def list(self) -> list[KnownView]:
        """Return all entries."""
        return [each async for each in self._transport.pages("/participants", KnownView)]

    async def set(
        self,
        alias: str,
        did: str,
        *,
        base: str | None = None,
        entity: str | None = None,
        connector: str | None = None,
        name: str | None = None,
    ) -> KnownView:
        """Add a participant to the address book, or change its entry.

        Arguments that are None change nothing, unless the alias belonged to another DID; "" removes the value.

        Args:
            base: its protocol address, instead of the one in its DID document.
            entity, connector: its codes by NDI-TR-2025-04. name: its name in contracts.

        Raises:
            InputError: `identifier.*`: of a code; `identifier.check`: its check character is wrong. `participant.*`.
        """
        body = {"did": did, "base": base, "entity": entity, "connector": connector, "name": name}
        return await self._transport.put(f"/participants/{quote(alias, safe='')}", KnownView, body)

    async def accept_log(self, participant: str, *, reason: str) -> ContradictionView:
        """Accept the present evidence log of a participant, even if it contradicts an earlier one.

        Args:
            participant: a DID or an alias.
        """
        path = f"/participants/{quote(participant, safe='')}/log/accept"
        return await self._transport.post(path, ContradictionView, {"reason": reason})

    async def did(self, participant: str) -> str | None:
        """Return the DID of an alias, or a DID unchanged; None for an unknown alias."""
        if participant.startswith("did:"):
            return participant
        return next((each.did for each in await self.list() if each.id == participant), None)


class Secrets(Handle):
    """Secrets of the node's sources, by name: written and never read back."""

    async def list(self) -> list[SecretView]:
        """Return the names of the secrets."""
        return [each async for each in self._transport.pages("/secrets", SecretView)]

    async def set(self, name: str, value: str) -> SecretView:
        """Store a secret, replacing any of this name."""
        return await self._transport.put(f"/secrets/{quote(name, safe='')}", SecretView, {"value": value})

    async def remove(self, name: str) -> None:
        """Delete a secret.

        Raises:
            NotFoundError: `secret.not-found`.
        """
        await self._transport.delete(f"/secrets/{quote(name, safe='')}")


class Keys(Handle):
    """The node's signing keys."""

    async def rotate(self, use: str = "message", *, algorithm: str | None = None) -> KeyView:
        """Replace a signing key by a new one; signatures of the old key stay valid.

        Args:
            use: "message", "log" or "contract".
            algorithm: of a contract key: "EdDSA", "ES256" or "SM2"; by default as configured.
        """
        return await self._transport.post("/keys/rotate", KeyView, {"use": use, "algorithm": algorithm})

    async def request_certificate(
        self, *, common_name: str = "", unit: str = "", organization: str = ""
    ) -> RequestedView:
        """Return a request (CSR) for a certificate of the contract key, to send to an authority.

        Raises:
            InputError: `certificate.name`.
        """
        body = {"common_name": common_name, "unit": unit, "organization": organization}
        return await self._transport.post("/keys/certificate/request", RequestedView, body)

    async def keep_certificate(self, chain: str, *, private_key: str = "") -> CertificateView:
        """Store the certificate chain from the authority.

        Args:
            chain: PEM, the key's own certificate first.
            private_key: the key itself as PEM (PKCS#8), if the authority made it.

        Raises:
            InputError: it cannot be read, is not valid now, or names another connector.
            NotFoundError: `key.not-found`: it is about another key.
        """
        body = {"chain": chain, "private_key": private_key}
        return await self._transport.put("/keys/certificate", CertificateView, body)

    async def certificate(self) -> CertificateView:
        """Return the certificate of the contract key, and whether it is valid now.

        Raises:
            NotFoundError: `certificate.not-found`.
        """
        return await self._transport.get("/keys/certificate", CertificateView)


class Credentials(Handle):
    """Credentials about the node, and, if it is an issuer, those that it issues."""

    async def hold(self, jwt: str) -> HeldView:
        """Store a credential about this node, as its issuer gave it.

        Raises:
            InputError: `credential.unreadable`: no credential, or not about this node.
        """
        return await self._transport.post("/credentials", HeldView, {"jwt": jwt})

    async def issue(
        self,
        subject: str,
        *,
        type: str = "MembershipCredential",  # noqa: A002 - the API's name
        claims: Mapping[str, Any] | None = None,
        days: int = 90,
    ) -> IssuedView:
        """Issue a credential about `subject`.

        Raises:
            NotFoundError: this node is not an issuer. InputError: `credential.life`, `credential.claims`.
        """
        body = {"subject": subject, "type": type, "claims": dict(claims or {}), "days": days}
        return await self._transport.post("/issuer/credentials", IssuedView, body)

    async def issued(self) -> list[IssuedRecordView]:
        """Return the issued credentials."""
        return [each async for each in self._transport.pages("/issuer/credentials", IssuedRecordView)]

    async def revoke(self, id_: str, reason: str) -> IssuedRecordView:
        """Revoke a credential.

        Raises:
            ConflictError: `credential.revoked`.
        """
        path = f"/issuer/credentials/{quote(id_, safe='')}/revoke"
        return await self._transport.post(path, IssuedRecordView, {"reason": reason})
