"""Where a database may be connected to (D-08)."""

from collections.abc import Sequence

import pytest

from xinfu.errors import RefusedError
from xinfu.peers.databases import DatabaseHosts
from xinfu.peers.rules import AllowEntry, OutboundRules

INNER = "10.1.2.3"
PLAIN = AllowEntry(cidr="10.0.0.0/8", http=True)
TLS = AllowEntry(cidr="10.0.0.0/8")


def hosts(*sources: AllowEntry, development: bool = False, at: Sequence[str] = (INNER,)) -> DatabaseHosts:
    async def look_up(name: str) -> Sequence[str]:
        return at

    return DatabaseHosts(OutboundRules(sources=sources, development=development), look_up=look_up)


async def refusal_of(
    database: DatabaseHosts, host: str = "db.internal", *, encrypted: bool = True
) -> RefusedError:
    with pytest.raises(RefusedError) as refused:
        await database("ours", host, encrypted)
    assert refused.value.code == "address.refused"
    return refused.value


async def test_an_inner_database_is_reached_only_where_the_operator_lists_it() -> None:
    refused = await refusal_of(hosts())
    assert "[outbound] sources" in refused.help_en
    assert await hosts(TLS)("ours", "db.internal", True) == INNER


async def test_one_forbidden_address_of_a_name_refuses_it() -> None:
    await refusal_of(hosts(TLS, at=(INNER, "169.254.169.254")))


async def test_without_tls_a_database_is_reached_only_where_the_operator_says_so() -> None:
    refused = await refusal_of(hosts(TLS), encrypted=False)
    assert "http = true" in refused.help_en
    assert await hosts(PLAIN)("ours", "db.internal", False) == INNER
    assert await hosts(TLS, development=True)("ours", "db.internal", False) == INNER


async def test_a_socket_of_this_machine_is_loopback() -> None:
    await refusal_of(hosts(), "/run/postgresql")
    assert await hosts(AllowEntry(cidr="127.0.0.0/8"))("ours", "/run/postgresql", False) == "/run/postgresql"
    assert await hosts(development=True)("ours", "/run/postgresql", False) == "/run/postgresql"


async def test_a_public_database_is_spoken_to_over_tls() -> None:
    public = hosts(at=("93.184.216.34",))
    assert await public("ours", "db.example", True) == "93.184.216.34"
    await refusal_of(public, "db.example", encrypted=False)
