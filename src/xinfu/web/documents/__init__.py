"""Documents for people, to print and to keep: no script, nothing fetched from elsewhere."""

from xinfu.web.documents.contract import ContractDocument, contract_document
from xinfu.web.documents.page import page
from xinfu.web.documents.paper import paper

__all__ = ["ContractDocument", "contract_document", "page", "paper"]
