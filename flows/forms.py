"""The fields that start forms share."""

from typing import Annotated

from pydantic import Field

EnvironmentName = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]*$", description="Name of the environment file")]
Reason = Annotated[str, Field(min_length=3, max_length=500, description="Why, in your own words, for the auditor")]
