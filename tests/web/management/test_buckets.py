"""Objects of a store, published over the management API by EDC's names; keys only as a secret by name."""

import json
from typing import Any

import pytest
from tests.object_store import ACCESS, SECRET, FilledBucket, ObjectStore
from tests.web.management.conftest import EDC, Api, Pair

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.peer("s3")]


@pytest.fixture
def bucket(object_store: ObjectStore) -> FilledBucket:
    """A fresh bucket."""
    return object_store.bucket()


def asset(id_: str, bucket: FilledBucket, **address: str | None) -> dict[str, Any]:
    """An asset in a bucket; None leaves out what would be there."""
    stated = {
        "type": "AmazonS3",
        "bucketName": bucket.name,
        "region": "us-east-1",
        "endpointOverride": bucket.endpoint,
        "objectName": "air.csv",
        "keyName": "s3",
        **address,
    }
    data = {"@type": "DataAddress", **{name: value for name, value in stated.items() if value is not None}}
    return {"@type": "Asset", "@id": id_, "properties": {"name": id_}, "dataAddress": data}


async def with_secret(api: Api, name: str, value: object) -> None:
    """Store a secret."""
    await api.good("POST", "/v4/secrets", {"@type": "Secret", "@id": name, "value": json.dumps(value)})


async def test_an_object_and_a_prefix_are_published_and_shown_as_they_were_stated(
    api: Api, bucket: FilledBucket
) -> None:
    await with_secret(api, "s3", {"accessKeyId": ACCESS, "secretAccessKey": SECRET})
    bucket.put("air.csv", b"station,value\n")
    bucket.put("2026/one.csv", b"1")
    bucket.put("2026/two.csv", b"22")
    one = asset("s3-object", bucket)
    await api.good("POST", "/v4/assets", one)
    await api.good("POST", "/v4/assets", asset("s3-prefix", bucket, objectName=None, objectPrefix="2026/"))
    shown = await api.good("GET", "/v4/assets/s3-object")
    assert {key: shown["dataAddress"][key] for key in ("type", "bucketName", "objectName", "keyName")} == {
        key: one["dataAddress"][key] for key in ("type", "bucketName", "objectName", "keyName")
    }
    assert SECRET not in json.dumps(shown)
    assert (await api.site.get("/assets/s3-object"))["size_bytes"] == 14
    assert (await api.site.get("/assets/s3-prefix"))["size_bytes"] == 3


async def test_a_key_in_the_address_is_refused_and_not_repeated(pair: Pair, bucket: FilledBucket) -> None:
    body = asset("clear", bucket, accessKeyId=ACCESS, secretAccessKey=SECRET, keyName=None)
    said = await pair.provider.send("POST", "/v4/assets", body)
    assert said.status == 400
    assert [each["path"] for each in said.json] == [
        f"{EDC}dataAddress/{EDC}{name}" for name in ("accessKeyId", "secretAccessKey")
    ]
    assert SECRET not in said.body.decode()


@pytest.mark.parametrize(
    ("changes", "paths"),
    [
        ({"bucketName": None}, ["bucketName"]),
        ({"objectName": None}, ["objectName"]),
        ({"objectPrefix": "a/"}, ["objectName"]),
        ({"endpointOverride": None, "region": None}, ["region"]),
    ],
    ids=["no-bucket", "no-object", "both", "no-place"],
)
async def test_an_address_that_is_not_whole_is_refused(
    api: Api, bucket: FilledBucket, changes: dict[str, str | None], paths: list[str]
) -> None:
    said = await api.send("POST", "/v4/assets", asset("unfinished", bucket, **changes))
    assert said.status == 400
    assert [each["path"] for each in said.json] == [f"{EDC}dataAddress/{EDC}{path}" for path in paths]


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"objectName": "../air.csv"}, "no part of it is"),
        ({"objectName": "not-there"}, "no such object"),
        ({"keyName": "nobody-stored-it"}, "nobody-stored-it"),
        ({"endpointOverride": "http://169.254.169.254"}, "metadata"),
    ],
    ids=["climbs", "missing", "no-secret", "metadata"],
)
async def test_what_cannot_be_read_is_not_published(
    api: Api, bucket: FilledBucket, changes: dict[str, str], why: str
) -> None:
    if (await api.send("GET", "/v4/secrets/s3")).status == 404:
        await with_secret(api, "s3", {"accessKeyId": ACCESS, "secretAccessKey": SECRET})
    said = await api.send("POST", "/v4/assets", asset("unreadable", bucket, **changes))
    assert said.status == 400
    assert why in said.json[0]["message"]
    assert (await api.send("GET", "/v4/assets/unreadable")).status == 404


async def test_a_secret_that_holds_no_keys_is_told_by_name_alone(api: Api, bucket: FilledBucket) -> None:
    await with_secret(api, "no-keys", "a password of something else")
    said = await api.send("POST", "/v4/assets", asset("no-keys", bucket, keyName="no-keys"))
    assert said.status == 400
    assert "'no-keys'" in said.json[0]["message"]
    assert "password" not in said.body.decode()
