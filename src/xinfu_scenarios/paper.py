"""Pages without scripts that load nothing, with one style that is allowed by its hash alone.

Every word that a template prints is escaped. The language is switched by style alone.
"""

import base64
import hashlib
from importlib.resources import files
from typing import Final

import jinja2
from markupsafe import Markup

_SHARED: Final = "xinfu_scenarios"


def printed(package: str, template: str, **words: object) -> str:
    """Render a template of a scenario's package as a page; its words include `style` and `style_hash`."""
    environment = jinja2.Environment(
        loader=jinja2.ChoiceLoader([jinja2.PackageLoader(package), jinja2.PackageLoader(_SHARED)]),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    style = (files(_SHARED) / "templates" / "page.css").read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return environment.get_template(template).render(
        style=Markup(style),  # noqa: S704  the package's own file
        style_hash=f"sha256-{digest}",
        **words,
    )
