"""The recorded management exchanges of EDC 0.18 replay against our nodes (ids, dates, ports, names masked)."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Final

import pytest
import pytest_asyncio
from tests.conformance.edc_recordings import Exchange, masked, recorded
from tests.conformance.edc_replay import Replay, replaying
from tests.nodes import Said

GOLDEN: Final = Path(__file__).resolve().parents[3] / "shared" / "edc-golden"
EXCHANGES: Final[list[Exchange]] = (
    [*recorded(GOLDEN / "management-v3"), *recorded(GOLDEN / "management-v4")] if GOLDEN.is_dir() else []
)

PAGES = "EDC answers a page of HTML or plain text; the errors array is ours"
EARLY = "EDC fails with 500; ours is a refusal that says why"
OTHER_STATUS: Final[dict[str, tuple[int, str]]] = {
    "catalog-request-unknown-protocol": (400, EARLY),
    "v3/catalog-request-profile-and-protocol": (400, EARLY),
    "negotiation-terminate-final": (409, EARLY),
    "catalog-request-wrong-participant": (
        502,
        "EDC's mock identity passes over the audience; here it counts",
    ),
    "policy-update-missing": (400, "EDC goes by the body's id and changes another policy"),
}
"""Faults of EDC that are not copied: our status, and why."""
ONLY_STATUS: Final[dict[str, str]] = {
    "asset-create-not-json": PAGES,
    "asset-create-array-body": PAGES,
    "asset-create-text-plain": PAGES,
    "unknown-path": PAGES,
    "method-not-allowed": "EDC answers an empty body",
    **{name: why for name, (_, why) in OTHER_STATUS.items()},
}
ONLY_TYPES: Final[dict[str, str]] = {
    "policy-create-with-constraints": "the sentences name EDC's scopes and functions; ours name what we cannot judge",
    "dataset-request-missing": "the sentence is that of EDC's HTTP client",
    "catalog-request-unreachable": "the sentence is that of EDC's HTTP client",
}
WITHOUT: Final[dict[str, tuple[tuple[str, ...], str]]] = {
    "negotiation-get-terminated": (("errorDetail",), "the sentence is that of EDC's HTTP client"),
    "negotiation-get-changed-policy": (("errorDetail",), "ours says why the provider refused"),
    "transfer-get-bad-transfer-type": (("errorDetail",), "the sentence is that of EDC's HTTP client"),
    "transfer-query-provider": (("dataDestination",), "a provider keeps no token, only its hash"),
    "transfer-get-suspended": (("dataDestination",), "a token that opens nothing is not kept"),
    "transfer-get-terminated": (("dataDestination",), "a token that opens nothing is not kept"),
    "transfer-get-after-failed-resume": (
        ("dataDestination", "state", "errorDetail"),
        "EDC fails to resume (No dataplane found); here the transfer runs again",
    ),
    "dataplanes": (
        ("@id", "allowedSourceTypes", "allowedTransferTypes"),
        "another data plane, by its own name",
    ),
}
CATALOGS: Final = frozenset(
    {
        "catalog-request",
        "dataset-request",
        "catalog-request-empty-page",
        "catalog-request-filter",
        "dataset-request-constrained",
    }
)
"""Passed on as the provider wrote it, and ours is another provider: compared in what both say of each dataset."""


def step(exchange: Exchange) -> str:
    return exchange.name.split("-", 1)[1]


def found(table: dict[str, Any], exchange: Exchange) -> Any:
    """The line of a table for an exchange, of one version or of both."""
    return table.get(f"{exchange.version}/{step(exchange)}", table.get(step(exchange)))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def answers(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[dict[str, Said]]:
    """Every exchange, played once in order: what our nodes answered."""
    assert shared.is_dir()
    async with replaying(tmp_path_factory.mktemp("edc")) as replay:
        yield await _played(replay)


async def _played(replay: Replay) -> dict[str, Said]:
    got: dict[str, Said] = {}
    for exchange in EXCHANGES:
        expected = exchange.answer
        if step(exchange) == "transfer-get-after-failed-resume":
            expected = {"state": "STARTED"}
        got[f"{exchange.version}/{exchange.name}"] = await replay.play(exchange, expected)
    return got


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("exchange", EXCHANGES, ids=lambda each: f"{each.version}-{each.name}")
async def test_a_recorded_exchange_replays(answers: dict[str, Said], exchange: Exchange) -> None:
    said = answers[f"{exchange.version}/{exchange.name}"]
    status, _ = found(OTHER_STATUS, exchange) or (exchange.status, "")
    assert said.status == status, said.body
    if found(ONLY_STATUS, exchange):
        assert status < 400 or _is_array_of_faults(said.json)
    elif found(ONLY_TYPES, exchange):
        assert _is_array_of_faults(said.json)
        assert {each["type"] for each in said.json} == {each["type"] for each in exchange.answer}
    elif step(exchange) in CATALOGS:
        assert _of_catalog(said.json) == _of_catalog(_permitted(exchange))
    else:
        ours = said.json if said.body else None
        assert _shown(ours, exchange) == _shown(_permitted(exchange), exchange)


def test_every_recorded_exchange_is_there() -> None:
    if not EXCHANGES:
        pytest.skip("../shared is absent: there are no recordings to replay")
    assert len(EXCHANGES) == 263


def _is_array_of_faults(answer: Any) -> bool:
    return isinstance(answer, list) and all(
        set(each) == {"message", "type", "path", "invalidValue"} for each in answer
    )


def _permitted(exchange: Exchange) -> Any:
    """The recorded answer; the policy without a rule is shown here with the permission that it means."""
    return _with_use(exchange.answer if exchange.version == "v3" else _regular(exchange.answer))


def _with_use(value: Any) -> Any:
    if isinstance(value, list):
        return [_with_use(each) for each in value]
    if not isinstance(value, dict):
        return value
    changed = {key: _with_use(each) for key, each in value.items()}
    if value.get("@type") in {"odrl:Agreement", "odrl:Set"} and value["odrl:permission"] == []:
        changed["odrl:permission"] = {"odrl:action": {"@id": "odrl:use"}}
    if value.get("@type") == "Set" and not set(value) - {"@id", "@type"}:
        changed["permission"] = [{"action": "use"}]
    if value.get("@type") == "Offer" and "permission" not in value:
        changed["permission"] = [{"action": "use"}]
    return changed


def _regular(value: Any) -> Any:
    """v4 policies as EDC's contracts have them: its answers differ in empty rules and in a prefix."""
    if isinstance(value, list):
        return [_regular(each) for each in value]
    if not isinstance(value, dict):
        return value
    named = {key.removeprefix("odrl:"): _regular(each) for key, each in value.items()}
    if named.get("@type") in {"Set", "Agreement"}:
        return {key: each for key, each in named.items() if each != []}
    return named


def _shown(answer: Any, exchange: Exchange) -> Any:
    """An answer, masked, without what a table excepts; lists without an order by what stands in them."""
    names, _ = found(WITHOUT, exchange) or ((), "")
    if step(exchange) == "negotiation-initiate-bad-policy" and exchange.version == "v4":
        answer = [each for each in answer if not _of_no_rules(each)]
    if step(exchange) == "policy-query":
        answer = [each for each in answer if each["@id"].startswith("v3-pol-any")]
    plain = _left_out(masked(answer), names)
    if isinstance(plain, list) and "sortField" not in (exchange.body or {}):
        return sorted(plain, key=repr_of)
    return plain


def _of_no_rules(fault: dict[str, Any]) -> bool:
    """An offer without rules passes here: such offers exist."""
    return fault["message"] in {
        "required property 'permission' not found",
        "required property 'prohibition' not found",
    }


def _left_out(value: Any, names: tuple[str, ...]) -> Any:
    if isinstance(value, list):
        return [_left_out(each, names) for each in value]
    if isinstance(value, dict):
        return {key: _left_out(each, names) for key, each in value.items() if key not in names}
    return value


def repr_of(value: Any) -> str:
    return repr(sorted(value.items(), key=str)) if isinstance(value, dict) else repr(value)


def _of_catalog(document: dict[str, Any]) -> Any:
    """What two providers say alike of the same datasets: rules of the offers, and EDC's properties."""
    datasets = document.get("dataset", [document] if document["@type"] == "Dataset" else [])
    return (
        document["@context"],
        document.get("participantId"),
        {each["@id"]: _of_dataset(each) for each in datasets},
    )


def _of_dataset(dataset: dict[str, Any]) -> Any:
    rules = [offer.get("permission") for offer in dataset["hasPolicy"]]
    stated = {key: masked(each) for key, each in dataset.items() if key.startswith("edc:") or key == "id"}
    pull = [each["format"] for each in dataset["distribution"] if each["format"] == "HttpData-PULL"]
    return rules, stated, pull
