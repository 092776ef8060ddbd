"""The published examples, through both ways of reading, and our own context against the published one."""

import itertools
import json
import random
from pathlib import Path
from typing import Any

import pytest
from cachetools import LRUCache
from pyld import jsonld as library
from pyld.context_resolver import ContextResolver

from xinfu import dsp
from xinfu.dsp import forms, jsonld

NAMES = [
    "catalog",
    "catalog-error",
    "catalog-request-message",
    "dataset",
    "dataset-request-message",
    "nested-catalog",
    "protocol-version",
    "contract-agreement-message",
    "contract-agreement-message-full",
    "contract-agreement-verification-message",
    "contract-negotiation",
    "contract-negotiation-error",
    "contract-negotiation-event-message",
    "contract-negotiation-termination-message",
    "contract-offer-message",
    "contract-offer-message_initial",
    "contract-request-message",
    "contract-request-message_initial",
    "transfer-completion-message",
    "transfer-error",
    "transfer-process",
    "transfer-request-message",
    "transfer-start-message",
    "transfer-suspension-message",
    "transfer-termination-message",
]
LINKED = [name for name in NAMES if name != "protocol-version"]


def type_of(raw: bytes) -> type[dsp.Message]:
    return forms.TYPES.get(json.loads(raw).get("@type"), dsp.VersionResponse)


def as_linked(raw: bytes) -> bytes:
    """The same message in a form that is not plain: with an inline context beside the DSP one."""
    document = json.loads(raw)
    document["@context"] = [*document["@context"], {"own": "https://example.org/own#"}]
    return json.dumps(document).encode()


def test_these_are_all_examples(examples: dict[str, bytes]) -> None:
    assert set(examples) == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_an_example_is_read_and_what_we_write_of_it_says_the_same(
    name: str, examples: dict[str, bytes]
) -> None:
    cls = type_of(examples[name])
    message = dsp.read(examples[name], cls)
    assert dsp.read(dsp.write(message), cls) == message


@pytest.mark.parametrize("name", LINKED)
def test_an_example_says_the_same_as_json_and_as_json_ld_r_gen_01(
    name: str, examples: dict[str, bytes]
) -> None:
    raw = examples[name]
    assert dsp.read(as_linked(raw), type_of(raw)) == dsp.read(raw, type_of(raw))


def test_the_order_in_which_messages_are_read_does_not_matter_t_16(examples: dict[str, bytes]) -> None:
    expected = {name: dsp.read(examples[name], type_of(examples[name])) for name in LINKED}
    shuffled = random.Random(20250101)
    for _ in range(3):
        order = shuffled.sample(LINKED, len(LINKED))
        found = {name: dsp.read(as_linked(examples[name]), type_of(examples[name])) for name in order}
        assert found == expected


def test_each_message_type_is_read_right_after_each_other_t_16(examples: dict[str, bytes]) -> None:
    """The four types whose published contexts import a profile, in every order of two."""
    poisoned = ["dataset", "contract-request-message", "contract-offer-message", "contract-agreement-message"]
    for first, second in itertools.permutations(poisoned, 2):
        dsp.read(as_linked(examples[first]), type_of(examples[first]))
        raw = examples[second]
        assert dsp.read(as_linked(raw), type_of(raw)) == dsp.read(raw, type_of(raw))


def expand(raw: bytes, context: Any) -> Any:
    def load(url: str, _options: object) -> dict[str, Any]:
        assert url == dsp.DSP_CONTEXT
        return {
            "contentType": "application/ld+json",
            "contextUrl": None,
            "documentUrl": url,
            "document": context,
        }

    options = {
        "base": None,
        "documentLoader": load,
        "contextResolver": ContextResolver(LRUCache(maxsize=9), load),
    }
    return library.expand(json.loads(raw), options)


@pytest.mark.parametrize("name", LINKED)
def test_our_context_gives_each_term_the_published_meaning(
    name: str, examples: dict[str, bytes], shared: Path
) -> None:
    published = json.loads((shared / "spec/contexts/derived/dspace-2025-1-inlined.jsonld").read_text())
    ours = jsonld.load_bundled(dsp.DSP_CONTEXT)
    assert expand(examples[name], ours) == expand(examples[name], published)


def test_our_context_defines_the_published_terms_and_protects_them(shared: Path) -> None:
    published = json.loads((shared / "spec/contexts/derived/dspace-2025-1-inlined.jsonld").read_text())
    ours = jsonld.load_bundled(dsp.DSP_CONTEXT)
    assert ours == published
    assert ours["@context"]["@protected"] is True
    assert "@import" not in json.dumps(ours)
