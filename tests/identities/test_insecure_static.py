"""The insecure identity: EDC's mock form, a default peer for the kit, and development only."""

from pathlib import Path

import msgspec
import pytest
from tests.identities.world import START, StillClock

from xinfu.credentials import Reason, TokenRefusedError
from xinfu.errors import ConfigError
from xinfu.identities.insecure_static import InsecureStaticIdentity


def _identity(**changes: object) -> InsecureStaticIdentity:
    arguments: dict[str, object] = {"development": True, "own": lambda _: "provider", "clock": StillClock()}
    return InsecureStaticIdentity(**(arguments | changes))  # type: ignore[arg-type] # named by each test


async def _reason(identity: InsecureStaticIdentity, header: str | None) -> Reason:
    with pytest.raises(TokenRefusedError) as refused:
        await identity.verify(header, context="c", url="http://localhost/a", body=None)
    return refused.value.reason


@pytest.mark.parametrize("development", [False, None, 1, "true"])
def test_it_cannot_be_built_outside_development(development: object) -> None:
    with pytest.raises(ConfigError) as refused:
        _identity(development=development)
    assert refused.value.code == "identity.insecure"


async def test_what_edc_sends_is_understood(shared: Path) -> None:
    seen = set()
    for path in sorted((shared / "edc-golden" / "dsp").glob("*.json")):
        exchange = msgspec.json.decode(path.read_bytes())
        header = exchange["request"]["headers"].get("Authorization")
        if header is None:
            continue
        caller = await _identity().verify(header, context="c", url="http://localhost/a", body=None)
        seen.add(caller.participant.id)
        assert not caller.signed_body
    assert seen == {"consumer", "provider"}


async def test_what_we_send_has_the_members_that_edc_sends(shared: Path) -> None:
    path = next(iter(sorted((shared / "edc-golden" / "dsp").glob("*.json"))))
    recorded = msgspec.json.decode(path.read_bytes())["request"]["headers"]["Authorization"]
    header = await _identity().prove(context="c", audience="consumer", url="http://localhost/a", body=None)
    assert msgspec.json.decode(header) == {"region": "", "audience": "consumer", "clientId": "provider"}
    assert msgspec.json.decode(header).keys() == {"region", *msgspec.json.decode(recorded)}


@pytest.mark.parametrize("audience", ["null", '"provider"', '"http://localhost:8282/protocol"'])
async def test_an_audience_is_ours_an_address_or_nothing(audience: str) -> None:
    header = f'{{"region":"eu","audience":{audience},"clientId":"consumer"}}'
    caller = await _identity().verify(header, context="c", url="http://localhost/a", body=None)
    assert caller.participant.id == "consumer"
    assert caller.participant.claims == {"region": ("eu",)}


@pytest.mark.parametrize(
    ("header", "reason"),
    [
        (None, Reason.MISSING),
        ("Bearer x", Reason.SCHEME),
        ("{", Reason.FORM),
        ("{}", Reason.FORM),
        ('{"clientId":7}', Reason.FORM),
        ('{"clientId":""}', Reason.ISSUER),
        ('{"clientId":"faultyClientId"}', Reason.ISSUER),
        ('{"clientId":"consumer","audience":"other"}', Reason.AUDIENCE),
        ('{"clientId":"' + "x" * 5000 + '"}', Reason.SIZE),
    ],
    ids=str,
)
async def test_a_header_that_names_nobody_is_refused(header: str | None, reason: Reason) -> None:
    assert await _reason(_identity(), header) is reason


@pytest.mark.parametrize("header", [None, "", "Bearer test"])
async def test_a_default_peer_stands_in_for_a_missing_name(header: str | None) -> None:
    identity = _identity(default_peer="TCK_PARTICIPANT")
    caller = await identity.verify(header, context="c", url="http://localhost/a", body=None)
    assert caller.participant.id == "TCK_PARTICIPANT"
    assert await _reason(identity, '{"clientId":"faultyClientId"}') is Reason.ISSUER


async def test_a_name_has_the_claims_that_the_configuration_gives_it() -> None:
    claims = {"MembershipCredential": ("active",)}
    identity = _identity(peers={"consumer": claims})
    for name, expected in (("consumer", claims), ("other", {})):
        header = f'{{"clientId":"{name}"}}'
        caller = await identity.verify(header, context="c", url="http://localhost/a", body=None)
        assert caller.participant.claims == expected
        assert caller.jti == ""
        assert caller.expires > START


@pytest.mark.parametrize(("region", "claims"), [("eu", {"region": ("eu",)}), ("", {})])
async def test_a_region_is_always_sent_and_an_empty_one_claims_nothing(
    region: str, claims: dict[str, tuple[str, ...]]
) -> None:
    header = await _identity(region=region).prove(context="c", audience="a", url="http://x/", body=None)
    assert msgspec.json.decode(header)["region"] == region
    other = _identity(own=lambda _: "a")
    caller = await other.verify(header, context="c", url="http://x/", body=None)
    assert caller.participant.claims == claims
