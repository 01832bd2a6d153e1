"""Questions and answers as plain data: how the evidence keeps them, and how they are read back."""

from typing import Any

from model.approval import Answer, Approval, Bounds, Identity, Question


def question_data(question: Question) -> dict[str, Any]:
    """Write a question as plain data for the evidence."""
    return {
        "question": question.key,
        "mode": question.mode,
        "steps": sorted(question.steps),
        "bounds": _bounds_data(question.bounds),
        "levels": dict(question.levels),
        "text": question.text,
        "flow_run": question.flow_run,
        "api": question.api,
    }


def question_from(data: Any, at: float) -> Question | None:
    """Read a question back; None is one of a version that did not keep what it showed: nobody can answer it."""
    if "question" not in data:
        return None
    return Question(
        key=data["question"],
        mode=data["mode"],
        steps=frozenset(data["steps"]),
        bounds=_bounds(data["bounds"]),
        levels=data["levels"],
        text=data["text"],
        at=at,
        flow_run=data.get("flow_run", ""),
        api=data.get("api", ""),
    )


def _bounds_data(bounds: Bounds) -> dict[str, Any]:
    return {
        "loss_changes": bounds.loss_changes,
        "unreachable": sorted(bounds.unreachable),
        "waived": sorted(bounds.waived),
    }


def _bounds(data: Any) -> Bounds:
    return Bounds(
        loss_changes=data["loss_changes"],
        unreachable=frozenset(data["unreachable"]),
        waived=frozenset(data["waived"]),
    )


def approval_data(approval: Approval) -> dict[str, Any]:
    """Write an approval as plain data for the evidence."""
    return {
        "stage": approval.stage,
        "mode": approval.mode,
        "approver": approval.approver,
        "decision": approval.decision,
        "reason": approval.reason,
        "channel": approval.channel,
        "at": approval.at,
        "beforehand": approval.beforehand,
        "identity": approval.identity,
        "steps": sorted(approval.steps),
        "bounds": _bounds_data(approval.bounds),
    }


def identity_data(identity: Identity, answer: Answer) -> dict[str, Any]:
    """Write what proves, or was to prove, who gave an answer: a signature as it is, a code only as which one it was."""
    signed = {"statement": answer.statement, "signature": answer.signature} if answer.signature else {}
    return signed | ({} if identity.step is None else {"code_step": identity.step})


def approval_from(data: Any) -> Approval:
    """Read an approval back from the evidence."""
    fields = {
        key: data[key] for key in ("stage", "mode", "approver", "decision", "reason", "channel", "at", "beforehand")
    }
    known = {"identity": data["identity"]} if "identity" in data else {}  # older journals have none
    return Approval(**fields, **known, steps=frozenset(data["steps"]), bounds=_bounds(data["bounds"]))
