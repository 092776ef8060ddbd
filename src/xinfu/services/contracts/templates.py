"""Contract templates: store them, fetch them from the platform, and fill them in to make a policy.

Every template is checked before it is stored, also one from the platform. A filled template is a policy to publish
under; the contract follows from the agreement on it. Follows: TC609-6-2025-14, 7.2 a and b, B.2.
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
    """Add a template to the library, or replace it.

    Raises:
        InputError: `template.*`; `contract.*`: its clauses cannot be evaluated.
    """
    check_template(template)
    async with parts.store.step(context) as step:
        return await _kept(step, parts, template)


async def remove(parts: RecordParts, context: str, id_: str) -> None:
    """Remove a template from the library.

    Raises:
        NotFoundError: `contract-template.not-found`.
    """
    async with parts.store.step(context) as step:
        if not await step.of(CONTRACT_TEMPLATES).remove(id_):
            raise template_not_found(id_)


async def fetch(parts: ContractParts, context: str) -> list[StoredTemplate]:
    """Fetch all templates of our platform; each replaces the stored one with the same id.

    Raises:
        ConflictError: `contract.no-platform`. PeerError: the platform is away or refused.
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
    """Fill in the blanks of a template.

    Raises:
        NotFoundError: `contract-template.not-found`. InputError: as `fill`.
    """
    async with parts.store.view(context) as view:
        found = await view.of(CONTRACT_TEMPLATES).get(id_)
    if found is None:
        raise template_not_found(id_)
    return fill(found.template, values)


def template_not_found(id_: str) -> NotFoundError:
    """The error that there is no template with this id."""
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
