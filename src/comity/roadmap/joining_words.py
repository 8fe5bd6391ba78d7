"""What does not fit at an interface, and what would join it, in a sentence: parameter, both values, by how much."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from comity.model.programme import Programme
from comity.roadmap.joining import Demand
from comity.standards import CATALOGUE, End, InterfaceCheck, check_programme


def joining_said(programme: Programme, demands: Sequence[Demand]) -> str:
    """What the demands of one interface say: for each pair of ends what does not fit, and what joins them."""
    checks = dict.fromkeys(demand.check for demand in demands)
    return "; ".join(
        f"{_ends(programme, check)} do not fit: {misfit_said(check)}; {_joined_by(programme, check, demands)}"
        for check in checks
    )


def misfit_said(check: InterfaceCheck) -> str:
    """Every rule that two ends break, such as `power voltage: 28 V at A, 120 V at B; they miss by 92 V [within]`."""
    return "; ".join(
        f"{meeting.kind} {finding.says} [{finding.rule}]"
        for meeting in check.meetings
        for finding in meeting.faults
        if finding.verdict == "misfit"
    )


def _ends(programme: Programme, check: InterfaceCheck) -> str:
    return " and ".join(f"{end.reference}{_by(programme, end)}" for end in check.ends)


def _by(programme: Programme, end: End) -> str:
    """The options that have these ports, where others have not."""
    every = programme.missions[end.mission].elements[end.element].options
    return f" (by {', '.join(end.options)})" if len(end.options) < len(every) else ""


def _joined_by(programme: Programme, check: InterfaceCheck, demands: Iterable[Demand]) -> str:
    clauses = dict.fromkeys(demand.any_of for demand in demands if demand.check == check)
    if all(clauses):
        return "needed between them: " + ", and ".join(" or ".join(_elements(programme, c)) for c in clauses)
    named = programme.missions[check.mission].interfaces[check.number].adapter
    if named is not None:
        return f"{named}, the adapter that the interface names, does not join them"
    built = list(_of_the_catalogue(programme, check))
    if built:
        what = (
            f"{', '.join(built)}, which {'has' if len(built) == 1 else 'have'} been built, may be added as an element"
        )
        return f"no element with `adapter: true` joins them ({what} with its cost)"
    return "no element with `adapter: true` joins them"


def _elements(programme: Programme, clause: tuple[tuple[str, str, str], ...]) -> Iterator[str]:
    by_element: dict[tuple[str, str], list[str]] = {}
    for mission, element, option in clause:
        by_element.setdefault((mission, element), []).append(option)
    for (mission, element), options in by_element.items():
        every = programme.missions[mission].elements[element].options
        yield f"{mission}/{element}" + (f" (by {', '.join(options)})" if len(options) < len(every) else "")


def _of_the_catalogue(programme: Programme, check: InterfaceCheck) -> Iterator[str]:
    """The adapters of the catalogue that could help, by name."""
    for other in check_programme(programme, missions=(check.mission,)).checks:
        if other.number == check.number and other.ends == check.ends and other.adaptation is not None:
            known = zip(other.adaptation.adapters, other.adaptation.names, strict=True)
            yield from (name for reference, name in known if reference.startswith(CATALOGUE))
