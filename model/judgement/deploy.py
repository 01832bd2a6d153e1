"""When a deploy must not begin, or go on: it leaves alone whatever is not of this deployment."""

from collections.abc import Iterator
from dataclasses import replace

from model import commands
from model.deployment import logs
from model.deployment.disturbance import disturbed, in_use
from model.deployment.foreign import foreign, names_of_others
from model.deployment.render import NO_SECTION
from model.environment.document import Host, RegionKey
from model.environment.environment import REGION_KEYS, Environment
from model.judgement.shared import unnamed
from model.runbooks import DEPLOY
from model.step import Verb
from model.view import WRITING_PARTS, View

NO_LOGS = "nothing says how it is made: name its account and the vendor's scripts in deploy.database.log"


def refusals(view: View) -> tuple[str, ...]:
    """Say why it must not begin, or go on."""
    if view.environment.deploy is None:
        return (f"{view.environment.name}: {NO_SECTION}",)
    if _wants_logs(view.environment) and not view.environment.makes_logs:
        return (f"{view.environment.name}: database.log: {NO_LOGS}",)
    hosts = tuple(host for _, host in view.environment.all_hosts())
    found = [reason for host in hosts for reason in foreign(view, host)]
    return (*unnamed(view.environment, hosts), *_elsewhere(view), *found)


def _wants_logs(known: Environment) -> bool:
    """Whether deploy is to make a log database: under `cross` none that stands on a machine of its own."""
    return known.database.log is not None and any(known.log_host(key) for key in REGION_KEYS)


def before_begun(view: View) -> Iterator[str]:
    """Say what of a deployment in use it would disturb, and which log server is filled.

    What its own case has begun, it goes on with: a log server that somebody fills meanwhile is a debt of it.
    """
    yield from logs.filled(view)
    if view.environment.deploy is not None and in_use(view):
        yield from disturbed(view, DEPLOY.left(view).steps())


def _elsewhere(view: View) -> Iterator[str]:
    """Say what of the other region, or of DNS, shows that this is no new deployment."""
    record = view.seen.record
    if record is not None and record.active != view.target:
        yield f"{record.active} is active: deploy it, not {view.target}; the other region is made of it"
    if record is not None and record.active == view.target != record.data:
        yield _apart(view, record.data)
    if view.primary(view.source):
        yield f"{view.source}: a Configuration Server is Primary there: a second one would write beside it (V1)"
    for host in view.environment.framework(view.source):
        yield from _runs(view, host)
    if record is None:
        yield from names_of_others(view.environment, view.target, view.seen.server(view.environment.writer.name))


def _apart(view: View, data: RegionKey) -> str:
    """Name the way to bring the database to its framework: deploy would make a copy of what is not the active one."""
    intent = replace(view.intent, runbook="dbms_failover", home=view.target)
    way = commands.run(view.environment.name, intent)
    return f"{data} has the active DBMS, and {view.target} the framework: bring the database back first: `{way}`"


def _runs(view: View, host: Host) -> Iterator[str]:
    """Say what runs of the other framework, or may run: a host that does not answer is refused as such."""
    survey = view.seen.survey(host.name)
    for part in host.components if survey.answers else ():
        known = survey.parts.get(part.unit)
        if part.kind in WRITING_PARTS and known is None:
            yield f"{host.name}: whether {part.unit} runs is unknown: deploy makes {view.target} the active region"
        elif part.kind in WRITING_PARTS and known is not None and known.account is not None:
            yield f"{host.name}: {part.unit} runs although {view.target} is to be active: stop it first (V1)"


def done(view: View) -> bool:
    """Whether everything is as it was rendered, and the record steady: nothing to do.

    The canary is of each case its own: a deployment that stands is asked for none.
    """
    record = view.seen.record
    if record is None or (record.state, record.active) != ("steady", view.target) or view.environment.deploy is None:
        return False
    looks = (Verb.SEE_ROWS, Verb.SEE_COPIES, Verb.RESOLVE)  # for what is but looked at nothing is deployed again
    closing = (Verb.TAKE_EPOCH, Verb.CANARY, Verb.STEADY, *looks)
    return all(step.verb in closing for step in DEPLOY.left(view).steps())
