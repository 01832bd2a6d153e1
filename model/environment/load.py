"""Text of an environment file to an `Environment`, or all its faults."""

import difflib
from collections.abc import Iterable, Iterator
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from model.environment.crosschecks import Finding, findings
from model.environment.document import Document
from model.environment.environment import Environment
from model.environment.faults import Fault, InvalidEnvironment, field_of, line_of


def parse(text: str, file: str) -> Environment:
    """Judge the text of an environment file.

    Raises:
        InvalidEnvironment: With every fault of the file, not only the first.
    """
    data = _document(text, file)
    found = [*findings(data)]
    try:
        document = Document.model_validate(data)
    except ValidationError as error:
        details = error.errors()
        found += [_finding(detail) for detail in details if not _follows(detail, details)]
    if found:
        root = YAML(typ="safe").compose(text)
        raise InvalidEnvironment(Fault(file, line_of(root, path), field_of(path), *words) for path, *words in found)
    return Environment(**dict(document))


def _document(text: str, file: str) -> dict[str, Any]:
    try:
        data = YAML(typ="safe").load(text)
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise InvalidEnvironment([Fault(file, line, "file", "no YAML", str(error.problem))]) from None
    except YAMLError as error:
        raise InvalidEnvironment([Fault(file, 1, "file", "no YAML", str(error).splitlines()[0])]) from None
    if not isinstance(data, dict):
        raise InvalidEnvironment(
            [Fault(file, 1, "file", type(data).__name__, "a mapping with name, regions, dns, ...")]
        )
    return data


def _follows(detail: ErrorDetails, details: Iterable[ErrorDetails]) -> bool:
    """Whether a list is called too short only because what stands in it is wrong."""
    path = detail["loc"]
    inside = any(len(it["loc"]) > len(path) and it["loc"][: len(path)] == path for it in details)
    return detail["type"] == "too_short" and inside


def _finding(detail: ErrorDetails) -> Finding:
    path = detail["loc"]
    found = "nothing" if detail["type"] == "missing" else repr(detail["input"])
    allowed = detail["msg"].removeprefix("Value error, ")
    if detail["type"] == "extra_forbidden":
        found, allowed = "an unknown key", _nearest(str(path[-1]), path[:-1])
    return path, _short(found), allowed


def _nearest(key: str, parent: tuple[str | int, ...]) -> str:
    known = {name for model in _models() for name in model.model_fields}
    close = difflib.get_close_matches(key, known, n=1)
    return f"did you mean {close[0]}?" if close else f"remove it: {field_of(parent)} has no such key"


def _models() -> Iterator[type[Any]]:
    from model.environment import document  # noqa: PLC0415  (a list by hand would rot)

    yield from (item for item in vars(document).values() if isinstance(item, type) and hasattr(item, "model_fields"))


def _short(text: str, limit: int = 80) -> str:
    return text if len(text) <= limit else text[: limit - 3] + "..."
