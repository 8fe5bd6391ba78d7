"""A small, complete, invented programme in which every kind of rule is at work, and a plan for it made by hand.

`EXAMPLE` is its text, as it would stand in one file; `example()` is the programme; `PICKS` and `CASH` are a plan that
obeys every rule (`plan_builder.build` makes a `Plan` of them).
"""

from __future__ import annotations

from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from comity.model.programme import Programme

EXAMPLE = """\
programme:
  id: example
  name: Moon and Mars together
  summary: An invented programme, small enough to plan by hand.
  horizon: {start: 2030-01, end: 2041-12}
  currency: EUR
  economic_conditions: 2025
  currencies:
    USD:
      rate: 0.9
      price_index: {2024: 100, 2025: 102}
      estimate: invented
  discount_rate: 0.03
  open_data: 0.5

sources:
  invention: {name: Everything here is invented, publisher: the tests, date: "2026-01"}

technologies:
  orbiter: {name: Orbiter buses, regime: EAR 9A515}
  guidance: {name: Guidance for landing, regime: MTCR II.9}
  imaging: {name: Cameras}

partners:
  esa:
    name: European Space Agency
    kind: intergovernmental
    member_states: [DE, FR, IT]
    budget: {2030-2032: 130 MEUR@2025, 2033: 155 MEUR@2025, 2034-2041: 90 MEUR@2025}
    carry_over: 20%
    capabilities: {orbiter: {heritage: 12}, imaging: {trl: 9}}
    estimate: invented
  jaxa:
    name: Japan Aerospace Exploration Agency
    kind: agency
    country: JP
    budget: {2030-2041: 150 MUSD@2024}
    carry_over: 10%
    capabilities: {orbiter: {trl: 8}, guidance: {heritage: 2}}
    priorities: {mars: 1, moon: 0.4}
    estimate: invented
  uae:
    name: UAE Space Agency
    kind: agency
    country: AE
    budget: {2030-2041: 20 MEUR@2025}
    capabilities: {imaging: {trl: 7}}
    emerging: {training_aims: [instrument engineers]}
    estimate: invented
  helios:
    name: Helios Spacecraft
    kind: commercial
    country: FR
    return_to: esa
    capabilities: {orbiter: {trl: 9}}

objectives:
  mars: {name: Mars}
  climate: {name: The climate of Mars, parent: mars, value: 60, curve: saturating, estimate: invented}
  life: {name: Life on Mars, parent: mars, value: 100, curve: linear, estimate: invented}
  moon: {name: The Moon}
  ice:
    name: Ice at the poles
    parent: moon
    value: 80
    curve: [[0, 0], [0.5, 0.4], [1, 0.7], [2, 1]]
    estimate: invented

facilities:
  spaceport:
    name: Equatorial spaceport
    kind: launch_site
    owner: esa
    capacity: 1 launch
    price: 20 MEUR@2025
    settlement: cash
    estimate: invented
  chamber:
    name: Large thermal vacuum chamber
    kind: test_chamber
    owner: jaxa
    capacity: {2030-01: 2 slot, 2040-01: 1 slot}
    price: 1 MEUR@2025
    settlement: barter
    estimate: invented

treaties:
  accords:
    name: Accords on the exploration of Mars
    parties: {DE: 2025-01, FR: 2025-01, IT: 2031-01, JP: 2025-01, AE: 2032-01}
    estimate: invented

agreements:
  sharing:
    name: Agreement on guidance for the lander
    parties: [jaxa, AE]
    in_force_from: 2033-01
    in_force_until: 2040-12
    permits: [guidance]
    estimate: invented

export_control:
  japan:
    name: Guidance leaves Japan only under an agreement
    technologies: [guidance]
    giver: [JP]
    receiver: ["*"]
    except_receiver: [FR]
    unless: [sharing]

participation:
  return: {kind: minimum_return, name: Geographical return, minimum: 0.8, estimate: invented}
  place: {kind: emerging_place, name: A place for the new, minimum_share: 5%, minimum_roles: 2, estimate: invented}
  share: {kind: maximum_share, name: Nobody carries it alone, maximum: 65%, estimate: invented}
  pool:
    kind: cash_pool
    name: The common pool
    maximum_paid: 20%
    payers: [esa, jaxa]
    receivers: [emerging]
    maximum_received: 6 MEUR@2025
    estimate: invented
  kind: {kind: in_kind, name: Mostly in kind, minimum: 60%, estimate: invented}
  barter: {kind: barter, name: Barter stays small, maximum_debt: 10 MEUR@2025, estimate: invented}

missions:
  moon:
    name: Lunar ice orbiter
    committed: true
    elements:
      bus:
        name: Bus
        kind: bus
        requires: {orbiter: {trl: 8}}
        earliest: 2030-02
        options:
          - provider: helios
            paid_by: esa
            cost: 200 MEUR@2025
            duration: 36 months
            success: 0.94
            profile:
              milestones:
                - {name: design review, at: 6 months, share: 0.25}
                - {name: critical review, at: 18 months, share: 0.35}
                - {name: delivery, at: 36 months, share: 0.4}
            uses: {chamber: {level: 1 slot, offset: 24 months, months: 6 months}}
            estimate: invented
          - provider: esa
            cost: 240 MEUR@2025
            duration: 3 years
            success: 0.98
            uses: {chamber: {level: 1 slot, offset: 24 months, months: 6 months}}
            estimate: invented
      camera:
        name: Neutron camera
        kind: instrument
        optional: true
        contributes: {ice: 0.4}
        requires: {imaging: {trl: 7}}
        finish_by: 2033-06
        options:
          - {provider: uae, cost: 24 MEUR@2025, duration: 24 months, success: 0.8, profile: uniform, estimate: invented}
          - {provider: esa, cost: 40 MEUR@2025, duration: 24 months, success: 0.9, profile: uniform, estimate: invented}
      launch:
        name: Launch
        kind: launch
        after: [{element: bus, lag: 1 month}, {element: camera, lag: 1 month}]
        options:
          - provider: esa
            cost: 60 MEUR@2025
            duration: 2 months
            success: 0.97
            profile: uniform
            uses: {spaceport: {level: 1 launch, months: 1 month}}
            estimate: invented
      operations:
        name: Operations in lunar orbit
        kind: operations
        after: [{element: launch, lag: 3 months, max_lag: 12 months}]
        latest: 2036-12
        contributes: {ice: 1}
        options:
          - id: joint
            shares: {esa: 0.6, jaxa: 0.4}
            cost: 45 MEUR@2025
            duration: 36 months
            success: 0.99
            profile: {by_year: [0.5, 0.3, 0.2]}
            estimate: invented
    interfaces:
      - {between: [bus, camera], technology: imaging}

  relay:
    name: Mars relay and weather orbiter
    elements:
      bus:
        name: Bus
        kind: bus
        requires: {orbiter: {trl: 8}}
        options:
          - provider: jaxa
            cost: 180 MEUR@2025
            duration: 36 months
            success: 0.96
            profile: {curve: beta, a: 0.6, b: 0.2}
            estimate: invented
      launch:
        name: Launch
        kind: launch
        after: [bus]
        launch_windows: {synodic: [earth, mars], width: 2 months}
        options:
          - provider: jaxa
            cost: 50 MEUR@2025
            duration: 1 month
            success: 0.97
            uses: {spaceport: 1 launch}
            estimate: invented
      operations:
        name: Operations around Mars
        kind: operations
        after: [{element: launch, lag: 8 months}]
        contributes: {climate: 0.8}
        options:
          - {provider: jaxa, cost: 60 MEUR@2025, duration: 10 years, success: 1, profile: uniform, estimate: invented}

  lander:
    name: Mars lander
    requires_treaties: [accords]
    excludes: [sail]
    elements:
      module:
        name: Landing module
        kind: lander
        requires: {guidance: {heritage: 1}}
        options:
          - provider: jaxa
            paid_by: {jaxa: 0.9, pool: 0.1}
            cost: 160 MEUR@2025
            duration: 24 months
            success: 0.85
            estimate: invented
      hatch:
        name: Sample hatch
        kind: robotics
        options:
          - provider: uae
            cost: 30 MEUR@2025
            duration: 20 months
            success: 0.95
            profile: uniform
            uses: {chamber: {level: 2 slot, offset: 10 months, months: 4 months}}
            estimate: invented
      launch:
        name: Launch
        kind: launch
        after: [module, hatch, {element: relay/operations, anchor: start}]
        launch_windows: {synodic: [earth, mars], width: 2 months}
        options:
          - {provider: esa, cost: 70 MEUR@2025, duration: 1 month, success: 0.97, estimate: invented}
      operations:
        name: Operations on the surface
        kind: operations
        after: [{element: launch, lag: 8 months}]
        contributes: {life: 0.9, climate: 0.1}
        options:
          - id: joint
            shares: {jaxa: 0.5, uae: 0.1, esa: 0.4}
            cost: 40 MEUR@2025
            duration: 24 months
            success: 0.95
            profile: uniform
            estimate: invented
    interfaces:
      - {between: [module, hatch], technology: guidance, flow: forward}
      - {between: [operations, relay/operations], technology: imaging}

  sail:
    name: Solar sail to Mars
    elements:
      craft:
        name: Sail craft
        kind: probe
        contributes: {climate: 0.2}
        options:
          - {provider: jaxa, cost: 20 MEUR@2025, duration: 24 months, success: 0.7, estimate: invented}
      operations:
        name: Operations
        kind: operations
        after: [{element: craft, lag: 6 months}]
        contributes: {climate: 0.1}
        options:
          - {provider: jaxa, cost: 5 MEUR@2025, duration: 12 months, success: 1, profile: uniform, estimate: invented}
"""

Picks = dict[tuple[str, str], tuple[str, str]]

#: (mission, element) -> (option, start) of a plan that obeys every rule.
PICKS: Picks = {
    ("moon", "bus"): ("helios", "2030-03"),
    ("moon", "camera"): ("uae", "2030-06"),
    ("moon", "launch"): ("esa", "2033-05"),
    ("moon", "operations"): ("joint", "2033-10"),
    ("relay", "bus"): ("jaxa", "2030-02"),
    ("relay", "launch"): ("jaxa", "2033-03"),
    ("relay", "operations"): ("jaxa", "2033-12"),
    ("lander", "module"): ("jaxa", "2033-02"),
    ("lander", "hatch"): ("uae", "2033-03"),
    ("lander", "launch"): ("esa", "2035-07"),
    ("lander", "operations"): ("joint", "2036-04"),
}

#: year -> (paid in, received) by partner; what elements charge to the pool follows from the picks.
Cash = dict[int, tuple[dict[str, str], dict[str, str]]]
CASH: Cash = {
    2033: ({"esa": "12000000"}, {"uae": "1000000"}),
    2034: ({"esa": "8000000"}, {"uae": "2500000"}),
    2035: ({"jaxa": "1000000"}, {"uae": "1500000"}),
}


def write_example(folder: Path) -> Path:
    """Writes the example as the one file of a programme's folder, and returns the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "programme.yaml").write_text(EXAMPLE, encoding="utf-8")
    return folder


def example_text() -> dict[str, Any]:
    """The example as plain values, to be changed and handed to `Programme.model_validate`."""
    return deepcopy(_parsed())


@cache
def _parsed() -> dict[str, Any]:
    raw: dict[str, Any] = yaml.safe_load(EXAMPLE)
    return raw


def example(**changes: Any) -> Programme:
    """The example programme, with values changed at dotted paths whose dots are written `__`.

    `example(participation__share__maximum="30%")`; a number steps into a list; None takes the entry out.
    """
    raw = example_text()
    for path, value in changes.items():
        at: Any = raw
        *steps, last = (int(s) if s.isdigit() else s for s in path.split("__"))
        for step in steps:
            at = at[step]
        if value is None:
            del at[last]
        else:
            at[last] = value
    return Programme.model_validate(raw)
