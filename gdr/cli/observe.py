"""`gdr observe`: both regions as they are now. Needs no Prefect server."""

import asyncio

from gdr.answer import Answer
from tasks.run import environment


def observe(name: str, /) -> Answer:
    """Look at hosts, databases, names and the activation record, all at once. Changes nothing.

    Args:
        name: Name of the environment file that lies beside the code.
    """
    known = environment(name)
    from gdr.observed import data, neutral_view, page  # noqa: PLC0415  (Prefect takes a second to import)
    from gdr.second_source import use_second_source  # noqa: PLC0415
    from model.scope import whole  # noqa: PLC0415
    from tasks.evidence import open_case  # noqa: PLC0415
    from tasks.look import look  # noqa: PLC0415

    use_second_source(known)
    case = open_case(name)
    view = neutral_view(known, asyncio.run(look(known, whole(known))), case)
    return Answer(data=data(view, case), text=page(view))
