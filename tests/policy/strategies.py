"""Facts and questions drawn at random for the rules that come with comity."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st

from comity.policy import Entity, Facts, Question, Uid, dataset, partner
from comity.policy.catalogue import listed_entities
from comity.policy.facts import ACCESS, RESTRICTIONS

START = datetime(2026, 1, 1, tzinfo=UTC)
PARTNERS = ("nasa", "esa", "jaxa", "cnsa", "institute")
TEAMS = ("miri", "iss", "cleared")
CLASSES = ("USML XV", "USML IV", "EAR 9A515.a", "MTCR I production", "EU 2021/821 9A004", "not listed")

times = st.integers(-3, 3).map(lambda days: START + timedelta(days=days)) | st.sampled_from(
    [datetime(2011, 4, 15, tzinfo=UTC), datetime(2011, 4, 14, 23, 59, tzinfo=UTC), datetime(2021, 3, 18, tzinfo=UTC)]
)


@st.composite
def datasets(draw: st.DrawFn, size: int = 12) -> list[Entity]:
    """Sets of data whose dates lie near the questions' times."""
    return [
        dataset(
            f"d{number}",
            access=draw(st.sampled_from(ACCESS)),
            owner=draw(st.sampled_from(PARTNERS)),
            team=draw(st.sampled_from(TEAMS)),
            public_from=draw(st.none() | times),
            restriction=draw(st.none() | st.sampled_from(RESTRICTIONS)),
            cleared=draw(st.none() | st.sampled_from(TEAMS)),
        )
        for number in range(size)
    ]


@st.composite
def facts(draw: st.DrawFn) -> Facts:
    """Agencies in teams and perhaps suspended, datasets, works and a record."""
    found = {entity.uid: entity for entity in listed_entities()}
    for name in PARTNERS:
        states = [uid.id for uid in found[Uid("Partner", name)].parents] if name != "institute" else []
        teams = draw(st.sets(st.sampled_from(TEAMS)))
        standing = {Uid("Standing", "suspended")} if draw(st.booleans()) else set[Uid]()
        found[Uid("Partner", name)] = partner(name, states=states, teams=teams, parents=standing)
    for number in range(3):
        attributes = {
            "owner": Uid("Partner", draw(st.sampled_from(PARTNERS))),
            "ground": draw(st.sampled_from(("background", "foreground"))),
            "programme": Uid("Team", draw(st.sampled_from(TEAMS))),
        }
        if draw(st.booleans()):
            attributes["users"] = Uid("Team", draw(st.sampled_from(TEAMS)))
        work = Uid("Work", f"w{number}")
        found[work] = Entity(work, attributes)
    record = Uid("Record", "r")
    found[record] = Entity(record, {"programme": Uid("Team", "iss"), "host": Uid("Partner", "esa")})
    return Facts.of([*found.values(), *draw(datasets())])


def questions(known: Facts) -> st.SearchStrategy[Question]:
    """Questions about these facts."""
    whats = {
        "transfer": CLASSES,
        "read": known.of_type("Dataset"),
        "use": known.of_type("Work"),
        "view": ("r",),
        "append": ("r",),
        "administer": ("r",),
    }

    def asked(action: str) -> st.SearchStrategy[Question]:
        return st.builds(
            Question,
            st.sampled_from(PARTNERS),
            st.just(action),
            st.sampled_from(whats[action]),
            times,
            st.sampled_from(("programme", "science", "commercial", "weapons")),
            st.sampled_from(PARTNERS) if action == "transfer" else st.none(),
        )

    return st.sampled_from(sorted(whats)).flatmap(asked)
