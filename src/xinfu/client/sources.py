"""Sources as the API takes them, for what is not a path of the node's machine."""

from typing import Any

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
    """An object of an S3-compatible store, or all below a prefix, as a source for `Node.publish`.

    Args:
        place: `s3://bucket/key`; one that ends in a slash is a prefix.
        endpoint: address of the store; None: AWS in this region.
        access_key, secret_key: names of the node's secrets that are its keys.
        keys: in their place, name of one secret that holds both, `{"accessKeyId": …, "secretAccessKey": …}`.
        path_style: the bucket stands in the path and not in the host name; None: yes, but for AWS.

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
