"""How long a host may take for each verb of gdr-host, and how long the control host waits for its word.

A test holds this table to the host's own (deployments/hosts/gdr_host/verbs.py): who gives up before the host has ended
calls an act unverified that is still under way, and finds the host busy at the next attempt.
"""

HOST_S = {
    "adopt": 15,
    "bubble-commit": 30,
    "bubble-copy": 3600,
    "bubble-drop": 490,
    "bubble-enter": 60,
    "bubble-leave": 600,
    "clone": 3600,
    "component-configure": 75,
    "component-install": 620,
    "component-start": 75,
    "component-stop": 130,
    "component-restart": 205,
    "firewall-block": 40,
    "firewall-open": 40,
    "isolate": 50,
    "join": 60,
    "names-pin": 5,
    "pair-note": 5,
    "pg-configure": 200,
    "pg-create": 720,
    "pg-create-log": 720,
    "pg-end-sessions": 25,
    "pg-export": 320,
    "pg-follow": 3600,
    "pg-passfile": 5,
    "pg-promote": 200,
    "pg-seed": 3600,
    "pg-slot-create": 25,
    "pg-stop": 140,
    "pg-sync-names-clear": 25,
    "resolver-flush": 15,
    "power-off": 50,
    "plug": 50,
    "power-on": 50,
    "stand-alone": 60,
    "unplug": 50,
    "epoch": 5,
}
BUSY_S = 10  # a host waits so long for another act to end before it says that it is busy
MARGIN_S = 10  # connection, login and a slow start of the command


def within(verb: str) -> float:
    """Return the seconds after which a host that was given this order has certainly answered, or is lost."""
    return HOST_S[verb] + BUSY_S + MARGIN_S
