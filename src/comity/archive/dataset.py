"""A set of data as its file describes it: what it is, who made it, and who may read it until when.

id: miri-first-light
title: First light of MIRI
description: Images and spectra of the commissioning of MIRI.
creators: [{name: 'MIRI European Consortium'}]
mission: webb/observatory      # of the programme; or facility: and instrument: in plain words
instrument: MIRI
access: proprietary
owner: nasa
team: miri
public_from: 2027-01-01T00:00Z
licence: CC-BY-4.0
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Literal

from pydantic import Field, field_validator, model_validator

from comity.archive.errors import ArchiveError
from comity.model.base import FrozenMap, Value
from comity.model.value_file import read_value

#: What names a dataset, and so a table and a folder: nothing that a path, a URL or SQL could take as something else.
ID = re.compile(r"[a-z][a-z0-9_-]{0,62}")
#: SPDX licence expressions of one licence, as DataCite 4.6 takes them under rightsIdentifier.
SPDX = re.compile(r"[A-Za-z0-9.+-]{1,64}")


class Creator(Value):
    """Who made the data (DataCite 4.6 §2): a person or an organisation, with an ORCID or ROR if there is one."""

    name: str = Field(min_length=1, max_length=300)
    kind: Literal["Personal", "Organizational"] = "Organizational"
    identifier: str | None = Field(default=None, description="An ORCID or ROR as a URL.")
    affiliation: str | None = None

    @field_validator("identifier")
    @classmethod
    def _known(cls, value: str | None) -> str | None:
        if value is not None and not re.fullmatch(r"https://(orcid\.org/[\dX-]{19}|ror\.org/0[a-z0-9]{8})", value):
            raise ValueError("is neither https://orcid.org/… nor https://ror.org/…")
        return value


class Dataset(Value):
    """What a set of data is and who may read it. A date means its first moment, UTC; access is as `comity can` has it."""

    id: str = Field(description="Lower case letters, digits, - and _; the name of its folder and tables.")
    title: str = Field(min_length=1, max_length=500)
    description: str = ""
    creators: tuple[Creator, ...] = Field(min_length=1)
    mission: str | None = Field(default=None, description="A mission of the programme, or mission/element.")
    facility: str | None = Field(default=None, description="ObsCore facility_name, where files do not tell.")
    instrument: str | None = Field(default=None, description="ObsCore instrument_name, where files do not tell.")
    keywords: tuple[str, ...] = ()
    licence: str = Field(default="CC-BY-4.0", description="SPDX identifier.")
    access: Literal["open", "proprietary", "partners", "embargo"] | None = None
    owner: str = Field(min_length=1, description="The partner whose data they are.")
    team: str | None = Field(default=None, description="With whom they are shared; default: the programme's partners.")
    public_from: datetime | None = Field(default=None, description="When everybody may read; UTC.")
    restriction: Literal["safety", "security"] | None = None
    cleared: str | None = None
    agreement: str | None = Field(
        default=None, description="The data of an agreement on the record, in place of access and public_from."
    )
    made: date | None = Field(default=None, description="When the data were made, from which an agreement counts.")
    sources: FrozenMap[str, str] = Field(default_factory=dict, description="Where the files come from: file or *, URL.")

    @field_validator("id")
    @classmethod
    def _plain(cls, value: str) -> str:
        if not ID.fullmatch(value):
            raise ValueError("is not lower case letters, digits, - and _, beginning with a letter, 63 at most")
        return value

    @field_validator("licence")
    @classmethod
    def _spdx(cls, value: str) -> str:
        if not SPDX.fullmatch(value):
            raise ValueError("is no SPDX identifier such as CC-BY-4.0")
        return value

    @field_validator("public_from", mode="before")
    @classmethod
    def _moment(cls, value: object) -> object:
        if isinstance(value, str) and re.fullmatch(r"\d{4}-\d\d-\d\d", value):
            value = date.fromisoformat(value)
        if isinstance(value, date) and not isinstance(value, datetime):
            value = datetime.combine(value, time(), UTC)
        if isinstance(value, datetime) and value.tzinfo is None:
            value = value.replace(tzinfo=UTC)
        return value

    @model_validator(mode="after")
    def _decided(self) -> Dataset:
        if (self.access is None) == (self.agreement is None):
            raise ValueError("say either access: open, proprietary, partners or embargo; or agreement: of which data")
        if self.access in ("proprietary", "embargo") and self.public_from is None:
            raise ValueError(f"access {self.access} needs public_from: from when everybody may read")
        if self.access in ("open", "partners") and self.public_from is not None:
            raise ValueError(f"access {self.access} knows no public_from")
        if (self.agreement is None) != (self.made is None):
            raise ValueError(
                "agreement and made go together: the agreement counts its proprietary period from that day"
            )
        if self.cleared is not None and self.restriction is None:
            raise ValueError("cleared needs a restriction: safety or security")
        return self


def read_dataset(file: Path) -> Dataset:
    """The dataset that a file describes. ArchiveError lists all its problems with their lines."""
    return read_value(file, Dataset, error=ArchiveError)[0]
