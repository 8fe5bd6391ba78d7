"""What pref_voting finds for drawn ballots, which the tests of rankings are held against.

pip install pref_voting==1.18.2     # in an environment of its own: it asks for another numpy
python benchmarks/peers/pref_voting_rankings.py > tests/governance/rankings_of_pref_voting.json
"""

from __future__ import annotations

import json
import random
from importlib.metadata import version
from typing import Any

from pref_voting.grade_methods import approval
from pref_voting.grade_profiles import GradeProfile
from pref_voting.margin_based_methods import beat_path_defeat, ranked_pairs
from pref_voting.profiles import Profile
from pref_voting.scoring_methods import borda

PROFILES, SEED = 150, 20261124


def drawn(draws: random.Random) -> dict[str, Any]:
    """One set of ballots with what each method makes of it; no ranked pairs where pairs tie (it tries every order of them)."""
    proposals = list(range(draws.randint(3, 5)))
    rankings = [draws.sample(proposals, len(proposals)) for _ in range(draws.randint(2, 9))]
    counts = [draws.randint(1, 5) for _ in rankings]
    profile = Profile(rankings, rcounts=counts)
    margins = [m for row in profile.margin_matrix for m in row if m > 0]
    pairs = len(proposals) * (len(proposals) - 1) // 2
    tied = len(set(margins)) < pairs
    approvals = [{c: draws.randint(0, 1) for c in proposals} for _ in counts]
    grades = GradeProfile(approvals, [0, 1], gcounts=counts, candidates=proposals)
    return {
        "proposals": len(proposals),
        "rankings": rankings,
        "counts": counts,
        "approvals": [[c for c, grade in ballot.items() if grade] for ballot in approvals],
        "schulze_defeats": sorted([int(a), int(b)] for a, b in beat_path_defeat(profile).edges),
        "ranked_pairs": None if tied else [int(c) for c in ranked_pairs(profile)],
        "borda": {int(c): int(score) for c, score in profile.borda_scores().items()},
        "borda_winners": [int(c) for c in borda(profile)],
        "approval_winners": [int(c) for c in approval(grades)],
    }


if __name__ == "__main__":
    draws = random.Random(SEED)
    profiles = [json.dumps(drawn(draws)) for _ in range(PROFILES)]
    print(f'{{"pref_voting": "{version("pref_voting")}", "profiles": [')
    print(",\n".join(profiles))
    print("]}")
