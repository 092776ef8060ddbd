"""Writes a contract's document as one HTML page for printing, with Chinese and English side by side."""

import base64
import hashlib
from functools import lru_cache
from importlib.resources import files
from typing import Final

import jinja2
import segno
from markupsafe import Markup

from xinfu.web.documents.contract import ContractDocument

_PACKAGE: Final = "xinfu.web.documents"


@lru_cache(maxsize=1)
def _environment() -> jinja2.Environment:
    return jinja2.Environment(
        loader=jinja2.PackageLoader(_PACKAGE),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def page(document: ContractDocument) -> str:
    """Return the page. It holds no script, and its content security policy allows only its own style."""
    style = (files(_PACKAGE) / "templates" / "contract.css").read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return (
        _environment()
        .get_template("contract.html")
        .render(
            document=document,
            style=Markup(style),  # noqa: S704 - our own file
            style_hash=f"sha256-{digest}",
            code=Markup(qr_code(document.code)) if document.code else "",  # noqa: S704 - drawn here, escaped by segno
        )
    )


def qr_code(text: str) -> str:
    """A QR code as inline SVG."""
    code = segno.make(text, micro=False, error="m")
    return str(code.svg_inline(scale=3, omitsize=True, svgclass="qr", lineclass=None))
