"""Jobs as XML (UWS 1.1 §2.1.2 and appendix)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from comity.archive.access import PUBLIC
from comity.archive.dali import attribute, content
from comity.archive.tap.jobs import Job

_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
_SPACES = (
    'xmlns:uws="http://www.ivoa.net/xml/UWS/v1.0" xmlns:xlink="http://www.w3.org/1999/xlink" '
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
)


def job_document(job: Job, url: str) -> str:
    """A job; `url` is its address."""
    parts = [f"<uws:jobId>{content(job.id)}</uws:jobId>"]
    if job.run_id:
        parts.append(f"<uws:runId>{content(job.run_id)}</uws:runId>")
    parts += [
        _optional("ownerId", None if job.owner == PUBLIC else job.owner),
        f"<uws:phase>{job.phase}</uws:phase>",
        _optional("quote", None),
        f"<uws:creationTime>{job.created}</uws:creationTime>",
        _optional("startTime", job.started),
        _optional("endTime", job.ended),
        f"<uws:executionDuration>{round(job.duration_s)}</uws:executionDuration>",
        f"<uws:destruction>{job.destruction}</uws:destruction>",
        _parameters(job, ""),
        _results(job, url, ""),
    ]
    if job.error is not None and job.phase in ("ERROR", "ABORTED"):
        parts.append(
            f'<uws:errorSummary type="fatal" hasDetail="true"><uws:message>{content(job.error)}</uws:message>'
            "</uws:errorSummary>"
        )
    inside = "\n  ".join(parts)
    return f'{_HEAD}<uws:job version="1.1" {_SPACES}>\n  {inside}\n</uws:job>\n'


def _optional(name: str, value: str | None) -> str:
    return f'<uws:{name} xsi:nil="true"/>' if value is None else f"<uws:{name}>{content(value)}</uws:{name}>"


def parameters_document(job: Job) -> str:
    """The parameters of a job."""
    return _HEAD + _parameters(job, f" {_SPACES}") + "\n"


def results_document(job: Job, url: str) -> str:
    """The results of a job: one, or none."""
    return _HEAD + _results(job, url, f" {_SPACES}") + "\n"


def _parameters(job: Job, spaces: str) -> str:
    told = "".join(f"<uws:parameter id={attribute(n.lower())}>{content(v)}</uws:parameter>" for n, v in job.parameters)
    return f"<uws:parameters{spaces}>{told}</uws:parameters>"


def _results(job: Job, url: str, spaces: str) -> str:
    if job.phase != "COMPLETED":
        return f"<uws:results{spaces}/>"
    kind = f" mime-type={attribute(job.media_type)}" if job.media_type else ""
    size = f' size="{job.size}"' if job.size is not None else ""
    there = attribute(f"{url}/results/result")
    return f'<uws:results{spaces}><uws:result id="result" xlink:type="simple" xlink:href={there}{kind}{size}/></uws:results>'


def list_document(jobs: Sequence[Job], url: str) -> str:
    """Jobs by their phases; `url` is the address of the list."""
    told = "\n".join(
        f'  <uws:jobref id={attribute(j.id)} xlink:type="simple" xlink:href={attribute(f"{url}/{j.id}")}>'
        f"<uws:phase>{j.phase}</uws:phase>"
        + (f"<uws:runId>{content(j.run_id)}</uws:runId>" if j.run_id else "")
        + _optional("ownerId", j.owner)
        + f"<uws:creationTime>{j.created}</uws:creationTime></uws:jobref>"
        for j in jobs
    )
    return f'{_HEAD}<uws:jobs version="1.1" {_SPACES}>\n{told}\n</uws:jobs>\n'


def availability_document(up_since: datetime) -> str:
    """That the service is there (VOSI 1.1 §3)."""
    return (
        f'{_HEAD}<vosi:availability xmlns:vosi="http://www.ivoa.net/xml/VOSIAvailability/v1.0">\n'
        f"  <vosi:available>true</vosi:available>\n  <vosi:upSince>{up_since:%Y-%m-%dT%H:%M:%SZ}</vosi:upSince>\n"
        "</vosi:availability>\n"
    )
