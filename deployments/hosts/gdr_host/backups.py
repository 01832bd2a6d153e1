"""What the site's own backup job has noted of itself on this host.

The job writes `/var/lib/genesys-dr/backup.json`: `{"taken_at": TIME, "restored_at": TIME}`, each when it has succeeded,
with a time of ISO 8601 that names its zone (`date -Is`), or leaves out what it does not know.
"""

import json
from datetime import datetime

from gdr_host.host import VAR, Facts

NOTE = VAR / "backup.json"


def backup() -> Facts | None:
    """Return when a backup was last taken, and when one was last restored; None where the job has noted nothing."""
    try:
        told = json.loads(NOTE.read_text())
        times = {name: _time(told.get(name)) for name in ("taken_at", "restored_at")}
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError, AttributeError) as error:
        why = f"/var/lib/genesys-dr/{NOTE.name}: {error}: let the backup job write it again"
        return {"taken_at": None, "restored_at": None, "fault": why}
    return {**times, "fault": ""}


def _time(text: str | None) -> float | None:
    if text is None:
        return None
    found = datetime.fromisoformat(text.replace("Z", "+00:00"))  # noqa: FURB162  (before Python 3.11)
    if found.tzinfo is None:
        raise ValueError(f"{text} names no zone")
    return found.timestamp()
