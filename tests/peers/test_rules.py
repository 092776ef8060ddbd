"""What the operator's two lists open, and what nothing opens (D-08, D-10)."""

from ipaddress import ip_address

import pytest

from xinfu.errors import ConfigError
from xinfu.peers.addresses import Address
from xinfu.peers.rules import AddressRefusal, AllowEntry, OutboundRules, judge_ip, judge_url
from xinfu.ports.outbound import Purpose

CLOSED = OutboundRules()
OPEN_WIDE = OutboundRules(
    development=True,
    allow=(AllowEntry(cidr="0.0.0.0/0"), AllowEntry(cidr="::/0"), AllowEntry(host="any.example")),
    sources=(AllowEntry(cidr="0.0.0.0/0"), AllowEntry(cidr="::/0"), AllowEntry(host="any.example")),
)
INNER = (
    "127.0.0.1",
    "10.0.0.1",
    "192.168.0.1",
    "100.64.0.1",
    "240.0.0.1",
    "::1",
    "fd00::1",
    "::ffff:8.8.8.8",
)
NEVER = (
    "169.254.169.254",
    "169.254.1.1",
    "100.100.100.200",
    "0.0.0.0",
    "224.0.0.1",
    "fe80::1",
    "fd00:ec2::254",
    "::",
)


@pytest.mark.parametrize("purpose", Purpose)
@pytest.mark.parametrize("ip", INNER)
def test_an_inner_address_is_refused_for_every_purpose_unless_named(ip: str, purpose: Purpose) -> None:
    refusal = judge_ip(CLOSED, "any.example", ip_address(ip), purpose)
    assert refusal is not None
    assert str(ip_address(ip)) in refusal.entry
    assert purpose in refusal.entry


@pytest.mark.parametrize("purpose", Purpose)
@pytest.mark.parametrize("ip", NEVER)
def test_link_local_and_metadata_are_refused_whatever_the_lists_say(ip: str, purpose: Purpose) -> None:
    refusal = judge_ip(OPEN_WIDE, "any.example", ip_address(ip), purpose)
    assert refusal is not None
    assert refusal.entry == ""


@pytest.mark.parametrize("ip", INNER)
def test_a_named_net_is_open(ip: str) -> None:
    assert judge_ip(OPEN_WIDE, "other.example", ip_address(ip), Purpose.PEER) is None


def test_a_net_is_open_for_its_purposes_only() -> None:
    rules = OutboundRules(allow=(AllowEntry(cidr="10.0.0.0/8", purposes=(Purpose.PEER,)),))
    assert judge_ip(rules, "a.example", ip_address("10.1.1.1"), Purpose.PEER) is None
    assert judge_ip(rules, "a.example", ip_address("10.1.1.1"), Purpose.DATA) is not None


def test_a_named_host_is_open_at_whatever_inner_address_and_its_subdomains_are_not() -> None:
    rules = OutboundRules(allow=(AllowEntry(host="Edc.Intranet."),))
    assert judge_ip(rules, "edc.intranet", ip_address("10.1.1.1"), Purpose.PEER) is None
    assert judge_ip(rules, "a.edc.intranet", ip_address("10.1.1.1"), Purpose.PEER) is not None


def test_the_list_of_sources_opens_nothing_for_strangers_and_the_other_way_round() -> None:
    ours = OutboundRules(sources=(AllowEntry(cidr="10.0.0.0/8"),))
    theirs = OutboundRules(allow=(AllowEntry(cidr="10.0.0.0/8"),))
    ip = ip_address("10.1.1.1")
    assert judge_ip(ours, "a.example", ip, Purpose.SOURCE) is None
    assert judge_ip(ours, "a.example", ip, Purpose.DATA) is not None
    assert judge_ip(theirs, "a.example", ip, Purpose.SOURCE) is not None


def test_an_address_inside_another_needs_both_to_be_open() -> None:
    outer = AllowEntry(cidr="64:ff9b::/96")
    inner = AllowEntry(cidr="10.0.0.0/8")
    ip = ip_address("64:ff9b::a00:1")
    assert judge_ip(OutboundRules(allow=(outer,)), "a.example", ip, Purpose.PEER) is not None
    assert judge_ip(OutboundRules(allow=(inner,)), "a.example", ip, Purpose.PEER) is not None
    assert judge_ip(OutboundRules(allow=(outer, inner)), "a.example", ip, Purpose.PEER) is None


def test_development_opens_loopback_and_nothing_else() -> None:
    rules = OutboundRules(development=True)
    assert judge_ip(rules, "a.example", ip_address("127.0.0.1"), Purpose.PEER) is None
    assert judge_ip(rules, "a.example", ip_address("::1"), Purpose.SOURCE) is None
    for inner in ("10.0.0.1", "fd00::1", "::ffff:127.0.0.1", "100.64.0.1"):
        assert judge_ip(rules, "a.example", ip_address(inner), Purpose.PEER) is not None


def test_plain_http_is_for_development_or_a_host_that_is_named_with_it() -> None:
    url = "http://edc.intranet/dsp"
    plain = OutboundRules(allow=(AllowEntry(host="edc.intranet", http=True),))
    assert isinstance(judge_url(CLOSED, url, Purpose.PEER), AddressRefusal)
    assert isinstance(judge_url(plain, url, Purpose.PEER), Address)
    assert isinstance(judge_url(OutboundRules(development=True), url, Purpose.PEER), Address)
    tls_only = OutboundRules(allow=(AllowEntry(host="edc.intranet"),))
    assert isinstance(judge_url(tls_only, url, Purpose.PEER), AddressRefusal)


@pytest.mark.parametrize("host", ["localhost", "localhost.", "LOCALHOST", "a.localhost", "ip6-loopback"])
def test_names_of_this_machine_are_refused_before_any_look_up(host: str) -> None:
    refusal = judge_url(CLOSED, f"https://{host}/", Purpose.PEER)
    assert isinstance(refusal, AddressRefusal)
    assert "loopback" in refusal.en


def test_names_of_metadata_services_are_refused_even_in_development() -> None:
    assert isinstance(judge_url(OPEN_WIDE, "http://metadata.google.internal/", Purpose.DATA), AddressRefusal)


@pytest.mark.parametrize("url", ["http://169.254.169.254/latest", "https://[fd00:ec2::254]/"])
def test_no_entry_is_advised_that_would_not_help(url: str) -> None:
    refusal = judge_url(CLOSED, url, Purpose.DATA)
    assert isinstance(refusal, AddressRefusal)
    assert refusal.entry == ""


@pytest.mark.parametrize(
    ("host", "cidr"),
    [
        (None, None),
        ("a.example", "10.0.0.0/8"),
        (None, "10.0.0.1/8"),
        (None, "a.example"),
        ("10.0.0.1", None),
        ("0x7f.1", None),
        ("*.example", None),
        ("a.example:80", None),
    ],
)
def test_an_entry_that_cannot_be_read_is_refused_at_start(host: str | None, cidr: str | None) -> None:
    with pytest.raises(ConfigError) as caught:
        AllowEntry(host=host, cidr=cidr)
    assert caught.value.code == "config.outbound-entry"


def test_a_purpose_in_the_wrong_list_is_refused_at_start() -> None:
    source = AllowEntry(cidr="10.0.0.0/8", purposes=(Purpose.SOURCE,))
    peer = AllowEntry(cidr="10.0.0.0/8", purposes=(Purpose.PEER,))
    with pytest.raises(ConfigError, match=r"config\.outbound-purpose"):
        OutboundRules(allow=(source,))
    with pytest.raises(ConfigError, match=r"config\.outbound-purpose"):
        OutboundRules(sources=(peer,))
