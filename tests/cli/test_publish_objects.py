"""`xinfu publish --s3` and `xinfu secrets`: keys by name, never in the clear, and the bytes at the other end."""

from pathlib import Path

import pytest
from tests.cli.conftest import Call, Space, document, failure
from tests.object_store import ACCESS, SECRET, ObjectStore

pytestmark = pytest.mark.peer("s3")


@pytest.fixture
def keys(call: Call, space: Space) -> tuple[str, ...]:
    """Options that name the keys of the store, which the provider keeps."""
    for name, value in (("s3-access", ACCESS), ("s3-secret", SECRET)):
        kept = call("secrets", "set", name, "--json", at=space.provider, input=value + "\n")
        assert document(kept)["id"] == name
        assert value not in kept.output
    return ("--access-key", "secret:s3-access", "--secret-key", "secret:s3-secret")


def test_an_object_is_published_and_got(
    call: Call, space: Space, object_store: ObjectStore, keys: tuple[str, ...], tmp_path: Path
) -> None:
    bucket = object_store.bucket()
    bucket.put("2026/空气.csv", b"a,b\n1,2\n" * 1000)
    place = ("--s3", f"s3://{bucket.name}/2026/空气.csv", "--endpoint", bucket.endpoint)
    made = document(
        call(
            "publish",
            "--grade",
            "1",
            "one-object",
            *place,
            *keys,
            "--unrestricted",
            "--json",
            at=space.provider,
        )
    )
    assert (made["asset"]["size_bytes"], made["asset"]["media_type"]) == (8000, "text/csv")
    said = document(call("get", "provider", "one-object", "-o", "air.csv", "--json", at=space.consumer))
    assert said["verified"] is True
    assert (tmp_path / "air.csv").read_bytes() == b"a,b\n1,2\n" * 1000


def test_a_prefix_is_published_and_got_as_a_folder(
    call: Call, space: Space, object_store: ObjectStore, keys: tuple[str, ...], tmp_path: Path
) -> None:
    bucket = object_store.bucket()
    for name in ("a/one.csv", "a/b/two.csv", "other.csv"):
        bucket.put(name, name.encode())
    place = ("--s3", f"s3://{bucket.name}/a/", "--endpoint", bucket.endpoint)
    document(
        call(
            "publish",
            "--grade",
            "1",
            "all-below",
            *place,
            *keys,
            "--unrestricted",
            "--json",
            at=space.provider,
        )
    )
    document(call("get", "provider", "all-below", "--json", at=space.consumer))
    found = {str(path.relative_to(tmp_path)): path.read_bytes() for path in tmp_path.rglob("*.csv")}
    assert found == {"all-below/one.csv": b"a/one.csv", "all-below/b/two.csv": b"a/b/two.csv"}


@pytest.mark.parametrize(
    ("options", "code"),
    [
        (("--s3", "s3://air/a", "--access-key", "AKIA"), "publish.key-in-clear"),
        (("--endpoint", "https://s3.example.com"), "publish.no-place"),
        (("--s3", "https://air/a"), "bucket.place-invalid"),
        (("--s3", "s3://air/a", "--endpoint", "s3.example.com"), "bucket.endpoint-invalid"),
        (("--s3", "s3://air/../a"), "bucket.key-invalid"),
    ],
)
def test_what_does_not_say_where_is_refused(
    call: Call, space: Space, options: tuple[str, ...], code: str
) -> None:
    ended = call(
        "publish", "--grade", "1", "nothing", *options, "--unrestricted", "--json", at=space.provider
    )
    assert (ended.exit_code, failure(ended)["code"]) == (2, code)
    assert "AKIA" not in ended.output


def test_secrets_are_listed_by_name_and_removed(call: Call, space: Space, keys: tuple[str, ...]) -> None:
    listed = call("secrets", "list", at=space.provider)
    assert "s3-access" in listed.stdout
    assert ACCESS not in listed.stdout
    assert document(call("secrets", "remove", "--yes", "s3-access", "--json", at=space.provider)) == {
        "removed": "s3-access"
    }
    assert failure(call("secrets", "remove", "--yes", "s3-access", "--json", at=space.provider))["code"] == (
        "secret.not-found"
    )


def test_a_secret_of_nothing_is_refused(call: Call, space: Space) -> None:
    ended = call("secrets", "set", "empty", "--json", at=space.provider, input="\n")
    assert (ended.exit_code, failure(ended)["code"]) == (2, "secret.empty")
