"""The vault of a node: what did not land, and what should be gone and is not."""

from xinfu.ports.records import VAULT_OBJECTS, VaultState
from xinfu.services.contexts.context import Context
from xinfu.services.finding import Finding, Grade, fine
from xinfu.services.parts import RecordParts


async def vault(parts: RecordParts, context: Context) -> list[Finding]:
    """Return findings for stopped landings and for objects whose key could not be destroyed."""
    async with parts.store.view(context.id) as view:
        there = {
            state: await view.of(VAULT_OBJECTS).count(VAULT_OBJECTS.state.equals(state))
            for state in VaultState
        }
    stopped, doomed = there[VaultState.STOPPED], there[VaultState.DESTROYING]
    found: list[Finding] = []
    if doomed:
        found.append(
            Finding(
                code="vault.not-destroyed",
                grade=Grade.FAULT,
                en=f"{doomed} objects have to be destroyed, and their keys are not where they were put.",
                zh=f"有 {doomed} 个对象须销毁，但其密钥不在原处。",
                help_en="Mount the folder of [vault]; the node destroys them when it starts, or `xinfu vault destroy` now.",
                help_zh="请挂载 [vault] 指定的文件夹；节点启动时会自行销毁，也可立即用 `xinfu vault destroy` 销毁。",
                about=context.id,
            )
        )
    if stopped:
        found.append(
            Finding(
                code="vault.stopped",
                grade=Grade.WARNING,
                en=f"{stopped} landings stopped before their end.",
                zh=f"有 {stopped} 个落地未完成即停止。",
                help_en="`xinfu vault list --state stopped` shows them; `xinfu vault land TRANSFER` goes on.",
                help_zh="可用 `xinfu vault list --state stopped` 查看，并用 `xinfu vault land 传输` 续传。",
                about=context.id,
            )
        )
    if not found and there[VaultState.LANDED]:
        count = there[VaultState.LANDED]
        found.append(
            fine(
                "vault.whole", f"{count} objects have landed.", f"已有 {count} 个对象落地。", about=context.id
            )
        )
    return found
