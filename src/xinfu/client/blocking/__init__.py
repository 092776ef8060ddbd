"""The client, blocking: the same handles for programs without an event loop.

    with connect("http://127.0.0.1:8181", api_key=key) as node:
        dataset = node.catalog("did:web:bureau.example").dataset("air")
        dataset.negotiate(purpose="research").agreed().transfer().started().save("air.csv")

An event loop runs in its own thread for the duration of the block; each call waits for it. Arguments, results and
errors are those of the async client, which documents them.
"""

from xinfu.client.blocking.handles import (
    Agreement,
    Catalog,
    Contract,
    Dataset,
    Duty,
    Negotiation,
    Node,
    Transfer,
    Vault,
    VaultObject,
    connect,
)
from xinfu.client.blocking.reading import TransferFile
from xinfu.client.policies import policy
from xinfu.client.policy_files import read_policy
from xinfu.client.sources import http_api, in_bucket

__all__ = [
    "Agreement",
    "Catalog",
    "Contract",
    "Dataset",
    "Duty",
    "Negotiation",
    "Node",
    "Transfer",
    "TransferFile",
    "Vault",
    "VaultObject",
    "connect",
    "http_api",
    "in_bucket",
    "policy",
    "read_policy",
]
