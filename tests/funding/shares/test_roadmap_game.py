"""The roadmap as a game: coalitions planned side by side, kept through kills, on this machine or on a cluster."""

import json
import os
from decimal import Decimal
from pathlib import Path

import pytest

import comity
from comity.cluster import ClusterError, spread
from comity.funding import FundingError
from comity.funding.shares.roadmap_game import (
    Kept,
    Reached,
    coalition_value,
    covered,
    partners_of,
    roadmap_game,
    sampled_roadmap,
)
from comity.funding.shares.shapley import shapley
from comity.workers import WorkerError


@pytest.fixture(scope="module")
def apollo_soyuz():
    return comity.load("apollo-soyuz").programme


def power(base, exponent):
    """What a task does in these tests."""
    if exponent < 0:
        raise ValueError("not so far")
    return base**exponent


def test_two_partners_who_need_each_other_share_alike(apollo_soyuz):
    players = partners_of(apollo_soyuz)
    told = roadmap_game(apollo_soyuz, players, time_s=2)
    shares = shapley(told.game)
    assert told.solved == 2 ** len(players) - 1
    assert sum(shares.values()) == told.game.whole > 0
    joint = comity.load("apollo-soyuz").plan(time_s=2, aims=("science",)).value
    assert float(told.game.whole) == pytest.approx(joint, rel=0.01)


def test_what_was_solved_is_not_solved_again_and_a_torn_line_is(apollo_soyuz, tmp_path):
    players, file = partners_of(apollo_soyuz), tmp_path / "coalitions.jsonl"
    first = Kept(file, "one")
    before = roadmap_game(apollo_soyuz, players, time_s=1, kept=first)
    first.close()
    whole = file.read_text()
    file.write_text(whole[:-10])  # a kill in the midst of the last line
    again = Kept(file, "one")
    after = roadmap_game(apollo_soyuz, players, time_s=1, kept=again)
    again.close()
    assert (after.solved, after.game) == (1, before.game)
    assert all(json.loads(line) for line in file.read_text().splitlines())
    with pytest.raises(FundingError, match="another programme"):
        Kept(file, "two")


def test_a_coalition_has_no_less_than_its_parts():
    a, b, both = frozenset("a"), frozenset("b"), frozenset("ab")
    game, short = covered(("a", "b"), {a: 5.0, b: 2.0, both: 4.5})
    assert (game.value("ab"), short) == (5, 0.5)


def test_what_rules_keep_all_from_is_told_apart_from_what_a_search_missed(apollo_soyuz):
    a, b = players = partners_of(apollo_soyuz)
    kept = Kept()
    for coalition, value, bound in (({a}, 5.0, 5.0), ({b}, 0.0, 0.0), ({a, b}, 3.0, 3.5)):
        kept.add(frozenset(coalition), Reached(value, bound, {}))
    told = roadmap_game(apollo_soyuz, players, kept=kept)
    assert (told.game.whole, told.barred_by, told.short_by) == (5, 1.5, 0.5)
    kept.add(frozenset(players), Reached(4.5, 9.0, {}))
    told = roadmap_game(apollo_soyuz, players, kept=kept)
    assert (told.game.whole, told.barred_by, told.short_by) == (5, 0.0, 0.5)


def test_too_many_partners_are_sent_to_samples(apollo_soyuz):
    with pytest.raises(FundingError, match="8,191 coalitions"):
        roadmap_game(apollo_soyuz, [f"p{n}" for n in range(13)])
    with pytest.raises(FundingError, match="no partner with a budget"):
        partners_of(apollo_soyuz, ["nobody"])


def test_tasks_are_spread_over_processes_here():
    assert sorted(spread(power, [(n,) for n in range(5)], shared=2, workers=2)) == [(n, 2**n) for n in range(5)]


def test_the_same_call_runs_on_a_dask_cluster(apollo_soyuz):
    from distributed import LocalCluster

    with LocalCluster(n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None) as cluster:
        address = cluster.scheduler_address
        assert sorted(spread(power, [(n,) for n in range(5)], shared=2, cluster=address)) == [
            (n, 2**n) for n in range(5)
        ]
        with pytest.raises(WorkerError, match="not so far"):
            list(spread(power, [(-1,)], shared=2, cluster=address))
        players = partners_of(apollo_soyuz)
        there = roadmap_game(apollo_soyuz, players, time_s=1, cluster=address)
    assert there.game == roadmap_game(apollo_soyuz, players, time_s=1).game


def test_a_cluster_that_does_not_answer_is_said_so():
    with pytest.raises(ClusterError, match="no Dask scheduler answers at 'nonsense"):
        list(spread(power, [(1,)], shared=2, cluster="nonsense://here"))


def test_a_partner_that_can_do_nothing_alone_has_nothing():
    programme = comity.load("jwst").programme
    from comity.roadmap import Question

    assert coalition_value((programme, Question(time_s=1, threads=1)), ["csa"]) == (0.0, 0.0, {})


def die_once(marker, number):
    """Ends its worker's process the first time that it is asked for number 0."""
    if number == 0 and not Path(marker).exists():
        Path(marker).touch()
        os._exit(1)
    return number


def test_what_a_dead_worker_had_is_done_by_another(tmp_path):
    from distributed import LocalCluster

    with LocalCluster(n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None) as cluster:
        tasks = [(n,) for n in range(4)]
        found = spread(die_once, tasks, shared=str(tmp_path / "died"), cluster=cluster.scheduler_address)
        assert sorted(found) == [(n, n) for n in range(4)]
    assert (tmp_path / "died").exists()


def test_samples_of_two_partners_are_their_shapley_value(apollo_soyuz, tmp_path):
    players = partners_of(apollo_soyuz)
    kept = Kept(tmp_path / "coalitions.jsonl", "one")
    found = sampled_roadmap(apollo_soyuz, players, orders=4, time_s=1, kept=kept)
    exact = roadmap_game(apollo_soyuz, players, time_s=1, kept=kept)
    kept.close()
    assert exact.solved == 0  # what the samples needed is all there is
    assert found.estimates == pytest.approx({p: float(v) for p, v in shapley(exact.game).items()})


def test_who_pays_is_split_in_proportion_to_the_points(apollo_soyuz):
    told = roadmap_game(apollo_soyuz, partners_of(apollo_soyuz), time_s=1)
    divided = told.paid_in_proportion(shapley(told.game), apollo_soyuz.programme.currency)
    assert sum(divided.values()) == sum(told.paid.values()) > 0
    assert max(divided.values()) - min(divided.values()) <= Decimal("0.01")
