"""`gdr approver`: give an approver the one-time codes by which he proves who he is."""

import re

from rich.text import Text

from gdr.answer import Answer, BadInput
from tasks.approvals import codes

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]{0,62}")


def approver(name: str, /, *, renew: bool = False) -> Answer:
    """Make an approver's seed on this control host, and print once what his device must be told.

    Do it with him beside you: who reads that line can answer in his name. In the environment file his entry under
    `approval.approvers` is then `{name: NAME, identity: code}`.

    Args:
        name: As it stands on the list of approvers.
        renew: Make another seed: the codes of the old one count no more.
    """
    if not NAME.fullmatch(name):
        raise BadInput(f"{name}: no name that may stand on the list of approvers")
    address = codes.enrol(name, renew=renew)
    text = f"{codes.path()}: {name} enrolled. His device is told this, and nobody else:\n{address}"
    return Answer(data={"file": str(codes.path()), "approver": name, "otpauth": address}, text=Text(text))
