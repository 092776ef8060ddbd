"""Programs written for EDC run unchanged: three public clients, each a whole exchange between two of our nodes.

Asset, policy, contract definition, catalog, negotiation, agreement, transfer, EDR, data, end. edc-client's own
`negotiate` names an offer without its rules: that is EDC's empty policy, which asks for use.
"""

from pathlib import Path

import pytest
from tests.foreign.clients import NPM, play
from tests.foreign.conftest import CONTENT, Stage

DATA = CONTENT.decode()

WITHOUT_RULES = {"bare": "FINALIZED"}
"""What becomes of edc-client's own `negotiate`, which cannot send rules."""


@pytest.mark.peer("edc-client")
async def test_edc_client_plays_a_whole_exchange(stage: Stage, tmp_path: Path) -> None:
    assert await play("edc-client", tmp_path, stage.told) == {
        "assets": ["pump-42"],
        "asset": "HttpData",
        "dataset": "pump-42",
        **WITHOUT_RULES,
        "negotiation": "FINALIZED",
        "agreement": ["pump-42", stage.provider.did, stage.consumer.did],
        "transfer": "STARTED",
        "data": DATA,
        "while suspended": 403,
        "data after a pause": DATA,
        "ended": "TERMINATED",
        "after the end": 403,
        "no EDR": 404,
        "asset in use": 409,
        "no such asset": 404,
    }


@pytest.mark.peer("tractusx-sdk")
async def test_tractusx_sdk_plays_a_whole_exchange(stage: Stage, tmp_path: Path) -> None:
    assert await play("tractusx-sdk", tmp_path, stage.told) == {
        "update": 204,
        "asset": ["pump-42", "8", "HttpData"],
        "dataset": "pump-42",
        "nothing else": [],
        "data": [200, DATA],
        "data in one call": [200, DATA],
        "agreement": ["pump-42", True],
        "negotiation": [True, "FINALIZED"],
        "renewed": [True, True],
        "data with the new token": [200, DATA],
        "kept": True,
        "end": 204,
        "ended": "TERMINATED",
        "after the end": 403,
        "no EDR": 404,
        "asset in use": 409,
    }


@pytest.mark.peer(NPM)
async def test_the_npm_client_plays_a_whole_exchange(stage: Stage, tmp_path: Path) -> None:
    assert await play(NPM, tmp_path, stage.told) == {
        "asset": ["pump-42", 6, "8"],
        "assets": ["pump-42"],
        "twice": "Duplicate",
        "catalog": [stage.provider.did, ["pump-42"]],
        "negotiation": "FINALIZED",
        "agreement": ["pump-42", stage.provider.did, stage.consumer.did],
        "back": True,
        "transfer": "STARTED",
        "edr": [True],
        "data": [200, DATA],
        "ended": "TERMINATED",
        "no EDR": "NotFound",
        "in use": "Duplicate",
        "planes": 1,
        "health": True,
    }
