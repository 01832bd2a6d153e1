"""What must hold of a host that is deployed: nothing foreign before, and afterwards what was rendered."""

from model.conditions.registry import condition
from model.deployment import logs
from model.deployment.foreign import foreign, names_of_others
from model.deployment.render import making
from model.step import Step
from model.survey import DBMS, HOST, PartSurvey
from model.view import View

OBJECTS = ("backup Application", "message server signature", "message server autostart")


@condition("record", "writer")
def record_made_or_ours(view: View, _step: Step) -> str | None:
    """There is no activation record yet and the names answer nobody else's addresses, or it names the target active."""
    record = view.seen.record
    if record is not None:
        if record.active != view.target:
            return f"{record.active} is active, not {view.target}"
        return None if record.data == view.target else f"{record.data} has the active DBMS, not {view.target}"
    server = view.seen.server(view.environment.writer.name)
    if not server.answers or server.record is not None:
        return f"{view.environment.writer.name}: whether there is a record is unknown {server.fault}".rstrip()
    return "; ".join(names_of_others(view.environment, view.target, server)) or None


@condition("survey")
def nothing_foreign(view: View, step: Step) -> str | None:
    """The host holds nothing that is not of this deployment."""
    return "; ".join(foreign(view, view.environment.host(step.host))) or None


@condition("survey")
def host_side_laid(view: View, step: Step) -> str | None:
    """gdr-host, guard and firewall service are there as shipped, and the account may run nothing but gdr-host."""
    survey = view.seen.survey(step.host)
    if survey.state(HOST) == "same" and survey.narrow:
        return None
    return f"{step.host}: {_unlike(view, step.host, HOST)}; narrow: {survey.narrow} {survey.fault}".rstrip()


@condition("heard")
def names_pinned(view: View, step: Step) -> str | None:
    """The host's own file has the framework's names, as its own region's pair: DNS may say so today only."""
    region, seen = view.environment.region_of(step.host), view.host(step.host)
    if missing := set(view.environment.addresses(region)) - seen.hosts_file:
        return f"{step.host}: its hosts file has no {', '.join(sorted(missing))} {seen.fault}".rstrip()
    return None if view.resolves(step.host, region) else f"{step.host}: resolves {dict(seen.names)}"


@condition("host")
def names_not_pinned(view: View, step: Step) -> str | None:
    """The framework's names do not stand in the host's own file: only DNS says where they are."""
    seen = view.host(step.host)
    if seen.answers and not seen.hosts_file:
        return None
    return f"{step.host}: its hosts file has {', '.join(sorted(seen.hosts_file)) or 'not been seen'}"


@condition("survey")
def database_configured(view: View, step: Step) -> str | None:
    """The server has taken up the settings, the logins and the guard that were rendered."""
    survey = view.seen.survey(step.host)
    if survey.state(DBMS) == "same" and survey.passfile and survey.database and not survey.database.pending:
        return None
    return f"{step.host}: {_unlike(view, step.host, DBMS)}; has its peer's password, and all files taken up: not proven"


@condition("survey")
def standby_configured(view: View, step: Step) -> str | None:
    """Settings, logins and guard of the server are as rendered, and it has the password with which it follows."""
    survey = view.seen.survey(step.host)
    pending = survey.database is not None and survey.database.pending
    if survey.state(DBMS) == "same" and survey.passfile and not pending:
        return None
    taken = "; what runs has not taken up all its files" if pending else ""
    return f"{step.host}: {_unlike(view, step.host, DBMS)}; password for its peer: {survey.passfile}{taken}"


@condition("survey")
def database_made(view: View, step: Step) -> str | None:
    """The vendor's scripts have ended well in a database that carries this deployment's mark."""
    found = view.seen.survey(step.host).database
    if found is not None and found.made and found.mark == view.environment.name:
        return None
    return f"{step.host}: {view.environment.database.config_database} is not made by this deployment"


@condition("survey")
def log_database_made(view: View, step: Step) -> str | None:
    """The vendor's scripts have ended well in a log database that carries this deployment's mark."""
    found = logs.found_on(view, step.host)
    if found is not None and found.made and found.mark == view.environment.name:
        return None
    return f"{step.host}: its log database is not made by this deployment"


@condition("survey")
def log_database_ours(view: View, step: Step) -> str | None:
    """The log database is none that the site has filled by itself."""
    reason = logs.unmarked(view, step.host)
    return f"{reason}, and is left as it is: to adopt it, mark it (docs/operate.md, Deploying)" if reason else None


@condition("survey")
def objects_kept(view: View, step: Step) -> str | None:
    """The backup's Application, and the message server's signature and autostart, are in the Configuration Database."""
    found = view.seen.survey(step.host).database
    missing = [name for name in OBJECTS if found is None or name not in found.objects]
    return f"{step.host}: not in the Configuration Database: {', '.join(missing)}" if missing else None


def _part(view: View, step: Step) -> PartSurvey:
    part = view.environment.host(step.host).component(step.unit)
    return view.seen.survey(step.host).parts.get(part.unit if part else "", PartSurvey())


@condition("survey")
def part_installed(view: View, step: Step) -> str | None:
    """The site's installer has ended well in a folder that carries this deployment's mark."""
    part = _part(view, step)
    if part.installed and part.mark == view.environment.name:
        return None
    return f"{step.host}: {step.unit} is not installed by this deployment"


@condition("survey")
def part_configured(view: View, step: Step) -> str | None:
    """Configuration, run.sh, unit and its guard are as rendered."""
    part = view.environment.host(step.host).component(step.unit)
    unit = part.unit if part else ""
    survey = view.seen.survey(step.host)
    return None if survey.state(unit) == "same" else f"{step.host}: {_unlike(view, step.host, unit)}"


@condition("survey")
def part_rests(view: View, step: Step) -> str | None:
    """Nothing listens on the component's port."""
    account = _part(view, step).account
    seen = view.seen.survey(step.host).answers
    return None if seen and account is None else f"{step.host}: {step.unit} runs as {account}, or that is unknown"


@condition("survey")
def default_account(view: View, step: Step) -> str | None:
    """The component runs under the one account that the environment file names, from its first start on."""
    account, wanted = _part(view, step).account, making(view.environment).account
    return None if account == wanted else f"{step.host}: {step.unit} runs as {account}, not as {wanted}"


@condition("host")
def host_is_primary(view: View, step: Step) -> str | None:
    """The host's Configuration Server is Primary and works."""
    return None if view.is_primary(view.environment.host(step.host)) else f"{step.host}: confserv is not proven Primary"


@condition("target framework")
def scs_runs(view: View, _step: Step) -> str | None:
    """A Solution Control Server of the pair runs: without one nobody switches over."""
    hosts = view.environment.framework(view.target)
    return None if any(view.runs(host.name, "scs") for host in hosts) else f"{view.target}: no SCS runs"


@condition("survey", "target framework")
def switched_over(view: View, step: Step) -> str | None:
    """The backup has become Primary and the other Backup, or its host has noted that it was so."""
    if view.seen.survey(step.host).pair == view.environment.name:
        return None
    return _leads(view, step)


@condition("target framework")
def leads(view: View, step: Step) -> str | None:
    """The host's Configuration Server is Primary, and the other of its pair Backup."""
    return _leads(view, step)


def _leads(view: View, step: Step) -> str | None:
    for host in view.environment.framework(view.target):
        wanted = "Primary" if host.name == step.host else "Backup"
        found = view.host(host.name).component("confserv")
        if not found.running or found.run_mode != wanted:
            return f"{host.name}: confserv is {found.run_mode}, not {wanted}"
    return None


@condition("survey")
def pair_noted(view: View, step: Step) -> str | None:
    """The host has noted that its pair was seen to switch over and back."""
    noted = view.seen.survey(step.host).pair
    return None if noted == view.environment.name else f"{step.host}: the pair's own switchover is not proven yet"


def _unlike(view: View, host: str, group: str) -> str:
    survey = view.seen.survey(host)
    if paths := survey.differing.get(group, ()):
        return f"{group}: {len(paths)} files not as rendered: {', '.join(paths[:3])}"
    return f"{group}: as rendered" if survey.state(group) == "same" else f"{group}: whether as rendered is unknown"
