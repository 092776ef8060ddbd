"""Builds sources other than local paths, in the form that the API takes."""

from collections.abc import Mapping, Sequence
from typing import Any

from xinfu.client import errors
from xinfu.s3 import Bucket, checked_key, read_place


def in_bucket(
    place: str,
    *,
    endpoint: str | None = None,
    region: str = "us-east-1",
    access_key: str | None = None,
    secret_key: str | None = None,
    keys: str | None = None,
    path_style: bool | None = None,
) -> dict[str, Any]:
    """Return an object of an S3-compatible store, or all objects below a prefix, as a source for `Node.publish`.

    Args:
        place: `s3://bucket/key`; with a slash at the end it is a prefix.
        endpoint: address of the store; by default AWS in this region.
        access_key, secret_key: names of the node's secrets that hold its keys.
        keys: alternatively, the name of one secret that holds both, `{"accessKeyId": …, "secretAccessKey": …}`.
        path_style: put the bucket in the path, not in the host name; by default true except for AWS.

    Raises:
        InputError: `bucket.*`.
    """
    read = read_place(place)
    at = endpoint or f"https://s3.{region}.amazonaws.com"
    styled = endpoint is not None if path_style is None else path_style
    Bucket(endpoint=at, region=region, name=read.bucket, path_style=styled)
    whole = not read.key or read.key.endswith("/")
    if not whole:
        checked_key(read.key)
    return {
        "kind": "s3",
        "endpoint": at,
        "region": region,
        "bucket": read.bucket,
        "prefix" if whole else "key": read.key,
        "access_key": access_key,
        "secret_key": secret_key,
        "keys": keys,
        "path_style": styled,
    }


def http_api(
    url: str,
    *,
    path: str = "",
    method: str = "GET",
    query: str = "",
    headers: Mapping[str, str] | None = None,
    secret_headers: Mapping[str, str] | None = None,
    body: str | None = None,
    body_type: str = "application/json",
    passes: Sequence[str] = (),
    silence_s: int = 30,
) -> dict[str, Any]:
    """Return an HTTP API behind the node as a source for `Node.publish`.

    Args:
        url: its base address, http or https.
        path, method, query, headers, body: fixed; they override the consumer's request.
        secret_headers: fixed headers, by the name of the node's secret that holds the value.
        passes: parts of a consumer's request that reach the API: "path", "query", "body", "method:POST", "header:Accept".
        silence_s: the longest wait for the API, before its answer begins and between two pieces of it.

    Raises:
        InputError: `publish.passes`: one of `passes` is not one of these.
    """
    return {
        "kind": "http",
        "url": url,
        "path": path,
        "method": method,
        "query": query,
        "headers": dict(headers or {}),
        "secret_headers": dict(secret_headers or {}),
        "body": body,
        "body_type": body_type,
        "silence_s": silence_s,
        "passes": _passed(passes),
    }


def _passed(passes: Sequence[str]) -> dict[str, Any]:
    plain = {"path", "query", "body"}
    named: dict[str, list[str]] = {"method": [], "header": []}
    for each in passes:
        kind, _, name = each.partition(":")
        if (kind in named) is not bool(name) or kind not in plain | set(named):
            raise errors.PUBLISH_PASSES(given=each)
        if name:
            named[kind].append(name.upper() if kind == "method" else name)
    taken = {name: name in passes for name in sorted(plain)}
    return {**taken, "methods": named["method"], "headers": named["header"]}
