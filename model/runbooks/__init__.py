"""The runbooks by name."""

from collections.abc import Mapping

from model.runbooks import (
    abort,
    bubble,
    clone_and_isolate,
    dbms_failover,
    deploy,
    discard,
    framework_failover,
    full_failover,
    reprotect,
    return_guard,
)
from model.runbooks.abort import AbortPlan
from model.runbooks.bubble import BubblePlan
from model.runbooks.clone_and_isolate import CloneAndIsolatePlan
from model.runbooks.dbms_failover import DbmsFailoverPlan
from model.runbooks.deploy import DeployPlan
from model.runbooks.discard import DiscardPlan
from model.runbooks.framework_failover import FrameworkFailoverPlan
from model.runbooks.full_failover import FullFailoverPlan
from model.runbooks.reprotect import ReprotectPlan
from model.runbooks.return_guard import ReturnGuardPlan
from model.runbooks.runbook import Plan, Runbook
from model.step import Name
from model.view import View

FULL_FAILOVER = Runbook(FullFailoverPlan, full_failover.lines)
PARTIAL_FAILOVER = Runbook(FullFailoverPlan, full_failover.lines)  # the same lines: the intent says what is stopped
DBMS_FAILOVER = Runbook(DbmsFailoverPlan, dbms_failover.lines)
FRAMEWORK_FAILOVER = Runbook(FrameworkFailoverPlan, framework_failover.lines)
REPROTECT = Runbook(ReprotectPlan, reprotect.lines)
RETURN_GUARD = Runbook(ReturnGuardPlan, return_guard.lines)
DEPLOY = Runbook(DeployPlan, deploy.lines)
CLONE_AND_ISOLATE = Runbook(CloneAndIsolatePlan, clone_and_isolate.lines)
ABORT = Runbook(AbortPlan, abort.lines)
BUBBLE = Runbook(BubblePlan, bubble.lines)
DISCARD = Runbook(DiscardPlan, discard.lines)
RUNBOOKS: Mapping[Name, Runbook[Plan]] = {
    "full_failover": FULL_FAILOVER,
    "partial_failover": PARTIAL_FAILOVER,
    "dbms_failover": DBMS_FAILOVER,
    "framework_failover": FRAMEWORK_FAILOVER,
    "reprotect": REPROTECT,
    "return_guard": RETURN_GUARD,
    "deploy": DEPLOY,
    "clone_and_isolate": CLONE_AND_ISOLATE,
    "abort": ABORT,
    "bubble": BUBBLE,
    "discard": DISCARD,
}


def left(view: View) -> Plan:
    """Derive what is left of the runbook that the intent names."""
    return RUNBOOKS[view.intent.runbook].left(view)


def whole(view: View) -> Plan:
    """Return all of the runbook that the intent names."""
    return RUNBOOKS[view.intent.runbook].whole(view)
