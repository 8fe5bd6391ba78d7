"""Programmes drawn at random that look like real ones, for measuring the planner.

What is drawn follows what published programmes look like: mission costs are log-normal between 50 M and 5 G EUR, budgets
fall off as a power of the rank (a few agencies have most of the money), half of what is proposed can be paid for, a
third of the interplanetary launches wait for the planets, technology is barred between two of three blocs. Same
arguments, same programme.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from benchmarks.rules_drawn import agreements, export_control, facilities, objectives, participation, treaties
from comity.model.programme import Programme

MADE = "drawn at random by benchmarks/instances.py"
FIRST_YEAR = 2026
BLOCS = (
    ("US", "FR", "DE", "IT", "GB", "JP", "CA", "ES", "NL", "BE", "SE", "NO", "AU", "KR", "CH", "PL", "DK", "FI", "AT"),
    ("CN", "RU", "PK", "BY", "VE", "KZ", "IR", "MM", "KP", "CU", "LA", "ET"),
    ("IN", "AE", "BR", "ZA", "SA", "AR", "MX", "ID", "TH", "TR", "EG", "NG", "MY", "CL", "KE", "VN", "PH", "RW", "PE"),
)
TECHNOLOGIES = ("cryocooler", "optics", "radiation_hard_electronics", "electric_propulsion", "star_tracker",
                "nuclear_power", "entry_system", "deep_space_radio")  # fmt: skip


def generate(*, elements: int, partners: int = 40, years: int = 30, seed: int = 0) -> Programme:
    """A programme of exactly so many elements (at least 3) and partners (at least 8) over so many years (at least 10).

    Deterministic: the same arguments give a programme of the same digest. ValueError when an argument is too small.
    """
    if elements < 3 or partners < 8 or years < 10:
        raise ValueError("an instance has at least 3 elements, 8 partners and 10 years")
    return Programme.model_validate(_Draw(elements, partners, years, seed).programme())


class _Draw:
    """One programme in the making: the dice, and what the parts must know of each other."""

    def __init__(self, elements: int, partners: int, years: int, seed: int) -> None:
        self.rng = np.random.default_rng([seed, elements, partners, years])
        self.years = years
        self.months = 12 * years
        self.sizes = _mission_sizes(elements, self.rng)
        self.costs = _mission_costs(len(self.sizes), self.rng)
        self._partners(partners)
        #: Millions a year, the mean over the horizon: half of what is proposed, by the agencies' weights.
        self.means = 0.5 * float(self.costs.sum()) / years * self.weight
        self.leaves = [f"goal{i:02d}" for i in range(math.ceil(2 * math.sqrt(len(self.sizes))) + 1)]
        self.chambers = [f"chamber{i}" for i in range(max(1, round(len(self.sizes) / 25)))]
        self.halls = [f"hall{i}" for i in range(max(1, round(len(self.sizes) / 25)))]
        self.networks = [f"network{i}" for i in range(max(1, min(5, round(len(self.sizes) / 40))))]
        self.candidates = {name: self.mission(i, name) for i, name in enumerate(self.mission_names)}

    @property
    def mission_names(self) -> list[str]:
        return [f"mission{i:04d}" for i in range(len(self.sizes))]

    # --- who ------------------------------------------------------------------------------------------------------

    def _partners(self, count: int) -> None:
        agencies = max(6, round(0.75 * count))
        self.agencies = [f"agency{i:02d}" for i in range(agencies)]
        self.companies = [f"company{i:02d}" for i in range(max(1, round(0.6 * (count - agencies))))]
        self.universities = [f"university{i:02d}" for i in range(count - agencies - len(self.companies))]
        # A small programme is one of few agencies: the fewer its missions, the more of the money a few have.
        self.weight = np.arange(1.0, agencies + 1) ** -(1.15 + max(0.0, 0.6 - len(self.sizes) / 80))
        self.weight /= self.weight.sum()
        self.emerging = self.agencies[-max(1, agencies // 6) :]
        blocs = self.rng.choice(3, agencies, p=(0.5, 0.2, 0.3))
        blocs[:3] = (0, 1, 0)
        self.bloc = dict(zip(self.agencies, map(int, blocs), strict=True))
        self.country = {a: BLOCS[b][sum(1 for x in blocs[:i] if x == b) % len(BLOCS[b])]
                        for i, (a, b) in enumerate(self.bloc.items())}  # fmt: skip
        self.home = {}
        for who in (*self.companies, *self.universities):
            self.home[who] = self.agencies[int(self.rng.choice(agencies, p=self.weight))]
            self.bloc[who], self.country[who] = self.bloc[self.home[who]], self.country[self.home[who]]
        mastered = {a: self.rng.random(len(TECHNOLOGIES)) < 0.25 + 0.7 * (1 - i / agencies)
                    for i, a in enumerate(self.agencies)}  # fmt: skip
        self.masters = {
            who: [t for t, knows in zip(TECHNOLOGIES, mastered[self.home.get(who, who)], strict=True) if knows]
            for who in (*self.agencies, *self.companies, *self.universities)
        }

    def partner(self, name: str) -> dict[str, Any]:
        """A partner as a file would have it."""
        entry: dict[str, Any] = {
            "name": name.capitalize(),
            "country": self.country[name],
            "capabilities": {t: {"trl": 9} for t in self.masters[name]},
        }
        if name in self.home:
            kind = "commercial" if name in self.companies else "university"
            return {**entry, "kind": kind, "return_to": self.home[name]}
        mean = float(self.means[self.agencies.index(name)])
        drift = np.clip(1 + self.rng.normal(0, 0.04, self.years).cumsum(), 0.6, 1.6)
        entry["budget"] = {FIRST_YEAR + y: f"{mean * f:.2f} MEUR@2025" for y, f in enumerate(drift)}
        entry["estimate"] = MADE
        entry["carry_over"] = self._pick(("0", "0.05", "0.1", "0.2"))
        entry["kind"] = "agency"
        entry["priorities"] = {f"theme{i}": f"{self.rng.uniform(0.3, 1):.2f}" for i in range(4)}
        if name in self.emerging:
            entry["emerging"] = {"training_aims": ["flight software", "integration and test"]}
        return entry

    # --- what -----------------------------------------------------------------------------------------------------

    def mission(self, index: int, name: str) -> dict[str, Any]:
        """A mission of as many elements as `sizes` says; the more it costs, the longer it takes and the more it brings."""
        rng, size = self.rng, self.sizes[index]
        cost = float(self.costs[index])
        lead = self._payer(0.45 * cost, 60)
        goals = [str(g) for g in rng.choice(self.leaves, min(len(self.leaves), int(rng.integers(1, 4))), replace=False)]
        spared = size - 3
        instruments = [f"instrument{i}" for i in range(1, spared + 1 if spared < 2 else spared)]
        names = ["bus", *instruments, *(["ground"] if spared >= 2 else []), "launch", "operations"]
        part = {"bus": 0.45, "launch": 0.10, "operations": 0.14, "ground": 0.06}
        part |= {i: 0.25 / len(instruments) for i in instruments}
        whole = sum(part[n] for n in names)
        elements = {n: self.element(n, cost * part[n] / whole, lead, names) for n in names}
        ready = rng.integers(0, max(1, int(0.45 * self.months)))
        elements["bus"]["earliest"] = self._month(int(ready))
        for i, instrument in enumerate(instruments):
            chosen = goals[i % len(goals) :] or goals
            elements[instrument]["contributes"] = self._brought(chosen, cost / max(1, len(instruments)))
            elements[instrument]["optional"] = bool(i and rng.random() < 0.6)
        if not instruments:
            elements["operations"]["contributes"] = self._brought(goals, cost)
        mission: dict[str, Any] = {
            "name": name.capitalize(), "theme": f"theme{self.leaves.index(goals[0]) % 4}", "elements": elements,
            "interfaces": [
                {"between": ["bus", i], "technology": self._pick(TECHNOLOGIES), "flow": self._pick(("both", "forward"))}
                for i in instruments
            ],
        }  # fmt: skip
        if rng.random() < 0.1:
            mission["requires_treaties"] = [self._pick(("outer_space", "registration"))]
        if index and rng.random() < 0.05:
            other = self.mission_names[int(rng.integers(0, index))]
            elements["bus"]["after"] = [{"element": f"{other}/launch", "lag": f"{int(rng.integers(0, 25))} months"}]
        if index and rng.random() < 0.02:
            mission["excludes"] = [self.mission_names[int(rng.integers(0, index))]]
        return mission

    def element(self, name: str, cost: float, lead: str, names: Sequence[str]) -> dict[str, Any]:
        """An element with one to three options; `cost` in millions, `lead` is first among those who may pay."""
        rng = self.rng
        kind = {"ground": "ground_segment"}.get(name, name.rstrip("0123456789"))
        base = {"bus": 30 + 9 * math.log2(1 + cost / 50), "instrument": 26 + 8 * math.log2(1 + cost / 20),
                "ground_segment": 24, "operations": 30, "launch": 1}[kind]  # fmt: skip
        longest = max(1, int(0.3 * self.months))
        entry: dict[str, Any] = {"name": name.capitalize(), "kind": kind}
        if kind == "launch":
            entry["after"] = [{"element": n, "lag": f"{int(rng.integers(1, 5))} months"}
                              for n in names if n == "bus" or n.startswith("instrument")]  # fmt: skip
            windows = self._windows()
            if windows is not None:
                entry["launch_windows"] = windows
        if kind == "operations":
            entry["after"] = [{"element": "launch", "lag": f"{int(rng.integers(1, 25))} months"},
                              *({"element": n} for n in names if n == "ground")]  # fmt: skip
        first = lead if self._affords(cost, base)[self.agencies.index(lead)] else self._payer(cost, base)
        payers = [first, *(self._payer(cost, base) for _ in range(int(rng.integers(0, 3))))]
        options = []
        for i, payer in enumerate(dict.fromkeys(payers)):
            months = 1 if kind == "launch" else int(np.clip(base * rng.lognormal(0, 0.15), 6, longest))
            price = max(1.0, cost * float(rng.lognormal(0, 0.12)))
            options.append(self.option(f"o{i}", kind, payer, price, months))
        entry["options"] = options
        common = [t for t in TECHNOLOGIES if all(self._mastered(t, option) for option in options)]
        if common and kind in ("bus", "instrument") and rng.random() < 0.5:
            entry["requires"] = {self._pick(common): {"trl": int(rng.integers(5, 10))}}
        return entry

    def option(self, label: str, kind: str, payer: str, cost: float, months: int) -> dict[str, Any]:
        """One way to provide an element: by an agency, a consortium, or a company that agencies or the pool pay."""
        rng = self.rng
        entry: dict[str, Any] = {
            "id": label, "cost": f"{cost:.2f} MEUR@2025", "duration": f"{months} months", "estimate": MADE,
            "success": f"{rng.uniform(0.9, 0.99) if kind != 'operations' else 0.98:.3f}",
            "profile": self._pick(("rayleigh", "rayleigh", "uniform")) if months > 1 else "uniform",
        }  # fmt: skip
        if kind == "bus" and rng.random() < 0.4:
            entry["profile"] = {"curve": "beta", "a": "0.4", "b": "0.4"}
        dice = rng.random()
        hired = [w for w, home in self.home.items() if home == payer and (w in self.companies or kind == "instrument")]
        friend = self._payer(0.4 * cost, months)
        if kind in ("bus", "instrument") and dice < 0.25 and friend != payer:
            part = self._pick(("0.2", "0.3", "0.4"))
            entry["shares"] = {payer: f"{1 - float(part):.1f}", friend: part}
        elif hired and dice < 0.5:
            entry["provider"], entry["paid_by"] = self._pick(hired), {payer: "1"}
            if months > 3:
                entry["profile"] = self._milestones(months)
        elif dice > 0.9 and kind in ("instrument", "ground_segment"):
            learner = self._pick(self.emerging)
            entry["shares"] = {payer: "0.8", learner: "0.2"} if payer != learner else {payer: "1"}
            entry["paid_by"] = {payer: "1"} if rng.random() < 0.7 else {"pool": "1"}
        else:
            entry["provider"] = payer
        uses = self._uses(kind, months)
        return {**entry, "uses": uses} if uses else entry

    # --- small draws ----------------------------------------------------------------------------------------------

    def _pick(self, options: Sequence[str]) -> str:
        return str(options[int(self.rng.integers(0, len(options)))])

    def _mastered(self, technology: str, option: dict[str, Any]) -> bool:
        return any(technology in self.masters[who] for who in option.get("shares", [option.get("provider")]))

    def _affords(self, cost: float, months: float) -> np.ndarray[Any, np.dtype[np.bool_]]:
        """Which agencies could pay it, nothing else: the dearest year costs 1.6 times the mean, or all in a short work."""
        return cost * min(1.0, 1.6 * 12 / months) <= 0.9 * self.means

    def _payer(self, cost: float, months: float) -> str:
        """An agency that could pay for it, the likelier the more it has; the largest when none could."""
        weight = self.weight * self._affords(cost, months)
        if not weight.any():
            return self.agencies[0]
        return self.agencies[int(self.rng.choice(len(self.agencies), p=weight / weight.sum()))]

    def _month(self, index: int) -> str:
        return f"{FIRST_YEAR + index // 12}-{index % 12 + 1:02d}"

    def _brought(self, goals: Sequence[str], cost: float) -> dict[str, float]:
        size = (cost / 500) ** 0.6
        return {g: round(float(np.clip(size * self.rng.uniform(0.2, 0.8), 0.02, 2.0)), 3) for g in goals}

    def _windows(self) -> Any:
        dice = self.rng.random()
        if dice < 0.2:
            return {"synodic": ["earth", self._pick(("mars", "mars", "venus", "jupiter"))], "width": "2 months"}
        if dice > 0.4:
            return None
        first = int(self.rng.integers(0, 12))
        return [f"{self._month(12 * y + first)}..{self._month(12 * y + first + 2)}" for y in range(self.years - 1)]

    def _milestones(self, months: int) -> dict[str, Any]:
        at = {"contract": 0, "critical design review": months // 2, "acceptance": months - 1}
        shares = dict(zip(at, ("0.2", "0.5", "0.3"), strict=True))
        return {"milestones": [{"name": n, "at": f"{m} months", "share": shares[n]} for n, m in at.items()]}

    def _uses(self, kind: str, months: int) -> dict[str, Any]:
        if kind == "operations":
            return {self._pick(self.networks): f"{int(self.rng.integers(10, 60))} hour/week"}
        if kind == "launch":
            return {"spaceport": "1 launch"}
        span = {"bus": 9, "instrument": 3}.get(kind)
        if span is None or self.rng.random() < 0.5:
            return {}
        where = self._pick(self.halls if kind == "bus" else self.chambers)
        return {where: {"level": "1 slot", "offset": f"{max(0, months - span)} months", "months": f"{span} months"}}

    # --- the whole ------------------------------------------------------------------------------------------------

    def programme(self) -> dict[str, Any]:
        """Everything, as the files of a programme would have it."""
        everyone = (*self.agencies, *self.companies, *self.universities)
        states = [[c for c in bloc if c in self.country.values()] for bloc in BLOCS]
        missions = len(self.sizes)
        return {
            "programme": {
                "id": f"instance-{sum(self.sizes)}", "name": f"Instance of {sum(self.sizes)} elements",
                "summary": "Drawn at random; no figure is real.", "currency": "EUR", "economic_conditions": 2025,
                "horizon": {"start": f"{FIRST_YEAR}-01", "end": f"{FIRST_YEAR + self.years - 1}-12"},
                "uncertainty": {"default": {"cost": {"low": "0.9", "high": "1.6"}}, "estimate": MADE},
            },
            "technologies": {t: {"name": t.replace("_", " ").capitalize()} for t in TECHNOLOGIES},
            "partners": {p: self.partner(p) for p in everyone},
            "objectives": objectives(self.rng, self.leaves, missions),
            "facilities": facilities(self.rng, self.agencies, missions, self.chambers, self.halls, self.networks),
            "treaties": treaties(self.rng, [c for bloc in states for c in bloc]),
            "agreements": agreements(self.rng, states, TECHNOLOGIES),
            "export_control": export_control(states, TECHNOLOGIES),
            "participation": participation(float(self.means.mean()), missions),
            "missions": self.candidates,
        }  # fmt: skip


def _mission_costs(count: int, rng: np.random.Generator) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Millions, log-normal between 50 and 5,000; among few missions none so dear that nobody's yearly budget bears it."""
    costs = np.clip(rng.lognormal(math.log(500), 1.0, count), 50, 5000)
    capped: np.ndarray[Any, np.dtype[np.float64]] = np.minimum(costs, max(50.0, 0.02 * float(costs.sum())))
    return capped


def _mission_sizes(elements: int, rng: np.random.Generator) -> list[int]:
    """Missions of three to seven elements that have so many together (eight or nine in the last where it must be)."""
    sizes: list[int] = []
    left = elements
    while left:
        size = left if left < 6 else int(min(left, rng.integers(3, 8)))
        if 0 < left - size < 3:
            size = left if left <= 7 else size - 3 + (left - size)
        sizes.append(size)
        left -= size
    return sizes
