"""Entries a second in a log: each made canonical, hashed into the tree and committed, a thousand at a time."""

import statistics
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

import uuid_utils

from bench.figures import Figure
from xinfu.evidence import Entry, leaf_hash
from xinfu.ports.store import Store
from xinfu.services.evidence.sequencer import BATCH, sequence
from xinfu.signers.ed25519 import Ed25519Signer
from xinfu.stores.sqlite import open_sqlite

ENTRIES = 20_000
ROUNDS = 5
CONTEXT = "bench"
DID = "did:web:bench.example"
FACTS = {"from": "REQUESTED", "to": "AGREED", "by": "provider"}


async def measure() -> list[Figure]:
    """Measure medians of five: appending in durable steps, and with indexes, tiles and signed checkpoints as well."""
    appended, numbered = [], []
    for _ in range(ROUNDS):
        with tempfile.TemporaryDirectory(prefix="xinfu-bench-") as folder:
            store = await open_sqlite(Path(folder, "store.db"))
            appending, numbering = await _round(store)
            await store.close()
        appended.append(ENTRIES / appending)
        numbered.append(ENTRIES / (appending + numbering))
    return [
        Figure(
            name="evidence.append",
            value=statistics.median(appended),
            unit="1/s",
            budget=50_000,
            at_most=False,
        ),
        Figure(name="evidence.append-and-number", value=statistics.median(numbered), unit="1/s"),
    ]


async def _round(store: Store) -> tuple[float, float]:
    """The seconds of appending entries, and of sequencing them."""
    now = datetime.now(UTC)
    signer = Ed25519Signer.generate(f"{DID}#log")
    entries = [_entry(now) for _ in range(ENTRIES)]
    leaves = [entry.to_bytes() for entry in entries]  # a step makes them again, and hands none out to hash
    began = time.perf_counter()
    for first in range(0, ENTRIES, BATCH):
        async with store.step(CONTEXT) as step:
            for at in range(first, first + BATCH):
                leaf_hash(leaves[at])
                await step.record(entries[at])
    appended = time.perf_counter()
    while await sequence(store, CONTEXT, signer=signer, origin=DID, now=now):
        pass
    return appended - began, time.perf_counter() - appended


def _entry(now: datetime) -> Entry:
    id_ = f"urn:uuid:{uuid_utils.uuid7()}"
    return Entry.of(
        "negotiation.state",
        id=id_,
        at=now,
        context=CONTEXT,
        process=id_,
        peer="did:web:peer.example",
        facts=FACTS,
    )
