"""Does a plan obey its programme? Written from `docs/reference/planning-rules.md`, apart from the solver."""

from __future__ import annotations

from comity.model.amendment import apply
from comity.model.programme import Programme
from comity.roadmap.answer import Plan
from comity.roadmap.verification import joining, means, participation, permission, presence, replanning, stated
from comity.roadmap.verification.violation import Violation


def verify(programme: Programme, plan: Plan, *, previous: Plan | None = None) -> tuple[Violation, ...]:
    """Every rule that a plan breaks; none for a valid plan.

    `programme` is the one before the plan's amendments, which are applied here. `previous` is the plan that a
    replanned one stands on; without it, `frozen` and the amounts of `sunk` cannot be checked. Money must agree to
    the cent, science to a millionth. Nothing is raised for a wrong plan, however wrong.
    """
    wrong: list[Violation] = []
    for name, said, right in (
        ("id", plan.programme, programme.programme.id),
        ("digest", plan.programme_digest, programme.digest),
    ):
        if said != right:
            message = f"it was made for a programme of {name} {said!r}; this one's is {right!r}"
            wrong.append(Violation("programme", "plan", message))
    try:
        amended = apply(programme, plan.amendments)
        original = apply(programme, previous.amendments) if previous is not None else programme
    except ValueError as error:
        return (*wrong, Violation("amendments", "plan", str(error)))
    x, unknown = presence.resolve(amended, plan)
    wrong += unknown
    for check in (
        presence.missions,
        presence.dates,
        presence.precedence,
        permission.capability,
        permission.treaty,
        permission.export_control,
        joining.interface,
        permission.coalition,
        means.capacity,
        means.payments,
        means.budget,
        means.carry_over,
        means.cash_pool,
        participation.participation,
        stated.missions,
        stated.costs,
        stated.objectives,
        stated.accounts,
    ):
        wrong += check(x)
    wrong += replanning.frozen(x, previous)
    wrong += replanning.sunk(x, original, previous)
    return tuple(wrong)
