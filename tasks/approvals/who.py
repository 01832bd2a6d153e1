"""Who gave an answer: by signature, by one-time code, or by nothing but a name."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from model.approval import Answer, Identity, identify
from model.environment.environment import Environment
from model.errors import Refused
from tasks.approvals import codes, signatures, slack


@contextmanager
def settled(answer: Answer, known: Environment) -> Iterator[Identity]:
    """Judge who gave an answer, for whoever records it before he leaves: until then nobody else here judges a code."""
    with ExitStack() as held:
        try:
            if answer.code:
                held.enter_context(codes.locked())
        except (Refused, OSError) as error:
            identity = _unjudged(error)
        else:
            identity = identified(answer, known)
        yield identity


def identified(answer: Answer, known: Environment) -> Identity:
    """Judge who gave an answer; what cannot be judged here is a reason to ask again, and never the end of a run."""
    policy = known.approval
    try:
        signed = _signed(answer, policy.key_of(answer.approver))
        vouched = answer.beforehand or signed is not None or answer.channel == slack.CHANNEL
        asks = policy.asks_code(answer.approver) and not vouched
        step = codes.step_of(answer) if asks else None
        used = frozenset(codes.used(answer.approver))
    except (Refused, OSError) as error:
        return _unjudged(error)
    return identify(answer, known, step, used, signed=signed)


def _unjudged(error: Exception) -> Identity:
    return Identity(reasons=(f"identity: cannot be judged here: {error}",))


def _signed(answer: Answer, key: str | None) -> bool | None:
    """Whether it is signed with the approver's key; None where it is not signed at all."""
    if not answer.signature:
        return None
    return key is not None and signatures.is_of(answer.approver, key, answer.statement, answer.signature)
