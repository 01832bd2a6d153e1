"""What an approver of an abort sees: what is undone, in which order, and how things stand in the end."""

from collections.abc import Iterator

from model.environment.environment import REGION_KEYS
from model.judgement.abort import goes_back_first, lost
from model.kept_out import kept_out
from model.observation import DatabaseRole
from model.view import View


def works_now(view: View) -> str:
    """Say how many proxies serve, and where the Primary is."""
    words = []
    for key in REGION_KEYS:
        running = [host for host in view.environment.hosts(key, "application") if view.proxy(host).running]
        words.append(f"{key} {len(running)} of {len(view.environment.hosts(key, 'application'))} proxies serve")
    primary = next((key for key in REGION_KEYS if view.primary(key)), None)
    return "; ".join([*words, f"Primary in {primary}" if primary else "no Primary is seen: limited mode"])


def taken_back(view: View) -> tuple[str, ...]:
    """Say it."""
    standby = view.environment.dbms(view.source).name
    follows = view.seen.database(view.source).role is DatabaseRole.STANDBY
    end = "follows" if follows else "follows (**not seen to follow now**: a debt, reprotect afterwards)"
    way = f"the names answer it as they did; {view.away} sleeps behind its guard, {standby} {end}"
    return (
        f"- Back to {_back(view)} is undone. Works now: {works_now(view)}.",
        *(f"- Fence of {host.name}: {kept_out(view, host)}" for host in view.writers),
        *_and_then(view),
        f"- In the end: {view.home} is active as before, {way}.",
        f"- May be lost: nothing: {standby} was not promoted, and once you say go this case promotes nothing any more.",
        "- Point of no return: none. Waiting costs no calls: proxies serve read-only; only configuration changes wait.",
    )


def _and_then(view: View) -> Iterator[str]:
    """Say that it ends half way: only the database goes back to where it works, for its framework is lost."""
    primary, _ = view.environment.framework(view.home)
    if goes_back_first(view) and lost(view, primary):
        database = view.environment.dbms(view.target).name
        yield f"- **{primary.name} is lost: this makes {database} work, and is held; run again it names the way on**"


def _back(view: View) -> str:
    match view.intent.undoes:
        case "dbms_failover":
            return f"the database in {view.target}: its move to {view.source}"
        case "framework_failover":
            return f"the framework in {view.home}: its move to {view.away}"
        case _:
            return f"{view.target}: the switch to {view.source}"
