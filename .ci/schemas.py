"""Write tasks/schemas/report.json, the JSON schema of `gdr report --json`, from the report's own types."""

import json
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from model.report.document import Document

TARGET = Path(__file__).resolve().parent.parent / "tasks" / "schemas" / "report.json"


def schema() -> dict[str, Any]:
    """Return the schema."""
    found = TypeAdapter(Document).json_schema(mode="serialization")
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "The report of a case of genesys-dr"}
    return {**head, **{key: value for key, value in found.items() if key != "title"}}


def text() -> str:
    """Return the file's content."""
    return json.dumps(schema(), indent=1) + "\n"


if __name__ == "__main__":
    TARGET.write_text(text())
