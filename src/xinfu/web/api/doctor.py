"""The doctor: checks what a partner would see of this node, what is open, and what is misconfigured."""

from xinfu.services.finding import Examination
from xinfu.web.api.operation import Call, Operation


async def examine(call: Call) -> Examination:
    return await call.examine()


OPERATIONS = [
    Operation(
        method="GET",
        path="/doctor",
        summary="Check the deployment: public addresses as seen from outside, keys, sources, evidence, processes.",
        handler=examine,
        gives=Examination,
        node=True,
    ),
]
