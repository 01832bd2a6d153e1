"""The command `gdr`: one file per verb, loaded when it is called."""

import json
import sys
from collections.abc import Sequence

from cyclopts import App, CycloptsError, UnknownCommandError
from rich.text import Text

from gdr.answer import BAD_INPUT, INTERRUPTED, Answer, console
from model.errors import RecoveryError

HELP = """Disaster recovery of the Genesys Framework across two regions.

Every verb takes `--json`: one JSON document on standard output, and nothing else there.

Exit codes: 0 reached, or not needed; 1 broken or not ready; 2 bad input; 3 refused; 4 held; 5 declined;
130 interrupted.
"""
VERBS = {
    "check": "Judge an environment file",
    "readiness": "Say whether a failover would begin now and reach its end",
    "observe": "Look at both regions",
    "plan": "Say what is left to do, and why it would be refused",
    "run": "Run a runbook here, without the Prefect server",
    "runbook": "Print a runbook for paper",
    "cases": "List the cases of an environment, or one of them record by record",
    "report": "Print the report of a case",
    "evidence": "Verify, bundle, mirror or replay the evidence of a case, or make the key that signs it",
    "approver": "Give an approver the one-time codes by which he proves who he is",
    "blocks": "Load the blocks to the Prefect server, or compare the two",
    "register": "Put blocks, work pool and deployments on the Prefect server",
    "password": "Make the password of the Prefect API, and the key its blocks are kept under",
    "install": "Prepare what `gdr run` needs on the day the server is gone",
}

app = App(name="gdr", help=HELP, version_flags=[])
for verb, meaning in VERBS.items():
    app.command(f"gdr.cli.{verb}:{verb}", name=verb, help=meaning)


def main() -> None:
    """Run the command line."""
    sys.exit(run(sys.argv[1:]))


def run(words: Sequence[str]) -> int:
    """Run one command and return its exit code; expected errors become a message, never a traceback."""
    answer = _answer([word for word in words if word != "--json"])
    if answer is None:
        return 0
    try:
        show(answer, as_json="--json" in words)
    finally:
        answer.then()
    return answer.code


def show(answer: Answer, *, as_json: bool) -> None:
    """Write one JSON document, or words for people: on standard error if the input is wrong or it was interrupted."""
    if as_json:
        sys.stdout.write(json.dumps(answer.data, indent=2, default=str) + "\n")
        sys.stdout.flush()
    else:
        out = sys.stderr if answer.code in (BAD_INPUT, INTERRUPTED) else sys.stdout
        console(out).print(answer.text, soft_wrap=isinstance(answer.text, Text))


def _answer(words: list[str]) -> Answer | None:
    """Return what the verb answers; None where cyclopts printed help."""
    try:
        answer = app(words, exit_on_error=False, print_error=False, result_action="return_value")
    except UnknownCommandError:
        return _bad_input(f"gdr: no verb {words[0]!r}; there are: {', '.join(VERBS)}")
    except CycloptsError as error:
        return _bad_input(f"{error} See `gdr {words[0]} --help`.")
    except RecoveryError as error:
        return _bad_input(str(error))
    except PermissionError as error:
        return _bad_input(f"{error.filename}: {error.strerror}: run it as the account of the Prefect worker")
    return answer if isinstance(answer, Answer) else None


def _bad_input(message: str) -> Answer:
    return Answer(data={"error": message}, text=Text(message), code=BAD_INPUT)
