"""Makes what an issuer signs: credentials, and the status lists that revoke them.

    status = StatusEntry(url="https://issuer/status/1", index=7)
    text = issue_credential(signer, id=new_id(), issuer=did, holder=member, type="MembershipCredential",
                            claims={"memberOf": "yangtze"}, valid_from=now, valid_until=later, status=status)
    bits = with_bit(bits, 7, True)                                   # taken back
    text = issue_status_list(signer, issuer=did, url=status.url, bits=bits, now=now, valid_until=tomorrow)

Follows: design decision D-07; DCP 1.0 (R-CST-02, R-CST-05).
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from xinfu.credentials.credential import write_credential
from xinfu.credentials.jws import SigningKey, write_compact
from xinfu.credentials.status import Purpose, StatusEntry, encode_list

MEMBERSHIP: Final = "MembershipCredential"


def issue_credential(
    signer: SigningKey,
    *,
    id: str,  # noqa: A002 - the specification's word
    issuer: str,
    holder: str,
    type: str = MEMBERSHIP,  # noqa: A002 - the specification's word
    claims: Mapping[str, object],
    valid_from: datetime,
    valid_until: datetime,
    status: StatusEntry | None,
) -> str:
    """A credential about `holder` as a compact JWT.

    Args:
        signer: a key under `assertionMethod` of the issuer's DID document.
        claims: of the subject, JSON values; may be nested. `id` is set to the holder.
        status: where it can be taken back; None only for what never needs to be.
    """
    payload = write_credential(
        id=id,
        issuer=issuer,
        types=(type,),
        subject={**claims, "id": holder},
        valid_from=valid_from,
        valid_until=valid_until,
        status=status,
    )
    return write_compact(signer, payload, typ="JWT")


def issue_status_list(
    signer: SigningKey,
    *,
    issuer: str,
    url: str,
    bits: bytes,
    purpose: Purpose = "revocation",
    now: datetime,
    valid_until: datetime,
) -> str:
    """The status list credential that is served at `url`, as a compact JWT (`application/vc+jwt`)."""
    payload = write_credential(
        id=url,
        issuer=issuer,
        types=("BitstringStatusListCredential",),
        subject={
            "id": f"{url}#list",
            "type": "BitstringStatusList",
            "statusPurpose": purpose,
            "encodedList": encode_list(bits),
        },
        valid_from=now,
        valid_until=valid_until,
    )
    return write_compact(signer, payload, typ="JWT")
