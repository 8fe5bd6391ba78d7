"""A programme as tables and trees for the terminal, and the same as plain values."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from rich.console import RenderableType
from rich.table import Table
from rich.tree import Tree

from comity.model.base import Sourced, rests_on
from comity.model.checking.figures import source_id, sourced_values
from comity.model.missions import Element, Mission, Option
from comity.model.programme import SECTIONS, Programme
from comity.model.writing import to_plain


def summary(programme: Programme) -> dict[str, int]:
    """How many of each thing a programme holds."""
    elements = [e for m in programme.missions.values() for e in m.elements.values()]
    counts = {
        "partners": len(programme.partners),
        "objectives": len(programme.objectives),
        "missions": len(programme.missions),
        "elements": len(elements),
        "options": sum(len(e.options) for e in elements),
        "facilities": len(programme.facilities),
        "treaties": len(programme.treaties),
        "agreements": len(programme.agreements),
        "export rules": len(programme.export_control),
        "participation rules": len(programme.participation),
        "sources": len(programme.sources),
    }
    return {what: count for what, count in counts.items() if count}


def counted(count: int, plural: str) -> str:
    """`1 treaty`, `2 treaties`."""
    one = f"{plural[:-3]}y" if plural.endswith("ies") else plural[:-1]
    return f"{count} {one if count == 1 else plural}"


def origins(programme: Programme) -> tuple[dict[str, Counter[str]], Counter[str]]:
    """By section, how many figures are sourced and estimated, and how many of these after a document; cites by source."""
    values: list[tuple[str, Sourced]] = [
        (section, value)
        for section, value, _ in sourced_values(programme.programme, {s: getattr(programme, s) for s in SECTIONS})
    ]
    elements = [e for m in programme.missions.values() for e in m.elements.values()]
    values += [("missions", o) for e in elements for o in e.options]
    values += [
        ("ports", p) for e in elements for ports in (e.ports, *(o.ports for o in e.options)) for p in ports.values()
    ]
    shares: dict[str, Counter[str]] = {}
    cited: Counter[str] = Counter(dict.fromkeys(programme.sources, 0))
    for section, value in values:
        for figure in value.figure_fields():
            origin = value.provenance_of(figure)
            if origin is not None:
                shares.setdefault(section, Counter())[origin[0]] += 1
                if origin[0] == "source":
                    cited[source_id(origin[1])] += 1
                elif rests_on(origin[1], programme.sources):
                    shares[section]["after"] += 1
    return shares, cited


def as_plain(
    programme: Programme, *, sources: bool = False, mission: str | None = None, partner: str | None = None
) -> dict[str, Any]:
    """What `shown` shows, as plain values that JSON can hold."""
    plain = to_plain(programme)
    out: dict[str, Any] = {}
    if sources:
        shares, cited = origins(programme)
        out["figures"] = {
            s: {"sourced": c["source"], "estimated": c["estimate"], "estimated_after_document": c["after"]}
            for s, c in shares.items()
        }
        out["sources"] = {s: {**plain["sources"].get(s, {}), "figures": n} for s, n in cited.items()}
    if mission is not None:
        out["mission"] = {"id": mission, **plain["missions"][mission]}
    if partner is not None:
        out["partner"] = {"id": partner, **plain["partners"][partner]}
    return out or plain


def shown(
    programme: Programme, *, sources: bool = False, mission: str | None = None, partner: str | None = None
) -> Iterator[RenderableType]:
    """Tables and trees of a programme; of its sources, one mission or one partner when asked for."""
    if sources:
        yield from _sources(programme)
    if mission is not None:
        yield _mission(programme, programme.missions[mission])
    if partner is not None:
        yield from _partner(programme, partner)
    if not sources and mission is None and partner is None:
        yield from _whole(programme)


def _whole(programme: Programme) -> Iterator[RenderableType]:
    header = programme.programme
    span = f"{header.horizon.start} to {header.horizon.end}"
    yield f"[bold]{_plain(header.name)}[/bold]   {span}, {header.currency} at {header.economic_conditions} prices"
    yield _plain(header.summary)
    yield _partners(programme)
    yield _objectives(programme)
    yield _missions(programme)
    rules = Table("rule", "kind", "name", title="Rules", title_justify="left")
    for name, rule in programme.participation.items():
        rules.add_row(_plain(name), rule.kind.replace("_", " "), _plain(rule.name))
    for name, export in programme.export_control.items():
        rules.add_row(_plain(name), "export control", _plain(export.name))
    for name, treaty in programme.treaties.items():
        rules.add_row(_plain(name), "treaty", _plain(treaty.name))
    for name, agreement in programme.agreements.items():
        rules.add_row(_plain(name), "agreement", _plain(agreement.name))
    if rules.row_count:
        yield rules
    if programme.facilities:
        table = Table("facility", "owner", "capacity", "price a month", title="Facilities", title_justify="left")
        for name, place in programme.facilities.items():
            capacity = ", ".join(dict.fromkeys(map(str, place.capacity.values())))
            table.add_row(
                _plain(name),
                _plain(place.owner),
                capacity,
                f"{place.price} ({place.settlement})" if place.price else "",
            )
        yield table


def _partners(programme: Programme) -> Table:
    title = f"Partners (budgets over the horizon, M{programme.programme.currency})"
    table = Table("partner", "name", "kind", "states", title=title, title_justify="left")
    table.add_column("budget", justify="right")
    for name, partner in programme.partners.items():
        states = sorted(programme.states(name))
        where = ", ".join(states) if len(states) <= 4 else f"{len(states)} states"
        total = sum(programme.budget(name, year) for year in programme.programme.horizon.years)
        budget = f"{total / 10**6:,.1f}" if partner.budget is not None else ""
        kind = partner.kind.replace("_", " ") + (", emerging" if partner.emerging else "")
        table.add_row(_plain(name), _plain(partner.name), kind, where, budget)
    return table


def _objectives(programme: Programme) -> Tree:
    tree = Tree("[italic]Objectives (points)[/italic]")
    nodes: dict[str | None, Tree] = {None: tree}
    waiting = dict(programme.objectives)
    while waiting:
        for name, objective in list(waiting.items()):
            if objective.parent in nodes:
                value = f"  [bold]{objective.value}[/bold]" if objective.value is not None else ""
                nodes[name] = nodes[objective.parent].add(f"{_plain(objective.name)} ({_plain(name)}){value}")
                del waiting[name]
    return tree


def _missions(programme: Programme) -> Table:
    title = f"Missions (cheapest options of what is required, M{programme.programme.currency})"
    table = Table("mission", "name", "elements", "providers", title=title, title_justify="left")
    table.add_column("cost", justify="right")
    for name, mission in programme.missions.items():
        elements = mission.elements.values()
        cost = sum(min(programme.worth(o.cost) for o in e.options) for e in elements if not e.optional)
        who = dict.fromkeys(p for e in elements for o in e.options for p in o.work_shares)
        listed = ", ".join(list(who)[:6]) + (f" and {len(who) - 6} more" if len(who) > 6 else "")
        committed = " [bold](committed)[/bold]" if mission.committed else ""
        table.add_row(
            _plain(name),
            _plain(mission.name) + committed,
            str(len(mission.elements)),
            _plain(listed),
            f"{cost / 10**6:,.1f}",
        )
    return table


def _mission(programme: Programme, mission: Mission) -> Tree:
    tree = Tree(
        f"[bold]{_plain(mission.name)}[/bold] ({_plain(mission.id)})" + (", committed" if mission.committed else "")
    )
    if mission.summary:
        tree.add(_plain(mission.summary))
    for element in mission.elements.values():
        branch = tree.add(
            f"[bold]{_plain(element.id)}[/bold]  {_plain(element.name)}, {element.kind.replace('_', ' ')}{_traits(element)}"
        )
        for option in element.options:
            leaf = branch.add(_option(option))
            for figure in option.figure_fields():
                origin = option.provenance_of(figure)
                if origin is not None:
                    leaf.add(f"[dim]{figure}: {origin[0]}: {_plain(origin[1])}[/dim]")
    for interface in mission.interfaces:
        arrow = "->" if interface.flow == "forward" else "<->"
        tree.add(
            f"interface {_plain(interface.between[0])} {arrow} {_plain(interface.between[1])}: {_plain(interface.technology)}"
        )
    return tree


def _traits(element: Element) -> str:
    traits = ["optional"] if element.optional else []
    traits += [f"after {a.element}" + (f" + {a.lag} months" if a.lag else "") for a in element.after]
    traits += [
        f"{word} {date}"
        for word, date in (("from", element.earliest), ("until", element.latest), ("finished by", element.finish_by))
        if date
    ]
    traits += [f"{amount:g} to {objective}" for objective, amount in element.contributes.items()]
    return _plain("; " + "; ".join(traits)) if traits else ""


def _option(option: Option) -> str:
    payers = "" if option.paid_by is None else f", paid by {_shares(option.payer_shares)}"
    uses = f", uses {', '.join(f'{u.level} of {f}' for f, u in option.uses.items())}" if option.uses else ""
    work = _shares(option.work_shares)
    return _plain(
        f"{option.label}: {work}{payers}; {option.cost}, {option.duration} months, success {option.success}{uses}"
    )


def _shares(shares: Mapping[str, Any]) -> str:
    return next(iter(shares)) if len(shares) == 1 else ", ".join(f"{p} {float(s):.0%}" for p, s in shares.items())


def _partner(programme: Programme, name: str) -> Iterator[RenderableType]:
    partner = programme.partners[name]
    tree = Tree(f"[bold]{_plain(partner.name)}[/bold] ({_plain(name)}), {partner.kind.replace('_', ' ')}")
    tree.add("states: " + (", ".join(sorted(programme.states(name))) or "none"))
    for title, entries in (
        ("members", list(partner.members)),
        (
            "capabilities",
            [
                f"{t}: " + ", ".join(f"{k} {v}" for k, v in c.model_dump(exclude_none=True).items())
                for t, c in partner.capabilities.items()
            ],
        ),
        ("priorities", [f"{o}: {p}" for o, p in partner.priorities.items()]),
        ("training aims", list(partner.emerging.training_aims) if partner.emerging else []),
        (
            "offers",
            [
                f"{m}/{e.id}: {o.cost}"
                for m, mission in programme.missions.items()
                for e in mission.elements.values()
                for o in e.options
                if name in o.work_shares
            ],
        ),
    ):
        if entries:
            branch = tree.add(title)
            for entry in entries:
                branch.add(_plain(entry))
    yield tree
    if partner.budget is not None:
        table = Table("year", title="Budget", title_justify="left")
        table.add_column("as stated", justify="right")
        table.add_column(f"M{programme.programme.currency}@{programme.programme.economic_conditions}", justify="right")
        for year, money in sorted(partner.budget.items()):
            table.add_row(str(year), str(money), f"{programme.worth(money) / 10**6:,.1f}")
        yield table
        origin = partner.provenance_of("budget")
        if origin is not None:
            yield _plain(f"{origin[0]}: {origin[1]}")


def _sources(programme: Programme) -> Iterator[RenderableType]:
    shares, cited = origins(programme)
    table = Table("section", title="Where the figures come from", title_justify="left")
    for column in ("figures", "sourced", "estimated", "after a document", "share sourced"):
        table.add_column(column, justify="right")
    whole = sum(shares.values(), Counter[str]())
    for section, counts in [*shares.items(), ("all", whole)]:
        total = counts["source"] + counts["estimate"]
        share = f"{counts['source'] / total:.0%}" if total else ""
        table.add_row(
            section.replace("_", " "),
            str(total),
            str(counts["source"]),
            str(counts["estimate"]),
            str(counts["after"]),
            share,
            end_section=section == list(shares)[-1],
        )
    yield table
    listing = Table("source", "document", "publisher", "date", title="Sources", title_justify="left")
    listing.add_column("figures", justify="right")
    for name, count in cited.most_common():
        source = programme.sources[name]
        listing.add_row(_plain(name), _plain(source.name), _plain(source.publisher), source.date, str(count))
    yield listing
    yield (
        "Of the estimated figures, those after a document are made from what it says by the method stated; the rest are"
        " judgement. Sources with 0 figures are cited by such estimates or by rules that hold no figure."
    )


def _plain(text: str) -> str:
    """Text in which square brackets are just brackets."""
    return text.replace("[", "\\[")
