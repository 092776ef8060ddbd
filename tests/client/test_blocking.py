"""The blocking client: the same names and arguments as the async one, and the same exchange."""

import asyncio
import inspect
import threading
from pathlib import Path

import pytest
from tests.client.conftest import KEY, Two

from xinfu import client
from xinfu.client import blocking, grades, policy, settings
from xinfu.client.blocking import grades as blocking_grades
from xinfu.client.blocking import settings as blocking_settings
from xinfu.errors import PeerError

PAIRS = [
    (client.Node, blocking.Node),
    (client.Catalog, blocking.Catalog),
    (client.Dataset, blocking.Dataset),
    (client.Negotiation, blocking.Negotiation),
    (client.Agreement, blocking.Agreement),
    (client.Contract, blocking.Contract),
    (client.Transfer, blocking.Transfer),
    (client.Vault, blocking.Vault),
    (client.VaultObject, blocking.VaultObject),
    (grades.Grades, blocking_grades.Grades),
    (settings.Answers, blocking_settings.Answers),
    (settings.Participants, blocking_settings.Participants),
    (settings.Keys, blocking_settings.Keys),
    (settings.Secrets, blocking_settings.Secrets),
    (settings.Credentials, blocking_settings.Credentials),
]
ASYNC_ONLY = {"listed", "open", "why_cut"}
"""For what is built on a transfer; the blocking `open` gives a file."""


@pytest.mark.parametrize(("one", "other"), PAIRS, ids=[one.__name__ for one, _ in PAIRS])
def test_each_act_has_the_same_name_and_arguments(one: type, other: type) -> None:
    public = {name for name in vars(one) if not name.startswith("_")} - ASYNC_ONLY
    assert public <= set(dir(other))
    for name in public:
        found = vars(one)[name]
        if inspect.isfunction(found):
            here = inspect.signature(found).parameters
            there = inspect.signature(vars(other)[name]).parameters
            assert [str(each) for each in here.values()] == [str(each) for each in there.values()], name


async def test_an_exchange_needs_no_loop_of_its_own(two: Two, tmp_path: Path) -> None:
    source = two.folder / "air.csv"
    source.write_bytes(b"x" * 3_000_000)
    await two.provider.publish(source, id="air", policy=policy())
    done: list[object] = []

    def whole_way() -> None:
        with blocking.connect(two.consumer.url, KEY) as node:
            dataset = node.catalog("provider").dataset("air")
            transfer = dataset.negotiate(purpose="research").agreed().transfer().started()
            done.append(transfer.save(tmp_path / "air.csv").size_bytes)
            done.append(len(list(node.agreements(state="ACTIVE"))))
            done.append(transfer.complete().state)

    await asyncio.to_thread(whole_way)
    assert done[:2] == [3_000_000, 1]
    assert (tmp_path / "air.csv").read_bytes() == source.read_bytes()


def test_its_thread_ends_with_the_block() -> None:
    with pytest.raises(PeerError), blocking.connect("http://127.0.0.1:9", "k" * 20) as node:
        node.about()
    assert not [each for each in threading.enumerate() if each.name == "xinfu-client"]
