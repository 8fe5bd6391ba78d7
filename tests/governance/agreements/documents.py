"""A memorandum that checks clean, and ways to change it, for the tests."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from comity.governance.agreements.document import Agreement
from comity.governance.agreements.reading import Reading, read_text

FRAME = """
agreement:
  id: frame
  title: Framework on the Probe
  kind: framework
  in_force: 2030-01-01
parties:
  nasa: {name: NASA, states: [US]}
  esa: {name: ESA}
  jaxa: {name: JAXA, states: [JP]}
clauses:
  purpose: {title: Purpose, text: Go together., terms: {kind: purpose}}
  cross-waiver:
    title: Cross-waiver
    text: No claims.
    terms: {kind: cross_waiver, flow_down: [contractors, subcontractors, subordinate_agreements]}
  disputes: {title: Disputes, text: Talk., terms: {kind: disputes, steps: [{name: talk}]}}
  entry: {title: Entry into force, text: When all sign., terms: {kind: entry_into_force}}
  amendment: {title: Amendment, text: All agree., terms: {kind: amendment, consent: all}}
  leaving:
    title: Withdrawal
    text: A year of notice.
    terms: {kind: withdrawal, notice: 1 year, survives: [cross-waiver], takes_subordinate: true}
  end: {title: Termination, text: All agree., terms: {kind: termination}}
"""

MEMORANDUM = """
agreement:
  id: probe-mou
  title: Memorandum on the Probe
  kind: memorandum
  under: [frame]
  in_force: 2030-03-01
parties:
  nasa: {name: NASA, states: [US]}
  esa: {name: ESA}
clauses:
  roles:
    title: Who does what
    text: Each its part.
    terms:
      kind: responsibilities
      roles:
        - {party: nasa, element: probe/bus, role: provide}
        - {party: nasa, element: probe/flight, role: launch}
        - {party: esa, element: probe/camera, role: provide, exclusive: true}
        - {party: esa, element: observing time, role: use, share: 15%}
  gifts:
    title: Contributions
    text: In money and in kind.
    terms:
      kind: contributions
      contributions:
        - {party: esa, what: running cost, form: money, value: 10 MEUR@2030, due: 2031-06-30}
        - {party: nasa, what: the bus, form: in_kind}
  steps:
    title: Milestones
    text: On time.
    terms:
      kind: milestones
      milestones:
        - {name: Camera delivered, party: esa, due: 2032-05-31, element: probe/camera}
  reports:
    title: Reports
    text: Tell each other.
    duties:
      - {party: all, what: report, within: 6 months}
  cross-waiver:
    title: Cross-waiver
    text: That of the framework.
    terms: {kind: cross_waiver, by_reference: frame}
  entry: {title: Entry into force, text: 'Thirty days after all sign.', terms: {kind: entry_into_force, delay: 30 days}}
  amendment: {title: Amendment, text: All agree., terms: {kind: amendment}}
  leaving:
    title: Withdrawal
    text: Six months of notice.
    terms: {kind: withdrawal, notice: 6 months, survives: [cross-waiver]}
  end: {title: Termination, text: All agree., terms: {kind: termination, notice: 1 year}}
"""


def reading(text: str, file: str = "probe.yaml") -> Reading:
    """What a text reads as."""
    return read_text(text, file)


def agreement(text: str = MEMORANDUM) -> Agreement:
    """The agreement in a text that has no problems."""
    found = reading(text)
    assert found.agreement is not None, found.problems
    return found.agreement


def changed(text: str, *pairs: tuple[str, str]) -> str:
    """A text with parts replaced, each of which it has."""
    for old, new in pairs:
        assert old in text, old
        text = text.replace(old, new)
    return text


def written(folder: Path, **texts: str) -> dict[str, Path]:
    """Texts as files of a folder."""
    files = {}
    for name, text in texts.items():
        files[name] = folder / f"{name}.yaml"
        files[name].write_text(text, encoding="utf-8")
    return files


def messages(problems: Any) -> list[str]:
    return [p.message for p in problems]
