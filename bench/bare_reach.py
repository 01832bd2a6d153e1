"""How the baseline reaches hosts, DBMS and DNS, and its one mechanism: look, act, look until it is so. Frozen."""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from typing import Any

import asyncpg
import asyncssh
import dns.asyncquery
import dns.message
import dns.rcode
import dns.tsigkeyring
import dns.update

COMMAND = "sudo -n /opt/genesys-dr/bin/gdr-host"
ADDRESSES = {
    "fwd": "198.18.0.54",
    "r1-fw-p": "198.18.1.11",
    "r1-fw-b": "198.18.1.12",
    "r1-app-p": "198.18.1.21",
    "r1-app-b": "198.18.1.22",
    "r1-db": "198.18.1.31",
    "r2-fw-p": "198.18.2.11",
    "r2-fw-b": "198.18.2.12",
    "r2-app-p": "198.18.2.21",
    "r2-app-b": "198.18.2.22",
    "r2-db": "198.18.2.31",
}
SERVERS = {"ns1": "198.18.0.53", "ns2": "198.18.1.53"}
ZONE, RECORD, TTL_S = "gen.test", "_genesys-dr.gen.test", 30
NAMES = {"cfgmaster-p.gen.test": "198.18.2.11", "cfgmaster-b.gen.test": "198.18.2.12"}
ALIAS = {"cfgdb-2.gen.test": "198.18.2.31"}
POLL_S, PROOF_S = 0.1, 60.0
OBSERVE = """
SELECT pg_is_in_recovery() AS in_recovery,
       pg_wal_lsn_diff(CASE WHEN pg_is_in_recovery() THEN greatest(pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn())
                            ELSE pg_current_wal_flush_lsn() END, '0/0')::bigint AS received,
       current_setting('synchronous_standby_names') AS sync_names,
       ARRAY(SELECT host(client_addr) FROM pg_stat_activity
              WHERE backend_type = 'client backend' AND client_addr IS NOT NULL) AS sessions,
       ARRAY(SELECT DISTINCT case_id FROM gdr_canary) AS canaries
"""
Seen = dict[str, Any]
Proof = Callable[[Seen], bool]


class Looks:
    """One host's `gdr-host answer`: looks over one command, as the product has them."""

    def __init__(self, process: asyncssh.SSHClientProcess[str]) -> None:
        self.process = process
        self.asked: list[asyncio.Future[Any]] = []
        self.listening = asyncio.ensure_future(self.listen())

    async def listen(self) -> None:
        """Hand each answer to who asked."""
        async for line in self.process.stdout:
            said = json.loads(line)
            self.asked[said["id"]].set_result(json.loads(said["out"]))

    async def ask(self) -> Any:
        """Return what the host sees of itself."""
        self.asked.append(asyncio.get_running_loop().create_future())
        number = len(self.asked) - 1
        self.process.stdin.write(json.dumps({"id": number, "words": ["observe"]}) + "\n")
        return await self.asked[number]


class Bare:
    """Connections, the epoch, and the one mechanism: look, act, look until it is so."""

    def __init__(self, blocks: dict[str, dict[str, str]]) -> None:
        self.ssh, self.sql = blocks["lab-ssh"], blocks["lab-postgresql"]
        key = blocks["lab-dns"]
        self.keyring = dns.tsigkeyring.from_text({key["key_name"]: key["key_secret"]})
        self.connections: dict[str, asyncssh.SSHClientConnection] = {}
        self.looks: dict[str, Looks] = {}
        self.case, self.epoch, self.record = f"bare-{time.time():.0f}", 0, ""

    async def connect(self, host: str) -> None:
        """Connect to a host, once."""
        self.connections[host] = connection = await asyncssh.connect(
            ADDRESSES[host],
            username=self.ssh["username"],
            client_keys=[asyncssh.import_private_key(self.ssh["private_key"])],
            known_hosts=asyncssh.import_known_hosts(self.ssh["known_hosts"]),
            config=None,
            agent_path=None,
        )
        self.looks[host] = Looks(await connection.create_process(f"{COMMAND} answer", stderr=asyncssh.DEVNULL))

    async def look(self, words: str) -> Seen:
        """Ask everything named, at once."""
        names = list(dict.fromkeys(words.split()))
        return dict(zip(names, await asyncio.gather(*map(self._ask, names)), strict=True))

    async def _ask(self, name: str) -> Any:
        if name in SERVERS:
            found = await asyncio.gather(*(self.query(SERVERS[name], one, "A") for one in (*NAMES, *ALIAS)))
            return dict(zip((*NAMES, *ALIAS), found, strict=True))
        if name == "record":
            return (await self.query(SERVERS["ns1"], RECORD, "TXT"))[0]
        if name.startswith("sql:"):
            return await self.rows(name.removeprefix("sql:"))
        return await self.looks[name].ask()

    async def query(self, server: str, name: str, kind: str) -> list[str]:
        """Ask one server itself."""
        answer = await dns.asyncquery.tcp(dns.message.make_query(name, kind, flags=0), server, timeout=6)
        return sorted(item.to_text().strip('"') for rrset in answer.answer for item in rrset)

    async def rows(self, host: str) -> dict[str, Any] | None:
        """Ask a DBMS over its own port; None when it is down."""
        login = {"user": self.sql["observer"], "password": self.sql["observer_password"], "database": "config"}
        try:
            connection = await asyncpg.connect(host=ADDRESSES[host], timeout=6, **login)
        except (OSError, asyncpg.PostgresError):
            return None
        try:
            return dict(await connection.fetchrow(OBSERVE))
        finally:
            connection.terminate()

    async def order(self, host: str, *words: str) -> None:
        """Give a host an order under our epoch."""
        await self.connections[host].run(f"{COMMAND} {self.epoch} {' '.join(words)}", check=True)

    async def swap(self, text: str, addresses: dict[str, str]) -> None:
        """Replace our record, and addresses with it, unless it has changed."""
        update = dns.update.UpdateMessage(ZONE, keyring=self.keyring, keyalgorithm="hmac-sha256")
        update.present(dns.name.from_text(RECORD), "TXT", f'"{self.record}"')
        update.replace(dns.name.from_text(RECORD), 0, "TXT", f'"{text}"')
        for name, address in addresses.items():
            update.replace(dns.name.from_text(name), TTL_S, "A", address)
        answer = await dns.asyncquery.tcp(update, SERVERS["ns1"], timeout=6)
        if answer.rcode() != dns.rcode.NOERROR:
            raise SystemExit(f"update: {dns.rcode.to_text(answer.rcode())}")
        self.record = text

    async def act(
        self, name: str, before: str, after: str, proof: Proof, do: Callable[[], Awaitable[None]] | None = None
    ) -> None:
        """Look; unless it is so already, act and look until it is."""
        seen = await self.look(f"{before} {after}".strip())
        if "record" in seen and seen["record"] != self.record:
            raise SystemExit(f"{name}: overtaken: {seen['record']}")
        found = proof(seen)
        if not found:
            tell("act.before", name)
            if do:
                await do()
            if not await self.until(after, proof, PROOF_S, POLL_S):
                raise SystemExit(f"{name}: not proven within {PROOF_S:g} s")
        tell("act.found" if found else "act.after", name)

    async def until(self, words: str, proof: Proof, most_s: float, poll_s: float) -> bool:
        """Look until it is so, and tell whether it is."""
        end = time.monotonic() + most_s
        while not proof(await self.look(words)):
            if time.monotonic() > end:
                return False
            await asyncio.sleep(poll_s)
        return True


def tell(what: str, name: str = "") -> None:
    """Print a moment."""
    print(json.dumps({"at": time.time(), "kind": what, "step": name}), flush=True)
