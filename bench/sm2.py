"""The cost of SM2: signing, and checking with a known key, compared with Ed25519 in the same run."""

import statistics
import time
from collections.abc import Callable

from bench.figures import Figure
from xinfu.signers.ed25519 import Ed25519Signer, Ed25519Verifier
from xinfu.signers.sm2 import Sm2Signer, Sm2Verifier

ROUNDS = 5
ROUND_S = 0.4
KEY_ID = "did:web:bench.example#contract-1"
MESSAGE = b"m" * 400
"""About the size of what a party signs of a contract."""


async def measure() -> list[Figure]:
    """Measure medians of five interleaved rounds in one thread."""
    sm2, ed25519 = Sm2Signer.generate(KEY_ID), Ed25519Signer.generate(KEY_ID)
    by_sm2, by_ed25519 = sm2.sign(MESSAGE), ed25519.sign(MESSAGE)
    keys = sm2.public_jwk(), ed25519.public_jwk()
    checks = Sm2Verifier(), Ed25519Verifier()
    work: dict[str, Callable[[], object]] = {
        "sm2.sign": lambda: sm2.sign(MESSAGE),
        "sm2.verify": lambda: checks[0].verify(keys[0], MESSAGE, by_sm2),
        "ed25519.sign": lambda: ed25519.sign(MESSAGE),
        "ed25519.verify": lambda: checks[1].verify(keys[1], MESSAGE, by_ed25519),
    }
    rates: dict[str, list[float]] = {name: [] for name in work}
    for _ in range(ROUNDS):
        for name, once in work.items():
            rates[name].append(_rate(once))
    return [Figure(name=name, value=statistics.median(found), unit="1/s") for name, found in rates.items()]


def _rate(once: Callable[[], object]) -> float:
    """The calls a second, over a short round."""
    done, began = 0, time.perf_counter()
    while time.perf_counter() - began < ROUND_S:
        once()
        done += 1
    return done / (time.perf_counter() - began)
