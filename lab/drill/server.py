"""The Prefect server of the laboratory, as a person's browser reaches it: deployments, runs, answers to a form."""

from typing import Any

import httpx

from lab.api import Lab
from lab.command import wait_until
from lab.errors import LabError

_PATIENCE_S = 60
FINAL = ("COMPLETED", "FAILED", "CRASHED", "CANCELLED")


class Server:
    """Calls of the public API."""

    def __init__(self, lab: Lab) -> None:
        self.url = lab.url
        self.http = lab.http()

    def _call(self, method: str, path: str, body: object = None) -> Any:
        answer = self.http.request(method, path, json=body)
        if answer.is_error:
            raise LabError(f"Prefect server: {method} {path}: {answer.status_code} {answer.text[:300]}")
        return answer.json()

    def wait_for_deployment(self, name: str) -> str:
        """Return a deployment's id once it is registered."""

        def registered() -> bool:
            return self.http.get(f"/deployments/name/{name}").status_code == httpx.codes.OK

        wait_until(f"deployment {name}", registered, _PATIENCE_S)
        return str(self._call("GET", f"/deployments/name/{name}")["id"])

    def start(self, deployment: str, parameters: dict[str, Any]) -> str:
        """Start a run of a deployment with typed parameters; return its id."""
        path = f"/deployments/{self.wait_for_deployment(deployment)}/create_flow_run"
        return str(self._call("POST", path, {"parameters": parameters})["id"])

    def run(self, run: str) -> dict[str, Any]:
        """Read a run."""
        found: dict[str, Any] = self._call("GET", f"/flow_runs/{run}")
        return found

    def state(self, run: str) -> dict[str, Any]:
        """Read a run's state."""
        found: dict[str, Any] = self.run(run)["state"]
        return found

    def is_final(self, run: str) -> bool:
        """Tell whether a run has ended."""
        return self.state(run)["type"] in FINAL

    def is_suspended(self, run: str) -> bool:
        """Tell whether a run waits for a person: Prefect sets the state first and saves the form a moment later."""
        state = self.state(run)
        if state["name"] != "Suspended":
            return False
        schema = state["state_details"]["run_input_keyset"]["schema"]
        return any(
            item["key"] == schema for item in self._call("POST", f"/flow_runs/{run}/input/filter", {"prefix": schema})
        )

    def resume(self, run: str, answer: dict[str, str]) -> dict[str, Any]:
        """Answer the form; the server's word is ACCEPT, or REJECT with the reason."""
        found: dict[str, Any] = self._call("POST", f"/flow_runs/{run}/resume", {"run_input": answer})
        return found

    def retry(self, run: str) -> None:
        """Do what the interface's Retry button does."""
        state = {"type": "SCHEDULED", "name": "AwaitingRetry"}
        said = self._call("POST", f"/flow_runs/{run}/set_state", {"state": state})
        if said["status"] != "ACCEPT":
            raise LabError(f"run {run}: Retry: {said['details'].get('reason')}")

    def link(self, run: str) -> str:
        """Return where a person sees the run: the second interface, which has the form under its menu."""
        return f"{self.url}/v2/runs/flow-run/{run}"
