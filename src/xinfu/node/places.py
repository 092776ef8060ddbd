"""The places allowed for sources: the folders of the publishing context, never the node's own files (D-34)."""

import sys
from collections.abc import Callable
from pathlib import Path

from xinfu.dataplanes.own_files import OwnFiles
from xinfu.node.config import Config
from xinfu.services.contexts.context import Contexts


def own_files(config: Config, contexts: Contexts) -> OwnFiles:
    """The node's own: what its configuration names, the keys of hosted contexts, and the log where it is a file."""
    trust = (*config.trust.certificates, *config.trust.revocations)
    files = (config.file, config.store.path, config.tls.cert, config.tls.ca_file, *trust)
    secrets = (
        config.keys.master,
        config.keys.api,
        config.tls.key,
        config.store.password_file,
        config.metrics.key,
        config.telemetry.key,
    )
    return OwnFiles(
        files=[config.at(each) for each in files if each],
        folders=[config.at(config.vault.folder), config.at(config.results.folder)],
        secrets=[config.at(each) for each in secrets if each],
        logs=[sys.__stdout__.fileno(), sys.__stderr__.fileno()] if sys.__stdout__ and sys.__stderr__ else [],
        is_key=lambda digest: contexts.opened_by(digest) is not None,
    )


def source_folders(contexts: Contexts) -> Callable[[str, str], bool]:
    """Whether a context may publish from a path.

    The nearest folder that an operator named says whose a path is: below the folder of one context, another may have
    its own. A folder that contains another context's folder cannot be a source.
    """

    def allowed(context: str, path: str) -> bool:
        if "\0" in path or context not in contexts:
            return False
        real = Path(path).resolve()
        ours = [Path(each) for each in contexts.get(context).folders]
        above = max((each for each in ours if real.is_relative_to(each)), default=None, key=_depth)
        if above is None:
            return False
        others = [Path(folder) for each in contexts if each.id != context for folder in each.folders]
        nearer = [each for each in others if each.is_relative_to(above) and each not in ours]
        return not any(real.is_relative_to(each) or each.is_relative_to(real) for each in nearer)

    return allowed


def _depth(folder: Path) -> int:
    return len(folder.parts)
