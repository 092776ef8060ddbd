"""Contract templates: kept, fetched from the platform, filled in to the rules of an offer.

Every template is checked before it is kept, one that the platform sends too. What comes of filling one in is a policy
to publish under; the contract follows from the agreement on it. Follows: TC609-6-2025-14, 7.2 a and b, B.2.
"""

from collections.abc import Mapping

from xinfu.contracts import ContractTemplate, check_template, fill
from xinfu.contracts.messages import ContractApi, TemplateAnswer, TemplateRequest
from xinfu.contracts.reading import convert
from xinfu.contracts.template import FilledTemplate
from xinfu.errors import NotFoundError
from xinfu.ports.records import CONTRACT_TEMPLATES, StoredTemplate
from xinfu.ports.store import Step
from xinfu.services.contracts import errors
from xinfu.services.contracts.calling import ask, platform_of
from xinfu.services.parts import ContractParts, RecordParts


async def save_template(parts: RecordParts, context: str, template: ContractTemplate) -> StoredTemplate:
    """Put a template into the library, or replace it.

    Raises:
        InputError: `template.*`; `contract.*`: its clauses say what nobody can judge.
    """
    check_template(template)
    async with parts.store.step(context) as step:
        return await _kept(step, parts, template)


async def remove(parts: RecordParts, context: str, id_: str) -> None:
    """Take a template out of the library.

    Raises:
        NotFoundError: `contract-template.not-found`.
    """
    async with parts.store.step(context) as step:
        if not await step.of(CONTRACT_TEMPLATES).remove(id_):
            raise template_not_found(id_)


async def fetch(parts: ContractParts, context: str) -> list[StoredTemplate]:
    """Take over all templates of our platform, in place of those that are kept under their ids.

    Raises:
        ConflictError: `contract.no-platform`. PeerError: it is away, or refused.
        InputError: a template that cannot be used; nothing is kept then.
    """
    to, ours = await platform_of(parts), parts.contexts.get(context)
    request = TemplateRequest(
        issuer_id=ours.connector or ours.participant, issuer_entity_id=ours.entity or ours.participant
    )
    answer = await ask(parts, context, to, ContractApi.TEMPLATE, request, TemplateAnswer)
    listed = answer.template if isinstance(answer.template, list) else [answer.template]
    found = [convert(each, ContractTemplate) for each in listed]
    for each in found:
        check_template(each)
    async with parts.store.step(context) as step:
        return [await _kept(step, parts, each) for each in found]


async def fill_template(
    parts: RecordParts, context: str, id_: str, values: Mapping[str, str]
) -> FilledTemplate:
    """The clauses of a template with its blanks filled in.

    Raises:
        NotFoundError: `contract-template.not-found`. InputError: as `fill`.
    """
    async with parts.store.view(context) as view:
        found = await view.of(CONTRACT_TEMPLATES).get(id_)
    if found is None:
        raise template_not_found(id_)
    return fill(found.template, values)


def template_not_found(id_: str) -> NotFoundError:
    """No template of this id."""
    return errors.CONTRACT_TEMPLATE_NOT_FOUND(id=id_)


async def _kept(step: Step, parts: RecordParts, template: ContractTemplate) -> StoredTemplate:
    now = parts.clock.now()
    before = await step.of(CONTRACT_TEMPLATES).get(template.id)
    made = StoredTemplate(
        id=template.id,
        context=step.context,
        template=template,
        created=before.created if before else now,
        updated=now,
    )
    await (step.of(CONTRACT_TEMPLATES).save(made) if before else step.of(CONTRACT_TEMPLATES).add(made))
    return made
