"""The activation record and the servers that hold it."""

from collections.abc import Iterator

from model.environment.document import NameServer
from model.readiness.blocked import EVERY, NOTHING, UNPLANNED, needing
from model.readiness.line import Check, Line
from model.view import View

READABLE = Check("record readable", "observe", "restore the one TXT record on the writer")
STEADY = Check("record steady", "observe", "continue the open case; never edit the record by hand meanwhile")
NO_CASE = Check("no open case", "observe", "continue or decline the case where it was opened")
OUTSIDE = Check("writer in the third site", "epoch", "name a lock_server outside both regions", (UNPLANNED,))
ANSWERS = Check("DNS server answers", "names", "start it, or open 53/tcp from the control host")
COPIED = Check("DNS server has the record", "names", "check NOTIFY and zone transfer from the writer", NOTHING)
ACTIVE = Check("active region known", "observe", "restore the record: what should run where is not known")
EPOCH = Check("epoch obeyed", "epoch", "find out who raised the host's epoch; raise the record's above it")


def record(view: View) -> Iterator[Line]:
    """Judge the record: exactly one, readable, steady, and nobody's."""
    found, name = view.seen.record, view.environment.record_name
    answers = view.seen.server(view.environment.writer.name).answers
    if found is None:
        reason = view.seen.record_fault or "not asked"
        yield READABLE.judged(name, False if answers else None, reason)
        yield STEADY.judged(name, None, reason)
        yield NO_CASE.judged(name, None, reason)
        return
    yield READABLE.judged(name, holds=True, found=found.text())
    steady = found.state == "steady" and found.target == found.active
    yield STEADY.judged(name, steady, f"state={found.state} active={found.active} target={found.target}")
    yield NO_CASE.judged(name, found.case == "-", f"case={found.case}")


def servers(view: View) -> Iterator[Line]:
    """Judge the authoritative servers: they answer and agree, and the writer dies with no region."""
    writer = view.environment.writer
    yield OUTSIDE.judged(writer.name, writer.site == "third", f"stands in {writer.site}")
    for server in view.environment.dns.servers:
        seen = view.seen.server(server.name)
        blocks = EVERY if server is writer else NOTHING
        yield ANSWERS.judged(server.name, seen.answers, seen.fault or "answers with authority", blocks)
        if server is not writer:
            yield _copied(view, server)


def _copied(view: View, server: NameServer) -> Line:
    seen, record_ = view.seen.server(server.name), view.seen.record
    if not seen.answers or record_ is None:
        return COPIED.judged(server.name, None, seen.fault or view.seen.record_fault or "not asked")
    return COPIED.judged(server.name, seen.record == record_.text(), seen.record or "no record")


def epochs(view: View) -> Iterator[Line]:
    """Judge that no host has obeyed a younger process than the record knows: it would refuse every order."""
    known = view.seen.record
    names = [host.name for _, host in view.environment.all_hosts()]
    for name in (*names, *(resolver.name for resolver in view.environment.dns.resolvers)):
        obeyed, blocks = view.host(name).epoch, needing(view, name)
        if obeyed is None or known is None:
            found = f"host {_text(obeyed)}, record {_text(known.epoch if known else None)}"
            yield EPOCH.judged(name, None, found, blocks)
        else:
            yield EPOCH.judged(name, obeyed <= known.epoch, f"host {obeyed}, record {known.epoch}", blocks)


def _text(epoch: int | None) -> str:
    return "unknown" if epoch is None else str(epoch)
