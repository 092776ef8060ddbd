"""Data addresses of the type AmazonS3, by EDC's names, as sources; keys only by the name of their secret.

`keyName` names a secret that holds both keys as EDC's vault does: `{"accessKeyId": …, "secretAccessKey": …}`. An
address that carries a key itself is refused: addresses are kept and shown, secrets are not.
"""

from collections.abc import Mapping
from typing import Any, Final

from xinfu.ports.sources import S3Source
from xinfu.web.management.expanded_object import ExpandedObject
from xinfu.web.management.faults import invalid

TYPE: Final = "AmazonS3"
_KEYS: Final = ("accessKeyId", "secretAccessKey", "sessionToken")
_REGION: Final = "us-east-1"


def check_address(given: ExpandedObject) -> None:
    """Check an address of this type and add its faults to `given`."""
    given.needed("bucketName")
    if not given.text("endpointOverride"):
        given.needed("region")
    if bool(given.text("objectName")) == bool(given.text("objectPrefix")):
        path = given.path("objectName")
        given.faults.append(invalid("either 'objectName' or 'objectPrefix' is mandatory, and not both", path))
    for name in _KEYS:
        if given.value(name) is not None:
            path = given.path(name)
            message = f"'{path}' is not taken here: store the keys as a secret and name it in 'keyName'"
            given.faults.append(invalid(message, path))


def bucket_source(address: Mapping[str, Any]) -> S3Source:
    """Return the source that a checked address names; without an endpoint it is at AWS."""
    named = {name: value for name, value in address.items() if isinstance(value, str) and value}
    region, endpoint = named.get("region", _REGION), named.get("endpointOverride")
    return S3Source(
        endpoint=endpoint or f"https://s3.{region}.amazonaws.com",
        region=region,
        bucket=named["bucketName"],
        key=named.get("objectName"),
        prefix=named.get("objectPrefix"),
        keys=named.get("keyName"),
        path_style=endpoint is not None,
    )
