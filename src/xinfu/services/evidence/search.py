"""Search the evidence log: by contract, agreement, dataset, other side, outcome, kind, process and time."""

from msgspec.structs import replace

from xinfu.ports.log import EntrySearch, StoredEntry
from xinfu.ports.records import AGREEMENTS, CONTRACTS
from xinfu.services.parts import RecordParts


async def find_entries(parts: RecordParts, context: str, search: EntrySearch) -> list[StoredEntry]:
    """A page of the entries that fit, in the order of their times.

    Args:
        search: its terms `contract` and `agreement` may be our own ids of these records in place of the contract's
            number and of the id that both sides use.

    Raises:
        InputError: `query.limit`, `query.column-unknown`.
    """
    async with parts.store.view(context) as view:
        terms = dict(search.terms)
        contract = await view.of(CONTRACTS).get(terms["contract"]) if "contract" in terms else None
        if contract is not None:
            terms["contract"] = contract.contract.number
        agreement = await view.of(AGREEMENTS).get(terms["agreement"]) if "agreement" in terms else None
        if agreement is not None:
            terms["agreement"] = agreement.wire_id
        return await view.log.search(replace(search, terms=terms))
