"""The client, blocking: the same handles for programs without an event loop.

    with connect("http://127.0.0.1:8181", api_key=key) as node:
        dataset = node.catalog("did:web:bureau.example").dataset("air")
        dataset.negotiate(purpose="research").agreed().transfer().started().save("air.csv")

A loop runs in a thread of its own for as long as the block lasts; each call waits for it. Arguments, answers and
errors are those of the async client, where they are described.
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
