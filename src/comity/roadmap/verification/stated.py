"""The answer's own numbers: what a plan states about itself against a recomputation."""

from __future__ import annotations

import math
from collections.abc import Iterator
from decimal import Decimal

from comity.model.money import CENT
from comity.model.spending import whole_cost
from comity.roadmap.answer import PartnerAccount
from comity.roadmap.verification import participation, science
from comity.roadmap.verification.examined import Examined
from comity.roadmap.verification.violation import Violation


def close(stated: float, right: float) -> bool:
    """Do two numbers of science agree to a millionth?"""
    return math.isclose(stated, right, rel_tol=1e-6, abs_tol=1e-9)


def missions(x: Examined) -> Iterator[Violation]:
    """`success`, `delivery`, `partners` of each mission."""
    right = science.delivered(x)
    for planned in x.plan.missions:
        name = planned.mission
        if name not in right:
            continue
        if not close(planned.success, right[name].success):
            yield Violation("success", name, f"{planned.success:.6g} is stated; {right[name].success:.6g} is right")
        if planned.delivery != right[name].delivery:
            delivery = right[name].delivery or "none"
            yield Violation("delivery", name, f"{planned.delivery} is stated; {delivery} is right")
        takers = science.takers(x, name)
        if set(planned.partners) != takers or len(planned.partners) != len(takers):
            said, due = ", ".join(planned.partners) or "nobody", ", ".join(sorted(takers)) or "nobody"
            yield Violation("partners", name, f"{said} is stated; {due} is right")


def costs(x: Examined) -> Iterator[Violation]:
    """`cost`: of each element, its work, and the whole plan."""
    total = Decimal(0)
    for b in x.built:
        whole = whole_cost(x.programme, b.option)
        total += whole
        if b.planned.cost != whole:
            yield Violation("cost", b.where, f"{b.planned.cost} is stated; {whole} is right")
        cost = x.programme.worth(b.option.cost)
        right = {worker: cost * share for worker, share in b.workers.items()}
        for worker in sorted({*right, *b.planned.work}):
            said, due = b.planned.work.get(worker, Decimal(0)), right.get(worker, Decimal(0))
            if abs(said - due) > CENT:
                yield Violation("cost", f"{b.where} {worker}", f"work of {said} is stated; {due:.2f} is right")
    if x.plan.cost != total:
        yield Violation("cost", "plan", f"{x.plan.cost} is stated; its elements cost {total}")


def objectives(x: Examined) -> Iterator[Violation]:
    """`objectives`, `value`, `gap`."""
    total = 0.0
    for leaf, covered in science.coverage(x, science.delivered(x)).items():
        part, value = science.worth(x, leaf, covered)
        total += value
        said = x.plan.objectives.get(leaf)
        if said is None:
            yield Violation("objectives", leaf, "the leaf objective is missing from the plan")
            continue
        for name, stated, right in (
            ("coverage", said.coverage, covered),
            ("part", said.part, part),
            ("value", said.value, value),
        ):
            if not close(stated, right):
                yield Violation("objectives", leaf, f"{name} {stated:.9g} is stated; {right:.9g} is right")
    for other in sorted(set(x.plan.objectives) - set(x.programme.leaves)):
        yield Violation("objectives", other, "it is no leaf objective of the programme")
    if not close(x.plan.value, total):
        yield Violation("value", "plan", f"{x.plan.value:.9g} is stated; {total:.9g} is right")
    yield from _gap(x)


def _gap(x: Examined) -> Iterator[Violation]:
    value, bound, gap = x.plan.value, x.plan.bound, x.plan.gap
    if not (bound >= value or close(bound, value)):
        yield Violation("gap", "plan", f"the bound {bound:.9g} is below the value {value:.9g}")
    right = (bound - value) / bound if bound else 0.0
    if not math.isclose(gap, right, rel_tol=1e-6, abs_tol=1e-6):
        yield Violation("gap", "plan", f"{gap:.6g} is stated; (bound - value) / bound is {right:.6g}")


def accounts(x: Examined) -> Iterator[Violation]:
    """`accounts`: of every contributor that takes part, and of whoever else has one."""
    right = _accounts(x)
    for partner in sorted({*x.plan.accounts, *(p for p in x.contributors if x.takes_part(p))}):
        said = x.plan.accounts.get(partner)
        if said is None:
            yield Violation("accounts", partner, "it has a budget, and no account in the plan")
        elif partner not in right:
            yield Violation("accounts", partner, "the programme has no such partner")
        else:
            yield from _compare(x, partner, said, right[partner])


def _accounts(x: Examined) -> dict[str, PartnerAccount]:
    work, debt, roles = participation.returned_work(x), participation.barter_debt(x), participation.roles(x)
    benefits = science.benefits(x, science.delivered(x))
    zero = Decimal(0)
    found: dict[str, PartnerAccount] = {}
    for partner in x.programme.partners:
        spent = sum(x.spent.get(partner, {}).values(), zero)
        paid, received = x.paid(partner), x.received(partner)
        contribution = spent + paid - received
        found[partner] = PartnerAccount.model_construct(
            spent=spent,
            cash_paid=paid,
            cash_received=received,
            contribution=contribution,
            work=work.get(partner, zero),
            return_coefficient=float(work.get(partner, zero) / contribution) if contribution > 0 else None,
            barter_debt=debt.get(partner, zero),
            benefit=benefits[partner],
            roles=roles.get(partner, 0),
        )
    return found


def _compare(x: Examined, partner: str, said: PartnerAccount, right: PartnerAccount) -> Iterator[Violation]:
    for name in ("spent", "cash_paid", "cash_received", "contribution", "roles"):
        stated, due = getattr(said, name), getattr(right, name)
        if stated != due:
            yield Violation("accounts", partner, f"{name} {stated} is stated; {due} is right")
    for name in ("work", "barter_debt"):
        stated, due = getattr(said, name), getattr(right, name)
        if abs(stated - due) > x.slack:
            yield Violation("accounts", partner, f"{name} {stated} is stated; {due:.2f} is right")
    if not close(said.benefit, right.benefit):
        yield Violation("accounts", partner, f"benefit {said.benefit:.9g} is stated; {right.benefit:.9g} is right")
    one, other = said.return_coefficient, right.return_coefficient
    # The coefficient is a ratio of sums rounded to the cent: small contributions leave it less than a millionth exact.
    exact = 1e-6 + float(x.slack / right.contribution) if right.contribution > 0 else 1e-6
    if (one is None) != (other is None) or (
        one is not None and other is not None and not math.isclose(one, other, rel_tol=1e-6, abs_tol=exact)
    ):
        yield Violation("accounts", partner, f"return coefficient {one} is stated; {other} is right")
