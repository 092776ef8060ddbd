"""A node's own settings, blocking: answers, address book, keys, credentials."""

from collections.abc import Mapping, Sequence
from typing import Any

from xinfu.client import settings
from xinfu.client.blocking.loop import Loop
from xinfu.client.views import (
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


class Answers:
    """See `xinfu.client.settings.Answers`."""

    def __init__(self, loop: Loop, inner: settings.Answers) -> None:
        self._loop = loop
        self._inner = inner

    def list(self) -> list[AnswerView]:
        """All of them."""
        return self._loop.wait(self._inner.list())

    def set(
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
        """Store an answer, or a new version of it."""
        return self._loop.wait(
            self._inner.set(
                id_,
                on=on,
                do=do,
                dataset=dataset,
                agreement=agreement,
                peer=peer,
                priority=priority,
                reason=reason,
            )
        )

    def remove(self, id_: str) -> None:
        """Remove an answer."""
        self._loop.wait(self._inner.remove(id_))


class Participants:
    """See `xinfu.client.settings.Participants`."""

    def __init__(self, loop: Loop, inner: settings.Participants) -> None:
        self._loop = loop
        self._inner = inner

    def list(self) -> list[KnownView]:
        """All entries."""
        return self._loop.wait(self._inner.list())

    def set(
        self,
        alias: str,
        did: str,
        *,
        base: str | None = None,
        entity: str | None = None,
        connector: str | None = None,
        name: str | None = None,
    ) -> KnownView:
        """Put a participant into the address book, or change its entry."""
        put = self._inner.set(alias, did, base=base, entity=entity, connector=connector, name=name)
        return self._loop.wait(put)

    def accept_log(self, participant: str, *, reason: str) -> ContradictionView:
        """Take a participant's evidence log as it is from now on."""
        return self._loop.wait(self._inner.accept_log(participant, reason=reason))

    def did(self, participant: str) -> str | None:
        """The DID of an alias."""
        return self._loop.wait(self._inner.did(participant))


class Secrets:
    """See `xinfu.client.settings.Secrets`."""

    def __init__(self, loop: Loop, inner: settings.Secrets) -> None:
        self._loop = loop
        self._inner = inner

    def list(self) -> list[SecretView]:
        """Their names."""
        return self._loop.wait(self._inner.list())

    def set(self, name: str, value: str) -> SecretView:
        """Keep a secret, in place of one of this name."""
        return self._loop.wait(self._inner.set(name, value))

    def remove(self, name: str) -> None:
        """Forget a secret."""
        self._loop.wait(self._inner.remove(name))


class Keys:
    """See `xinfu.client.settings.Keys`."""

    def __init__(self, loop: Loop, inner: settings.Keys) -> None:
        self._loop = loop
        self._inner = inner

    def rotate(self, use: str = "message", *, algorithm: str | None = None) -> KeyView:
        """Let a fresh key sign from now on."""
        return self._loop.wait(self._inner.rotate(use, algorithm=algorithm))

    def request_certificate(
        self, *, common_name: str = "", unit: str = "", organization: str = ""
    ) -> RequestedView:
        """A request for a certificate of the contract key."""
        return self._loop.wait(
            self._inner.request_certificate(common_name=common_name, unit=unit, organization=organization)
        )

    def keep_certificate(self, chain: str, *, private_key: str = "") -> CertificateView:
        """Keep what the authority answered."""
        return self._loop.wait(self._inner.keep_certificate(chain, private_key=private_key))

    def certificate(self) -> CertificateView:
        """The certificate of the contract key."""
        return self._loop.wait(self._inner.certificate())


class Credentials:
    """See `xinfu.client.settings.Credentials`."""

    def __init__(self, loop: Loop, inner: settings.Credentials) -> None:
        self._loop = loop
        self._inner = inner

    def hold(self, jwt: str) -> HeldView:
        """Keep a credential about this node."""
        return self._loop.wait(self._inner.hold(jwt))

    def issue(
        self,
        subject: str,
        *,
        type: str = "MembershipCredential",  # noqa: A002 - the API's name
        claims: Mapping[str, Any] | None = None,
        days: int = 90,
    ) -> IssuedView:
        """Issue a credential about `subject`."""
        return self._loop.wait(self._inner.issue(subject, type=type, claims=claims, days=days))

    def issued(self) -> list[IssuedRecordView]:
        """What was issued."""
        return self._loop.wait(self._inner.issued())

    def revoke(self, id_: str, reason: str) -> IssuedRecordView:
        """Take a credential back."""
        return self._loop.wait(self._inner.revoke(id_, reason))
