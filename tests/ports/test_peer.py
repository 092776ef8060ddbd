"""The contract of ports/peer.py: every implementation passes all of it."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import aclosing

import pytest
from tests.peers.participant import OpenBook, Participant, Said, proven

from xinfu.errors import NotFoundError, PeerError, RefusedError
from xinfu.identities.resolver import DidResolver
from xinfu.node.clock import SystemClock
from xinfu.peers.dsp import HttpCounterparty
from xinfu.peers.outbound import HttpOutbound
from xinfu.peers.rules import OutboundRules
from xinfu.ports.peer import CatalogPage, Counterparty, DeliveryOutcome, Pace

PEER = "did:web:peer.example"
CONTEXT = ["https://w3id.org/dspace/2025/1/context.jsonld"]
ASK = json.dumps({"@context": CONTEXT, "@type": "CatalogRequestMessage"}).encode()
MESSAGE = b'{"@type":"ContractRequestMessage"}'


@pytest.fixture(params=["http"])
async def counterparty(request: pytest.FixtureRequest) -> AsyncIterator[Counterparty]:
    """Each implementation, in development, proving itself in a way that the tests can read."""
    outbound = HttpOutbound(OutboundRules(development=True, connect_s=0.5, first_byte_s=0.5))
    resolver = DidResolver(outbound, SystemClock(), development=True)
    made: dict[str, Counterparty] = {
        "http": HttpCounterparty(outbound=outbound, identity=OpenBook(), resolver=resolver)
    }
    yield made[request.param]
    await outbound.close()


@pytest.fixture
async def peer() -> AsyncIterator[Participant]:
    async with Participant().open() as participant:
        yield participant


def catalog(number: int) -> bytes:
    return json.dumps(
        {"@context": CONTEXT, "@type": "Catalog", "@id": f"urn:page:{number}", "participantId": PEER}
    ).encode()


def error(code: str, *reason: object) -> bytes:
    return json.dumps(
        {"@context": CONTEXT, "@type": "CatalogError", "code": code, "reason": list(reason)}
    ).encode()


def page(number: int, link: str | None = None) -> Said:
    return Said(200, catalog(number), {} if link is None else {"Link": link})


def versions(*entries: dict[str, str]) -> Said:
    return Said(200, json.dumps({"protocolVersions": entries}).encode())


def entry(
    path: str = "/2025-1", version: str = "2025-1", binding: str = "HTTPS", **more: str
) -> dict[str, str]:
    return {"version": version, "path": path, "binding": binding, **more}


OURS = {"xinfu:node": "0.1.0"}


async def pages(
    counterparty: Counterparty, peer: Participant, *, at_page: str | None = None, max_pages: int = 100
) -> list[str | None]:
    found = counterparty.catalog(
        context="ours",
        peer=PEER,
        base=peer.root + "/dsp",
        body=ASK,
        at_page=at_page,
        max_pages=max_pages,
    )
    return [each.catalog.id async for each in found]


class TestDeliver:
    @pytest.mark.parametrize(
        ("status", "outcome"),
        [
            (200, DeliveryOutcome.ACKNOWLEDGED),
            (201, DeliveryOutcome.ACKNOWLEDGED),
            (202, DeliveryOutcome.ACKNOWLEDGED),
            (204, DeliveryOutcome.ACKNOWLEDGED),
            (302, DeliveryOutcome.UNREADABLE),
            (304, DeliveryOutcome.UNREADABLE),
            (400, DeliveryOutcome.REFUSED),
            (401, DeliveryOutcome.UNAUTHORIZED),
            (403, DeliveryOutcome.UNAUTHORIZED),
            (404, DeliveryOutcome.EARLY),
            (409, DeliveryOutcome.EARLY),
            (405, DeliveryOutcome.REFUSED),
            (410, DeliveryOutcome.REFUSED),
            (413, DeliveryOutcome.REFUSED),
            (415, DeliveryOutcome.REFUSED),
            (422, DeliveryOutcome.REFUSED),
            (408, DeliveryOutcome.FAILING),
            (425, DeliveryOutcome.FAILING),
            (429, DeliveryOutcome.FAILING),
            (500, DeliveryOutcome.FAILING),
            (502, DeliveryOutcome.FAILING),
            (503, DeliveryOutcome.FAILING),
        ],
    )
    async def test_a_status_is_an_outcome(
        self, counterparty: Counterparty, peer: Participant, status: int, outcome: DeliveryOutcome
    ) -> None:
        body = b"" if status in (204, 304) else b'{"state":"REQUESTED"}'
        peer.say("POST /dsp/negotiations/request", Said(status, body))
        sent = await counterparty.deliver(
            context="ours", peer=PEER, url=f"{peer.root}/dsp/negotiations/request", body=MESSAGE
        )
        assert (sent.outcome, sent.status, sent.body) == (outcome, status, body)
        assert sent.code == ("" if outcome is DeliveryOutcome.ACKNOWLEDGED else f"http.{status}")

    async def test_the_message_goes_out_as_json_with_a_proof_for_its_address_and_body(
        self, counterparty: Counterparty, peer: Participant
    ) -> None:
        url = f"{peer.root}/dsp/negotiations/urn%3Auuid%3A1/events"
        sent = await counterparty.deliver(context="ours", peer=PEER, url=url, body=MESSAGE)
        (asked,) = peer.asked
        assert (asked.method, asked.body) == ("POST", MESSAGE)
        assert asked.headers["Content-Type"] == "application/json"
        facts = proven(asked, peer.root)
        assert (facts["context"], facts["audience"]) == ("ours", PEER)
        assert sent.token == asked.headers["Authorization"]

    async def test_each_try_has_a_proof_of_its_own_and_none_follows_a_redirect(
        self, counterparty: Counterparty, peer: Participant
    ) -> None:
        peer.say("POST /a", Said(307, b"", {"Location": f"{peer.root}/b"}))
        sent = await counterparty.deliver(context="ours", peer=PEER, url=f"{peer.root}/a", body=MESSAGE)
        assert (sent.outcome, sent.code, sent.status) == (
            DeliveryOutcome.UNREADABLE,
            "peer.redirect-refused",
            0,
        )
        assert peer.targets() == ["POST /a"]

    async def test_an_acknowledgement_needs_no_body(
        self, counterparty: Counterparty, peer: Participant
    ) -> None:
        peer.say("POST /a", Said(200, b"", {}))
        sent = await counterparty.deliver(context="ours", peer=PEER, url=f"{peer.root}/a", body=MESSAGE)
        assert (sent.outcome, sent.body) == (DeliveryOutcome.ACKNOWLEDGED, b"")

    async def test_nobody_there_is_an_outcome(self, counterparty: Counterparty) -> None:
        sent = await counterparty.deliver(
            context="ours", peer=PEER, url="http://127.0.0.1:1/secret", body=MESSAGE
        )
        assert (sent.outcome, sent.code, sent.status) == (DeliveryOutcome.UNREACHABLE, "peer.unreachable", 0)
        assert "secret" not in sent.detail

    @pytest.mark.parametrize("url", ["https://10.0.0.1/", "http://169.254.169.254/", "ftp://a.example/"])
    async def test_an_address_that_may_not_be_called_is_an_outcome(
        self, counterparty: Counterparty, url: str
    ) -> None:
        sent = await counterparty.deliver(context="ours", peer=PEER, url=url, body=MESSAGE)
        assert (sent.outcome, sent.code) == (DeliveryOutcome.FORBIDDEN, "address.refused")

    async def test_an_answer_that_is_too_large_is_an_outcome(
        self, counterparty: Counterparty, peer: Participant
    ) -> None:
        peer.say("POST /a", Said(200, b"x" * 1_048_577))
        sent = await counterparty.deliver(context="ours", peer=PEER, url=f"{peer.root}/a", body=MESSAGE)
        assert (sent.outcome, sent.code) == (DeliveryOutcome.UNREADABLE, "peer.too-large")

    async def test_an_unknown_context_sends_nothing(
        self, counterparty: Counterparty, peer: Participant
    ) -> None:
        with pytest.raises(NotFoundError):
            await counterparty.deliver(context="other", peer=PEER, url=f"{peer.root}/a", body=MESSAGE)
        assert peer.asked == []


class TestProcessState:
    async def test_the_body_comes_as_it_is(self, counterparty: Counterparty, peer: Participant) -> None:
        peer.say("GET /dsp/negotiations/1", Said(200, MESSAGE))
        url = f"{peer.root}/dsp/negotiations/1"
        assert await counterparty.process_state(context="ours", peer=PEER, url=url) == MESSAGE
        assert proven(peer.asked[0], peer.root)["audience"] == PEER

    @pytest.mark.parametrize("status", [401, 403, 404])
    async def test_none_where_it_is_not_known_or_not_for_us(
        self, counterparty: Counterparty, peer: Participant, status: int
    ) -> None:
        peer.say("GET /a", Said(status))
        assert await counterparty.process_state(context="ours", peer=PEER, url=f"{peer.root}/a") is None

    @pytest.mark.parametrize("status", [201, 400, 500])
    async def test_another_status_is_an_error(
        self, counterparty: Counterparty, peer: Participant, status: int
    ) -> None:
        peer.say("GET /a", Said(status))
        with pytest.raises(PeerError, match=r"peer\.answer"):
            await counterparty.process_state(context="ours", peer=PEER, url=f"{peer.root}/a")

    async def test_nobody_there_is_an_error(self, counterparty: Counterparty) -> None:
        with pytest.raises(PeerError, match=r"peer\.unreachable"):
            await counterparty.process_state(context="ours", peer=PEER, url="http://127.0.0.1:1/")


class TestCatalog:
    """R-CAT-20 to 25."""

    async def test_one_page_without_a_link_is_the_catalog(
        self, counterparty: Counterparty, peer: Participant
    ) -> None:
        peer.say("POST /dsp/catalog/request", page(1))
        assert await pages(counterparty, peer) == ["urn:page:1"]
        (asked,) = peer.asked
        assert asked.body == ASK
        assert asked.headers["Accept-Encoding"] == "gzip"
        proven(asked, peer.root)

    async def test_r_cat_23_the_next_page_is_fetched_by_get(
        self, counterparty: Counterparty, peer: Participant
    ) -> None:
        peer.say("POST /dsp/catalog/request", page(1, f'<{peer.root}/p?t=a%2Fb>; rel="next"'))
        peer.say("GET /p?t=a%2Fb", page(2, '<p?t=c>; rel="next", </p?t=0>; rel="previous"'))
        peer.say("GET /p?t=c", page(3, '</p?t=a%2Fb>; rel="previous"'))
        assert await pages(counterparty, peer) == ["urn:page:1", "urn:page:2", "urn:page:3"]
        assert all(proven(each, peer.root)["audience"] == PEER for each in peer.asked)

    async def test_r_cat_23_the_next_page_is_posted_for_after_405_and_so_are_those_after_it(
        self, counterparty: Counterparty, peer: Participant
    ) -> None:
        peer.say("POST /dsp/catalog/request", page(1, "</dsp/catalog/request?t=2>; rel=next"))
        peer.say("GET /dsp/catalog/request?t=2", Said(405))
        peer.say("POST /dsp/catalog/request?t=2", page(2, "<?t=3>; rel=next"))
        peer.say("POST /dsp/catalog/request?t=3", page(3))
        assert await pages(counterparty, peer) == ["urn:page:1", "urn:page:2", "urn:page:3"]
        assert [each.method for each in peer.asked] == ["POST", "GET", "POST", "POST"]
        assert all(each.body == ASK for each in peer.asked if each.method == "POST")

    async def test_r_cat_21_two_link_headers_are_read_like_one(
        self, counterparty: Counterparty, peer: Participant
    ) -> None:
        peer.say("POST /dsp/catalog/request", page(1, "</0>; rel=previous,   </2>; rel=next"))
        peer.say("GET /2", page(2))
        assert await pages(counterparty, peer) == ["urn:page:1", "urn:page:2"]

    async def test_a_walk_goes_on_at_a_page_that_was_given(
        self, counterparty: Counterparty, peer: Participant
    ) -> None:
        peer.say("GET /2", page(2, "</3>; rel=next"))
        peer.say("GET /3", page(3))
        assert await pages(counterparty, peer, at_page=f"{peer.root}/2") == ["urn:page:2", "urn:page:3"]
        with pytest.raises(PeerError):
            await pages(counterparty, peer, at_page="http://other.example/2")

    async def test_a_page_is_fetched_when_it_is_asked_for(
        self, counterparty: Counterparty, peer: Participant
    ) -> None:
        peer.say("POST /dsp/catalog/request", page(1, "</2>; rel=next"))
        peer.say("GET /2", page(2))
        found = counterparty.catalog(context="ours", peer=PEER, base=peer.root + "/dsp/", body=ASK)
        async with aclosing(found) as lazily:  # type: ignore[type-var]  # a generator in every implementation
            first: CatalogPage = await anext(lazily)
            assert (first.catalog.id, first.body) == ("urn:page:1", catalog(1))
            assert len(peer.asked) == 1

    @pytest.mark.parametrize(
        "link",
        [
            "<http://127.0.0.1:1/p>; rel=next",
            "<https://other.example/p>; rel=next",
            "<//other.example/p>; rel=next",
            "<file:///etc/passwd>; rel=next",
            "<http://user@127.0.0.1/p>; rel=next",
            "<http://[broken>; rel=next",
            "</dsp/catalog/request>; rel=next",
            "<>; rel=next",
        ],
    )
    async def test_a_next_page_elsewhere_or_in_a_circle_ends_the_catalog(
        self, counterparty: Counterparty, peer: Participant, link: str
    ) -> None:
        peer.say("POST /dsp/catalog/request", page(1, link))
        with pytest.raises(PeerError, match=r"peer\.paging"):
            await pages(counterparty, peer)
        assert len(peer.asked) == 1

    async def test_pages_without_an_end_are_bounded(
        self, counterparty: Counterparty, peer: Participant
    ) -> None:
        peer.say("POST /dsp/catalog/request", page(1, "</2>; rel=next"))
        for number in range(2, 9):
            peer.say(f"GET /{number}", page(number, f"</{number + 1}>; rel=next"))
        with pytest.raises(PeerError, match=r"peer\.paging"):
            await pages(counterparty, peer, max_pages=4)
        assert len(peer.asked) == 4

    async def test_pages_without_a_dataset_are_not_asked_for_on_and_on(
        self, counterparty: Counterparty, peer: Participant
    ) -> None:
        peer.say("POST /dsp/catalog/request", page(1, "</2>; rel=next"))
        for number in range(2, 60):
            peer.say(f"GET /{number}", page(number, f"</{number + 1}>; rel=next"))
        with pytest.raises(PeerError, match=r"peer\.paging"):
            await pages(counterparty, peer)
        assert len(peer.asked) == 16

    @pytest.mark.parametrize("status", [400, 401, 403, 404, 500])
    async def test_a_catalog_error_is_told_with_its_code_and_reasons(
        self, counterparty: Counterparty, peer: Participant, status: int
    ) -> None:
        peer.say("POST /dsp/catalog/request", Said(status, error("x-1", "no such\r\nfilter")))
        with pytest.raises(PeerError) as caught:
            await pages(counterparty, peer)
        assert caught.value.code == "peer.answer"
        assert caught.value.facts["status"] == str(status)
        assert caught.value.facts["code"] == "x-1"
        assert caught.value.facts["reason"] == "no suchfilter"

    @pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b"{}", error("x"), catalog(1)[:-1]])
    async def test_something_else_is_no_catalog(
        self, counterparty: Counterparty, peer: Participant, body: bytes
    ) -> None:
        peer.say("POST /dsp/catalog/request", Said(200, body))
        with pytest.raises(PeerError, match=r"peer\.catalog"):
            await pages(counterparty, peer)


class TestDataset:
    async def test_r_http_13_the_id_is_percent_encoded(
        self, counterparty: Counterparty, peer: Participant
    ) -> None:
        peer.say("GET /dsp/catalog/datasets/urn%3Aa%2Fb%3F", Said(200, dataset("urn:a/b?")))
        found = await counterparty.dataset(
            context="ours", peer=PEER, base=f"{peer.root}/dsp/", dataset_id="urn:a/b?"
        )
        assert found.id == "urn:a/b?"
        proven(peer.asked[0], peer.root)

    async def test_an_unknown_one_is_not_found(self, counterparty: Counterparty, peer: Participant) -> None:
        with pytest.raises(NotFoundError, match=r"dataset\.not-found"):
            await counterparty.dataset(context="ours", peer=PEER, base=peer.root, dataset_id="x")

    @pytest.mark.parametrize(
        ("said", "code"), [(Said(500), "peer.answer"), (Said(200, b"{}"), "peer.catalog")]
    )
    async def test_anything_else_is_an_error(
        self, counterparty: Counterparty, peer: Participant, said: Said, code: str
    ) -> None:
        peer.say("GET /catalog/datasets/x", said)
        with pytest.raises(PeerError) as caught:
            await counterparty.dataset(context="ours", peer=PEER, base=peer.root, dataset_id="x")
        assert caught.value.code == code


def dataset(id_: str) -> bytes:
    return json.dumps(
        {
            "@context": CONTEXT,
            "@type": "Dataset",
            "@id": id_,
            "hasPolicy": [{"@id": "urn:offer:1", "@type": "Offer", "permission": [{"action": "use"}]}],
            "distribution": [
                {"@type": "Distribution", "format": "HttpData-PULL", "accessService": "urn:service:1"}
            ],
        }
    ).encode()


class TestFind:
    """R-VER and D-04."""

    async def test_a_did_leads_over_its_document_and_its_versions_to_a_base(
        self, counterparty: Counterparty, peer: Participant
    ) -> None:
        did = named(peer, "DataService", "/dsp/a/.well-known/dspace-version")
        peer.say("GET /dsp/a/.well-known/dspace-version", versions(entry("/2024-1", "2024-1"), entry(**OURS)))
        found = await counterparty.find(did)
        assert (found.participant, found.base) == (did, f"{peer.root}/dsp/a/2025-1")
        assert found.pace is Pace.AT_ONCE
        assert "Authorization" not in peer.asked[-1].headers

    async def test_it_is_remembered(self, counterparty: Counterparty, peer: Participant) -> None:
        did = named(peer, "DataService", "/.well-known/dspace-version")
        peer.say("GET /.well-known/dspace-version", versions(entry()))
        assert await counterparty.find(did) == await counterparty.find(did)
        assert len(peer.asked) == 2

    async def test_a_participant_without_our_marker_is_given_a_pause(
        self, counterparty: Counterparty, peer: Participant
    ) -> None:
        peer.say("GET /.well-known/dspace-version", versions(entry()))
        assert (await counterparty.find(PEER, at=peer.root)).pace is Pace.PAUSED

    async def test_r_ver_05_our_entry_is_preferred_and_then_the_one_for_did_web(
        self, counterparty: Counterparty, peer: Participant
    ) -> None:
        by_did = entry("/b", identifierType="did:web")
        peer.say("GET /x/.well-known/dspace-version", versions(entry("/a"), by_did, entry("/c", **OURS)))
        peer.say("GET /y/.well-known/dspace-version", versions(entry("/a"), by_did))
        peer.say("GET /z/.well-known/dspace-version", versions(entry("/a"), entry("/d")))
        bases = [(await counterparty.find(PEER, at=f"{peer.root}/{each}")).base for each in "xyz"]
        assert bases == [f"{peer.root}/x/c", f"{peer.root}/y/b", f"{peer.root}/z/a"]

    @pytest.mark.parametrize(
        "entries",
        [
            [entry("/2024-1", "2024-1")],
            [entry("/a", binding="GRPC")],
            [entry("/a", "2025-1-RC1")],
        ],
    )
    async def test_r_ver_06_without_a_common_version_there_is_nothing_to_talk_about(
        self, counterparty: Counterparty, peer: Participant, entries: list[dict[str, str]]
    ) -> None:
        peer.say("GET /.well-known/dspace-version", versions(*entries))
        with pytest.raises(PeerError, match=r"peer\.no-version"):
            await counterparty.find(PEER, at=f"{peer.root}/.well-known/dspace-version")

    @pytest.mark.parametrize("path", ["", "/", "2025-1", "/2025-1/"])
    async def test_r_http_02_root_and_path_are_joined_with_one_slash(
        self, counterparty: Counterparty, peer: Participant, path: str
    ) -> None:
        peer.say("GET /r/.well-known/dspace-version", versions(entry(path)))
        found = await counterparty.find(PEER, at=f"{peer.root}/r/")
        assert found.base == f"{peer.root}/r/{path.strip('/')}".rstrip("/")

    @pytest.mark.parametrize("path", ["@other.example/x", ".other.example", "//other.example/x", ":1/x"])
    async def test_a_path_never_leads_to_another_host(
        self, counterparty: Counterparty, peer: Participant, path: str
    ) -> None:
        peer.say("GET /.well-known/dspace-version", versions(entry(path)))
        found = await counterparty.find(PEER, at=peer.root)
        assert found.base.startswith(peer.root + "/")

    @pytest.mark.parametrize("path", ["/a b", "/a\r\nb", "/a#b", "/%zz", "/" + "a" * 9000])
    async def test_a_path_that_makes_no_address_is_refused(
        self, counterparty: Counterparty, peer: Participant, path: str
    ) -> None:
        peer.say("GET /.well-known/dspace-version", versions(entry(path)))
        with pytest.raises(PeerError, match=r"peer\.version"):
            await counterparty.find(PEER, at=peer.root)

    async def test_an_address_without_a_version_document_is_the_base_itself(
        self, counterparty: Counterparty, peer: Participant
    ) -> None:
        found = await counterparty.find(PEER, at=f"{peer.root}/protocol/2025-1")
        assert (found.base, found.pace) == (f"{peer.root}/protocol/2025-1", Pace.PAUSED)

    @pytest.mark.parametrize("kind", ["CatalogService", "DataService"])
    async def test_t_05_a_service_may_name_the_catalog_of_its_base(
        self, counterparty: Counterparty, peer: Participant, kind: str
    ) -> None:
        peer.say("GET /dsp/.well-known/dspace-version", versions(entry("/v", **OURS)))
        found = await counterparty.find(named(peer, kind, "/dsp/v/catalog"))
        assert (found.base, found.pace) == (f"{peer.root}/dsp/v", Pace.AT_ONCE)

    async def test_a_document_without_a_service_says_what_would_help(
        self, counterparty: Counterparty, peer: Participant
    ) -> None:
        with pytest.raises(PeerError) as caught:
            await counterparty.find(named(peer, "Other", "/x"))
        assert caught.value.code == "peer.no-service"
        assert "--at" in caught.value.help_en

    @pytest.mark.parametrize("where", ["https://10.0.0.1/.well-known/dspace-version", "http://[fe80::1]/x"])
    async def test_a_document_that_leads_inside_is_refused(
        self, counterparty: Counterparty, peer: Participant, where: str
    ) -> None:
        with pytest.raises(RefusedError, match=r"address\.refused"):
            await counterparty.find(named(peer, "DataService", where))

    async def test_a_participant_that_is_away_is_unreachable(self, counterparty: Counterparty) -> None:
        with pytest.raises(PeerError, match=r"peer\.unreachable"):
            await counterparty.find(PEER, at="http://127.0.0.1:1/dsp")

    @pytest.mark.parametrize("said", [Said(200, b"{}"), Said(200, b"<html>"), Said(404), Said(500)])
    async def test_versions_needs_a_version_document(
        self, counterparty: Counterparty, peer: Participant, said: Said
    ) -> None:
        peer.say("GET /.well-known/dspace-version", said)
        with pytest.raises(PeerError, match=r"peer\.(version|answer)"):
            await counterparty.versions(peer.root)


class TestPace:
    """D-13."""

    async def test_a_base_whose_version_entry_carries_our_marker_needs_no_pause(
        self, counterparty: Counterparty, peer: Participant
    ) -> None:
        peer.say("GET /dsp/a/.well-known/dspace-version", versions(entry(**OURS)))
        assert await counterparty.pace(f"{peer.root}/dsp/a/2025-1/") is Pace.AT_ONCE
        assert await counterparty.pace(f"{peer.root}/dsp/a/2025-1") is Pace.AT_ONCE
        assert len(peer.asked) == 1

    async def test_the_document_may_stand_at_the_root_of_the_host(
        self, counterparty: Counterparty, peer: Participant
    ) -> None:
        peer.say("GET /.well-known/dspace-version", versions(entry("/dsp/2025-1", **OURS)))
        assert await counterparty.pace(f"{peer.root}/dsp/2025-1") is Pace.AT_ONCE

    async def test_the_marker_of_another_base_on_the_host_does_not_count(
        self, counterparty: Counterparty, peer: Participant
    ) -> None:
        peer.say("GET /.well-known/dspace-version", versions(entry("/dsp/b", **OURS), entry("/dsp/a")))
        assert await counterparty.pace(f"{peer.root}/dsp/a") is Pace.PAUSED
        assert await counterparty.pace(f"{peer.root}/dsp/c") is Pace.PAUSED

    @pytest.mark.parametrize("base", ["https://10.0.0.1/dsp", "no address", ""])
    async def test_what_is_never_called_is_paused(self, counterparty: Counterparty, base: str) -> None:
        assert await counterparty.pace(base) is Pace.PAUSED

    async def test_nobody_knows_what_a_node_is_that_is_away(self, counterparty: Counterparty) -> None:
        assert str(await counterparty.pace("http://127.0.0.1:1/dsp/a")) == "unknown"

    @pytest.mark.parametrize("status", [500, 502, 503, 429])
    async def test_a_node_in_trouble_is_not_taken_for_another_make(
        self, counterparty: Counterparty, peer: Participant, status: int
    ) -> None:
        """Where a node of ours was found while it was in trouble, it is known for one as soon as it answers."""
        base = f"{peer.root}/dsp/a/2025-1"
        peer.say("GET /dsp/a/.well-known/dspace-version", Said(status, b""))
        found = await counterparty.find(PEER, at=base)
        assert (found.base, str(found.pace)) == (base, "unknown")
        peer.say("GET /dsp/a/.well-known/dspace-version", versions(entry(**OURS)))
        async with asyncio.timeout(10):
            while (found := await counterparty.find(PEER, at=base)).pace is not Pace.AT_ONCE:
                await asyncio.sleep(0.05)
        assert found.base == base

    async def test_that_nothing_is_known_is_remembered_where_someone_answered(
        self, counterparty: Counterparty, peer: Participant
    ) -> None:
        for _ in range(2):
            assert await counterparty.pace(f"{peer.root}/a/b/c/d") is Pace.PAUSED
        assert peer.targets() == [
            "GET /a/b/c/.well-known/dspace-version",
            "GET /a/b/.well-known/dspace-version",
            "GET /a/b/c/d/.well-known/dspace-version",
        ]

    async def test_finding_tells_the_pace_too(self, counterparty: Counterparty, peer: Participant) -> None:
        peer.say("GET /r/.well-known/dspace-version", versions(entry(**OURS)))
        found = await counterparty.find(PEER, at=f"{peer.root}/r")
        assert await counterparty.pace(found.base) is Pace.AT_ONCE
        assert len(peer.asked) == 1


def named(peer: Participant, kind: str, where: str) -> str:
    """A DID that `peer` answers for, whose document has one service."""
    did = f"did:web:localhost%3A{peer.root.rpartition(':')[2]}"
    endpoint = where if "://" in where else peer.root + where
    document = {"id": did, "service": [{"id": f"{did}#s", "type": kind, "serviceEndpoint": endpoint}]}
    peer.say("GET /.well-known/did.json", Said(200, json.dumps(document).encode()))
    return did
