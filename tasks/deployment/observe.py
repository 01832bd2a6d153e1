"""What a host has of a deployment: asked of its host side, or, where it has none, of the same code sent along."""

import json
from collections.abc import Mapping

from pydantic import BaseModel, ConfigDict, ValidationError

from blocks import reach
from model.environment.document import Host
from model.environment.environment import Environment
from model.errors import RecoveryError, Refused, Transient
from model.survey import HOST, DatabaseSurvey, LogSurvey, PartSurvey, State, Survey
from tasks.deployment.bundle import Files, checksum, filled, groups, host_side, program
from tasks.hosts.command import COMMAND, location

SURVEY_S = 30.0
BARE = ("sudo", "-n", "/usr/bin/python3", "-I", "-c")


class _Part(BaseModel):
    model_config = ConfigDict(strict=True)

    mark: str | None
    installed: bool
    entries: int
    account: str | None
    unknown: bool = False


class _Log(BaseModel):
    model_config = ConfigDict(strict=True)

    mark: str | None
    made: bool
    tables: int


class _Database(BaseModel):
    model_config = ConfigDict(strict=True)

    mark: str | None
    made: bool
    tables: int
    pending: bool
    primary: bool
    others: list[str] | None = None
    objects: list[str]
    log: _Log | None = None


class _Told(BaseModel):
    model_config = ConfigDict(strict=True)

    files: dict[str, str | None]
    parts: dict[str, _Part]
    database: _Database | None
    log: _Log | None = None
    narrow: bool
    pair: str | None
    passfile: bool | None = None
    used: bool | None = None
    follows: str | None = None
    reseeding: bool | None = None


async def survey(environment: Environment, name: str, *, laid: bool = False) -> Survey:
    """Ask a host, by name; UNKNOWN with the reason when it does not answer.

    Args:
        laid: Only the host side that is there is asked: nothing is sent along.
    """
    host = environment.host(name)
    try:
        logins = await (await reach.sql(environment.database.access)).logins()
        wanted = {group: _named(group, files, logins) for group, files in groups(environment, host).items()}
        told = await _ask(environment, host, [path for files in wanted.values() for path in files], laid=laid)
        return _seen(_Told.model_validate_json(told), wanted)
    except RecoveryError as error:
        return Survey(fault=str(error))
    except ValidationError as error:
        return Survey(fault=f"{name}: its survey is not understood: {error.error_count()} faults: deploy it again")


def _named(group: str, files: Files, logins: Mapping[str, str]) -> Files:
    """Put the logins' names into what was rendered; what is shipped stays as it is."""
    return files if group == HOST else filled(files, logins, secret=False)


async def _ask(environment: Environment, host: Host, paths: list[str], *, laid: bool) -> str:
    """Ask the host side; where that does not answer, send it along: a host may be bare, or half laid down."""
    address, access = location(environment, host.name)
    shell, patience = await reach.shell(access), environment.probes.silent_s
    given = json.dumps({"paths": paths})
    try:
        return await shell.read(address, *COMMAND, "survey", silent_s=patience, deadline_s=SURVEY_S, given=given)
    except Transient as silent:
        if laid:
            raise
        bundle = json.dumps({"paths": paths, "files": host_side(environment, host)})
        words = (*BARE, program(), "survey")
        try:
            return await shell.read(address, *words, silent_s=patience, deadline_s=SURVEY_S, given=bundle)
        except (Transient, Refused) as bare:
            raise Transient(f"{silent}; and as a bare host: {bare}") from None


def _seen(told: _Told, wanted: Mapping[str, Files]) -> Survey:
    differing = {group: _differing(told, files) for group, files in wanted.items()}
    return Survey(
        answers=True,
        states={group: _state(told, files, differing[group]) for group, files in wanted.items()},
        differing={group: paths for group, paths in differing.items() if paths},
        parts={unit: PartSurvey(**part.model_dump()) for unit, part in told.parts.items()},
        database=_database(told.database),
        log=_log(told.log),
        narrow=told.narrow,
        pair=told.pair,
        passfile=told.passfile,
        used=told.used,
        follows=told.follows,
        reseeding=told.reseeding,
    )


def _differing(told: _Told, files: Files) -> tuple[str, ...]:
    return tuple(path for path, text in files.items() if told.files.get(path) != checksum(text))


def _state(told: _Told, files: Files, differing: tuple[str, ...]) -> State:
    """Say how much of a group is there: files that are missing are no foreign content, others are."""
    if not differing:
        return "same"
    there = [path for path in files if told.files.get(path) is not None]
    if not there:
        return "absent"
    return "partly" if all(told.files.get(path) is None for path in differing) else "other"


def _database(told: _Database | None) -> DatabaseSurvey | None:
    if told is None:
        return None
    others = None if told.others is None else tuple(told.others)
    known = told.model_dump(exclude={"objects", "others", "log"})
    return DatabaseSurvey(**known, objects=frozenset(told.objects), others=others, log=_log(told.log))


def _log(told: _Log | None) -> LogSurvey | None:
    return None if told is None else LogSurvey(**told.model_dump())
