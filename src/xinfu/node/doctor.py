"""The doctor: looks a deployment over and says what a partner would see, what is open, and what is misconfigured.

Each thing is one small function of `node/checks`. A node that runs is examined whole, and its cheap part at each start;
one that does not start is examined as far as its files go (node/offline_doctor.py).
"""

import logging
from collections.abc import Mapping
from typing import Final

from xinfu.node.checks import holdings, machine, public_urls
from xinfu.node.checks.contracts import contract_key, signed_agreements
from xinfu.node.checks.counters import counters
from xinfu.node.checks.grades import grades
from xinfu.node.checks.logs import logs
from xinfu.node.checks.policies import empty_policies
from xinfu.node.checks.vault import vault
from xinfu.node.config import Config
from xinfu.peers.outbound import HttpOutbound
from xinfu.peers.rules import OutboundRules
from xinfu.ports.signer import Verifier
from xinfu.services.finding import Examination, Finding, Grade, examination
from xinfu.services.identity.keys import KeyCabinet
from xinfu.services.parts import DataParts, RecordParts
from xinfu.signers.ed25519 import Ed25519Verifier
from xinfu.signers.es256 import Es256Verifier

_log = logging.getLogger(__name__)

_VERIFIERS: Final[Mapping[str, Verifier]] = {"OKP": Ed25519Verifier(), "EC": Es256Verifier()}
_LEVELS: Final = {Grade.OK: logging.INFO, Grade.WARNING: logging.WARNING, Grade.FAULT: logging.ERROR}


async def examine(config: Config, parts: DataParts, keys: KeyCabinet) -> Examination:
    """Everything, of a node that runs."""
    findings = await _cheap(config, parts, keys)
    trusted = tuple(issuer.did for issuer in config.trust.issuers)
    findings += await holdings.issuers(parts, trusted, development=config.development)
    findings += await machine.database(config)
    for context in parts.contexts:
        findings += await holdings.store(parts, context)
        findings += await holdings.own_credentials(parts, context, trusts=bool(trusted))
        findings += contract_key(parts, keys, context)
        findings += holdings.source_places(context)
        findings += await holdings.sources(parts, context)
        findings += await grades(parts, context)
        findings += await empty_policies(parts, context)
        findings += await holdings.processes(parts, context)
        findings += await vault(parts, context)
        findings += await counters(parts, context)
        findings += await signed_agreements(parts, context)
        findings += await logs(parts, context)
        findings += await holdings.evidence(parts, context, _VERIFIERS)
    return examination(findings, parts.clock.now())


async def examine_start(config: Config, parts: RecordParts, keys: KeyCabinet) -> None:
    """The cheap part, once a node listens, what is not offered and what is not counted; each finding that is not fine goes to the log."""
    findings = await _cheap(config, parts, keys)
    for context in parts.contexts:
        findings += await grades(parts, context)
        findings += await counters(parts, context)
    for each in findings:
        if each.grade is not Grade.OK:
            _log.log(_LEVELS[each.grade], "%s", each.en, extra={"code": each.code, "about": each.about})


async def _cheap(config: Config, parts: RecordParts, keys: KeyCabinet) -> list[Finding]:
    """Files, rules, and our own addresses from outside in."""
    now = parts.clock.now()
    findings = [*files(config), *machine.certificate(config, now), *machine.clock_jumps(parts.clock)]
    contexts = [each for each in parts.contexts if not each.closed]
    urls = [url for each in contexts for url in public_urls.own_urls(each, development=config.development)]
    client = _client(config, urls)
    try:
        for context in contexts:
            findings += await public_urls.version_document(client, context, now)
            findings += await public_urls.data_listener(client, context)
            findings += await public_urls.did_document(client, context, keys, development=config.development)
    finally:
        await client.close()
    return findings


def _client(config: Config, urls: list[str]) -> HttpOutbound:
    rules = OutboundRules(
        development=config.development,
        ca_file=config.at(config.tls.ca_file) if config.tls.ca_file else None,
    )
    return public_urls.outbound_to(urls, rules)


def files(config: Config) -> list[Finding]:
    """Check a node by its files alone."""
    return [*machine.key_files(config), *machine.disk(config), *machine.opened_rules(config)]
