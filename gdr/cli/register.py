"""`gdr register`: blocks, work pool and deployments on the Prefect server."""

from gdr.cli.app import app, finish, tell


@app.command
def register(*, json: bool = False) -> None:
    """Put blocks, work pool and deployments on the Prefect server; safe to repeat."""
    from gdr.register import register as put  # noqa: PLC0415  (Prefect takes a second to import)

    done = finish(put())
    tell(done, "\n".join(done), as_json=json)
