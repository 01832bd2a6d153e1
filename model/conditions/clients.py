"""What must hold of resolvers, proxies and the canary."""

from model.conditions.registry import condition
from model.step import Step
from model.view import View


@condition("heard")
def resolves_to_target(view: View, step: Step) -> str | None:
    """The host's own resolver answers the target's addresses."""
    if view.resolves(step.host, view.home):
        return None
    return f"{step.host}: resolves {dict(view.host(step.host).names)} {view.host(step.host).fault}".rstrip()


@condition("host", "target framework")
def younger_than_primary(view: View, step: Step) -> str | None:
    """The component was started after the new Primary, so that it holds nothing the database lacks."""
    part = view.host(step.host).component(step.unit)
    ages = [view.host(host.name).component("confserv").age_s for host in view.environment.framework(view.home)]
    oldest = max((age for age in ages if age is not None), default=None)
    if part.running and part.age_s is not None and oldest is not None and part.age_s < oldest:
        return None
    return f"{step.host}: {step.unit} is older than the new Primary, or that is unknown"


@condition("host")
def proxy_normal(view: View, step: Step) -> str | None:
    """The host's proxy is connected to the target's master and no longer read-only."""
    return (
        None
        if view.normal(view.environment.host(step.host), view.home)
        else f"{step.host}: proxy is not in normal mode on {view.home}"
    )


@condition("region")
def others_serve(view: View, step: Step) -> str | None:
    """Another proxy of the region is in normal mode, or there is no other that answers."""
    region = view.environment.region_of(step.host)
    others = [host for host in view.living(region) if host.name != step.host]
    if not others or any(view.normal(host, view.home) for host in others):
        return None
    return f"{region}: no other proxy serves while {step.host} restarts"


@condition("region")
def others_run(view: View, step: Step) -> str | None:
    """Another proxy of the region runs, be it read-only; or this one is down itself, or no other answers."""
    region = view.environment.region_of(step.host)
    others = [host for host in view.living(region) if host.name != step.host]
    down = view.host(step.host).component("proxy").running is False
    if down or not others or any(view.host(host.name).component("proxy").running for host in others):
        return None
    return f"{region}: no other proxy runs while {step.host} restarts"


@condition("region")
def region_serves(view: View, step: Step) -> str | None:
    """At least one proxy of the region is in normal mode on the target."""
    hosts = view.environment.hosts(step.host, "application")  # type: ignore[arg-type]  # the step's host is a region
    return None if any(view.normal(host, view.home) for host in hosts) else f"{step.host}: no proxy is in normal mode"


@condition("target database")
def canary_committed(view: View, _step: Step) -> str | None:
    """A row of this case, written as the Configuration Server account, is committed in the target's database."""
    database = view.seen.database(view.target)
    if view.canary in (database.canaries or ()):
        return None
    return f"{view.environment.dbms(view.target).name}: canary {view.canary} not found {database.fault}".rstrip()
