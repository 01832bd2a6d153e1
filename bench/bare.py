"""The baseline, frozen: a planned switchover of the laboratory by asyncssh alone, from region 1 to region 2.

    python -m bench.bare        on the laboratory's control host, as the product's account

The acts of the product's plan, in its order and as parallel, with the same commands, one look before each and looks
after it until it is proven. No journal, no Prefect, no gate, no invariants between stages, no power source asked.
Nothing of the product is imported: what it compares with must not change with it. Prints each moment as a JSON line.
"""

import asyncio
import os
from functools import partial
from pathlib import Path
from typing import Any

import asyncpg
from ruamel.yaml import YAML

from bench.bare_reach import ADDRESSES, ALIAS, NAMES, Bare, Proof, Seen

CANARY = "INSERT INTO gdr_canary (case_id, step, at) VALUES ($1, 'canary:r2-db', now())"
SOURCE, TARGET = ("198.18.1.11", "198.18.1.12"), ("198.18.2.11", "198.18.2.12")
OLD, NEW = ("r1-fw-p", "r1-fw-b"), ("r2-fw-p", "r2-fw-b")
PAIRS = {"r1": ("r1-app-p", "r1-app-b"), "r2": ("r2-app-p", "r2-app-b")}
PROXIES = (*PAIRS["r1"], *PAIRS["r2"])
DOWN = ("inactive", "failed")
EVERYTHING = f"{' '.join(ADDRESSES)} sql:r1-db sql:r2-db ns1 ns2 record"
WAIT_POLL_S, MANAGEMENT_LAYER_S, ARRIVAL_S = 0.2, 8.0, 15.0


def part(seen: Seen, host: str, kind: str) -> dict[str, Any]:
    """Return one component of a host."""
    return next(one for one in seen[host]["components"] if one["kind"] == kind)


def stopped(host: str, kind: str) -> Proof:
    """Tell that nothing listens and the unit is down."""
    return lambda seen: part(seen, host, kind)["listening"] is False and part(seen, host, kind)["active"] in DOWN


def runs(host: str, kind: str) -> Proof:
    """Tell that it listens."""
    return lambda seen: part(seen, host, kind)["listening"] is True


def leads(seen: Seen) -> bool:
    """Tell that one of the target's pair is Primary and works."""
    parts = [part(seen, host, "confserv") for host in NEW]
    return ("Primary", "Running") in [(one["run_mode"], one["status"]) for one in parts]


def paired(host: str) -> Proof:
    """Tell that it runs as one of a pair."""
    return lambda seen: bool(part(seen, host, "confserv")["run_mode"]) and runs(host, "confserv")(seen)


def closed(host: str, *addresses: str) -> Proof:
    """Tell that the port of its DBMS is closed to these."""
    return lambda seen: not seen[host]["torn"] and {*addresses} <= {*seen[host]["blocked"]["5432"]}


def normal(host: str) -> Proof:
    """Tell that its proxy runs, and is connected to the master of the target."""

    def proof(seen: Seen) -> bool:
        proxy = part(seen, host, "proxy")
        return proxy["listening"] and proxy["status"] == "Running" and bool({*seen[host]["peers"]} & {*TARGET})

    return proof


def drained(seen: Seen) -> bool:
    """Tell that the source is down in order, and the target has all of it."""
    database = seen["r1-db"]["database"]
    high, low = (int(half, 16) for half in database["checkpoint_lsn"].split("/"))
    received: int = seen["sql:r2-db"]["received"]
    return database["cluster_state"] == "shut down" and received > (high << 32) + low


async def stop_source(bare: Bare) -> None:
    """Stop the framework in order, then its DBMS; shut the source out."""
    both, target = " ".join(OLD), "record r2-db sql:r2-db"

    async def stop(host: str, kind: str, unit: str, looks: str) -> None:
        order = lambda: bare.order(host, "component-stop", unit)
        await bare.act(f"stop:{host}/{kind}", f"{target} {looks}", host, stopped(host, kind), order)

    await asyncio.gather(*(stop(host, "scs", "scs", host) for host in OLD))
    await asyncio.gather(*(stop(host, "message_server", "message-server", both) for host in OLD))
    await stop(OLD[1], "confserv", "confserv", both)
    await stop(OLD[0], "confserv", "confserv", both)
    await asyncio.gather(*(stop(host, "lca", "lca", both) for host in OLD))
    shut, keep = (*SOURCE, *TARGET), (ADDRESSES["r1-db"], *SOURCE)
    close = lambda: bare.order("r1-db", "firewall-block", "5432", *shut)
    await bare.act("close-database:r1-db", target, "r1-db", closed("r1-db", *shut), close)
    free = lambda seen: not {*seen["sql:r1-db"]["sessions"]} & {*shut}
    end = lambda: bare.order("r1-db", "pg-end-sessions", *shut)
    await bare.act("end-sessions:r1-db", target, "r1-db sql:r1-db", free, end)
    down = lambda seen: seen["sql:r1-db"] is None and seen["r1-db"]["database"]["cluster_state"] == "shut down"
    halt = lambda: bare.order("r1-db", "pg-stop")
    await bare.act("stop-database:r1-db", f"{target} {both}", "r1-db sql:r1-db", down, halt)
    await bare.act("drain:r1-db", "record", "r1-db sql:r1-db r2-db sql:r2-db", drained)
    block = lambda: bare.order("r2-db", "firewall-block", "5432", *keep)
    await bare.act(
        "block-replication:r2-db", "record r1-db sql:r1-db sql:r2-db", "r2-db", closed("r2-db", *keep), block
    )


async def start_target(bare: Bare) -> None:
    """Promote, let the framework in, start it in order."""
    both, databases = " ".join(NEW), "r1-db sql:r1-db r2-db sql:r2-db"
    primary = lambda seen: seen["sql:r2-db"]["in_recovery"] is False and seen["r2-db"]["database"]["marked"]
    promote = lambda: bare.order("r2-db", "pg-promote")
    await bare.act("promote:r2-db", f"record {' '.join(OLD)} {databases}", "r2-db sql:r2-db", primary, promote)
    opened = lambda seen: not {*seen["r2-db"]["blocked"]["5432"]} & {*TARGET}
    let_in = lambda: bare.order("r2-db", "firewall-open", "5432", *TARGET)
    await bare.act("open-database:r2-db", "record sql:r2-db", "r2-db", opened, let_in)
    there = lambda seen: seen["ns1"].items() >= {name: [value] for name, value in ALIAS.items()}.items()
    await bare.act("move-alias:ns1", f"record {' '.join(OLD)} {databases}", "ns1 record", there)

    async def start(host: str, kind: str, looks: str, after: str, proof: Proof) -> None:
        order = lambda: bare.order(host, "component-start", kind)
        await bare.act(f"start:{host}/{kind}", f"record {host} {looks}", after, proof, order)

    await asyncio.gather(*(start(host, "lca", "r2-db sql:r2-db", host, runs(host, "lca")) for host in NEW))
    await start(NEW[0], "confserv", f"{' '.join(OLD)} {databases}", both, leads)
    await start(NEW[1], "confserv", both, NEW[1], paired(NEW[1]))
    await asyncio.gather(*(start(host, "scs", both, host, runs(host, "scs")) for host in NEW))

    async def wait(host: str) -> None:
        proof = runs(host, "message_server")

        async def await_or_start() -> None:
            if not await bare.until(host, proof, MANAGEMENT_LAYER_S, WAIT_POLL_S):
                await bare.order(host, "component-start", "message-server")

        await bare.act(f"await:{host}/message_server", f"record {both}", host, proof, await_or_start)

    await asyncio.gather(*map(wait, NEW))


async def move_clients(bare: Bare) -> None:
    """Move the names last; send the clients there; prove that they have arrived."""
    moved = {name: [address] for name, address in NAMES.items()}
    here = lambda seen: seen["ns1"].items() >= moved.items()
    move = lambda: bare.swap(bare.record.replace("active=region1", "active=region2"), NAMES)
    await bare.act("move-names:ns1", f"record {' '.join((*OLD, *NEW))} r1-db sql:r1-db", "ns1 record", here, move)
    agrees = lambda seen: seen["ns2"].items() >= moved.items()
    await bare.act("agree:ns2", "record ns1", "ns2", agrees)

    async def flush(host: str) -> None:
        resolves = lambda seen: seen[host]["names"] == moved
        await bare.act(f"flush:{host}", "record ns1", host, resolves, lambda: bare.order(host, "resolver-flush"))

    await flush("fwd")
    await asyncio.gather(*map(flush, PROXIES))
    await asyncio.gather(*(bare.until(host, normal(host), ARRIVAL_S, WAIT_POLL_S) for host in PROXIES))
    for host in PROXIES:
        looks = f"record {' '.join(NEW)} {' '.join(PAIRS[host[:2]])}"
        restart = partial(bare.order, host, "component-restart", "csproxy")
        await bare.act(f"reconnect:{host}/proxy", looks, host, normal(host), restart)

    async def serve(region: str, pair: tuple[str, ...]) -> None:
        proof = lambda seen: any(normal(host)(seen) for host in pair)
        await bare.act(f"serve:region{region[1:]}", "record ns1", " ".join(pair), proof)

    await asyncio.gather(*(serve(region, pair) for region, pair in PAIRS.items()))


async def canary(bare: Bare) -> None:
    """Commit one row as the Configuration Server account, once the host has obeyed the epoch."""
    await bare.order("r2-db", "epoch")
    login = {"user": bare.sql["account"], "password": bare.sql["account_password"], "database": "config"}
    connection = await asyncpg.connect(host=ADDRESSES["r2-db"], timeout=6, **login)
    await connection.execute(CANARY, bare.case)
    await connection.close()


async def switch(bare: Bare) -> None:
    """Do it."""
    await asyncio.gather(*map(bare.connect, ADDRESSES))
    seen = await bare.look(EVERYTHING)
    bare.record = seen["record"]
    fields = dict(word.split("=") for word in bare.record.split())
    bare.epoch = int(fields["epoch"]) + 1
    taken = f"v=1 epoch={bare.epoch} state=switching active=region1 target=region2 case={bare.case} head=-"
    await bare.act(
        "take-epoch:ns1",
        "r2-db sql:r2-db",
        "record",
        lambda seen: seen["record"] == taken,
        lambda: bare.swap(taken, {}),
    )
    await stop_source(bare)
    await start_target(bare)
    await move_clients(bare)
    committed = lambda seen: bare.case in seen["sql:r2-db"]["canaries"]
    await bare.act("canary:r2-db", "record", "r2-db sql:r2-db", committed, lambda: canary(bare))
    steady = f"v=1 epoch={bare.epoch} state=steady active=region2 target=region2 case=- head=-"
    looks = f"{' '.join((*OLD, *NEW))} r1-db sql:r1-db r2-db sql:r2-db ns1"
    await bare.act("steady:ns1", looks, "record", lambda seen: seen["record"] == steady, lambda: bare.swap(steady, {}))


if __name__ == "__main__":
    asyncio.run(switch(Bare(YAML(typ="safe").load(Path(os.environ["GDR_BLOCKS"]).read_text()))))
