"""`comity fund share`, as a user meets it."""

import json
import subprocess
import sys
from fractions import Fraction
from itertools import combinations

import pytest
from typer.testing import CliRunner

from comity.cli.app import app


def run(*arguments, code=0):
    found = CliRunner().invoke(app, ["fund", "share", *arguments])
    assert found.exit_code == code, found.output
    return found.stdout if not code else found.output


def test_a_shared_relay_is_divided_by_each_rule():
    answer = json.loads(run("game", "shared-relay", "--json"))
    assert answer["rules"]["shapley"]["shares"] == {"orbiter": "40", "lander": "70", "rover": "190"}
    assert answer["rules"]["equal"]["leaves"] == ["lander", "orbiter"]
    assert "orbiter would gain 20.00 by leaving" in run("game", "shared-relay")


def test_a_shared_cable_is_divided_by_birds_rule_too():
    answer = json.loads(run("game", "shared-cable", "--json"))
    assert answer["whole"] == "95"  # plant to camp 40, camp to lab 20, lab to mine 35: each pays for its own
    bird = answer["rules"]["bird"]
    assert (bird["shares"], bird["in_core"]) == ({"camp": "40", "lab": "20", "mine": "35"}, True)
    assert "camp             40.00    17.50      22.50  31.67         20.54  40.00" in run("game", "shared-cable")


def test_claims_and_the_core():
    assert json.loads(run("claims", "--estate", "200", "--claim", "a=100", "--claim", "b=200", "--claim", "c=300",
                          "--json"))["rules"]["talmud"]["shares"] == {"a": "50", "b": "75", "c": "75"}  # fmt: skip
    assert json.loads(run("core", "shared-relay", "--allocation", "orbiter=40", "--allocation", "lander=70",
                          "--allocation", "rover=190", "--json"))["in_core"]  # fmt: skip


def test_a_roadmap_is_divided_and_drawn(tmp_path):
    page = tmp_path / "shares.html"
    answer = json.loads(run("roadmap", "jwst", "--time", "1", "--out", str(tmp_path), "--html", str(page), "--json"))
    assert len(set(answer["rules"]["shapley"]["shares"].values())) == 1  # nobody could do it without the others
    assert "James Webb Space Telescope" in page.read_text()


def test_twelve_users_are_divided_among_by_all_their_coalitions(tmp_path):
    """As Littlechild and Owen 1973 have it: each part of what is shared is paid alike by those who need it."""
    needs = {f"user-{k:02}": 3 * k for k in range(1, 13)}
    costs = ["+".join(group) + f": {max(needs[p] for p in group)}"
             for size in range(1, 13) for group in combinations(needs, size)]  # fmt: skip
    assert len(costs) == 4_095
    file = tmp_path / "twelve.yaml"
    file.write_text("kind: cost\ncoalitions:\n  " + "\n  ".join(costs) + "\n")
    found = json.loads(run("game", str(file), "--json"))["rules"]
    wanted = {p: sum(Fraction(3, 12 - j) for j in range(k)) for k, p in enumerate(needs, 1)}
    assert {p: Fraction(s) for p, s in found["shapley"]["shares"].items()} == wanted
    assert found["shapley"]["in_core"] and found["nucleolus"]["in_core"]


def test_a_killed_roadmap_goes_on_where_it_was(tmp_path):
    partners = [word for p in ("esa", "jaxa", "csa") for word in ("--partner", p)]
    asked = ["roadmap", "iss", *partners, "--time", "0.2", "--out", str(tmp_path), "--json"]
    command = [sys.executable, "-c", "from comity.cli.app import main; main()", "fund", "share", *asked]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as killed:
        assert killed.stderr is not None
        for told in killed.stderr:
            if not told.startswith("0 of 7 coalitions"):
                break
        killed.kill()
    file = tmp_path / "coalitions.jsonl"
    before = file.read_bytes()
    lines = before.count(b"\n")  # the first says whose they are
    assert 1 < lines < 8
    again = CliRunner().invoke(app, command[3:])
    assert again.stderr.startswith(f"{lines - 1} of 7 coalitions")
    assert file.read_bytes().startswith(before[: before.rindex(b"\n")])
    answer = json.loads(again.stdout)
    assert sum(map(Fraction, answer["rules"]["shapley"]["shares"].values())) == Fraction(answer["whole"])


def test_an_allocation_comes_from_a_file_and_rules_are_chosen(tmp_path):
    file = tmp_path / "agreed.yaml"
    file.write_text("shares: {orbiter: 100, lander: 100, rover: 100}\n")
    found = json.loads(run("core", "shared-relay", "--allocation", str(file), "--json"))
    assert (found["in_core"], found["leaves"], found["gains"]) == (False, ["lander", "orbiter"], "20")
    assert list(json.loads(run("game", "shared-relay", "--rules", "serial,equal", "--json"))["rules"]) == [
        "serial",
        "equal",
    ]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["game", "shared-rely"], "did you mean 'shared-relay'"),
        (["claims", "--estate", "900", "--claim", "a=1"], "nothing is disputed"),
        (["claims", "--estate", "x", "--claim", "a=1"], "is no amount"),
        (["core", "shared-relay", "--allocation", "orbiter=1"], "gets nothing"),
        (["core", "shared-relay", "--allocation", "nowhere.yaml"], "No such file"),
        (["game", "shared-relay", "--rules", "shaply"], "did you mean 'shapley'"),
        (["roadmap", "jwst", "--within", "1"], "say with --samples"),
        (["roadmap", "jwst", "--partner", "nasaa"], "did you mean 'nasa'"),
        (["roadmap", "global-2040", "--time", "1"], "ask for samples"),
    ],
)
def test_bad_input_ends_with_2_and_says_what_would_be_right(arguments, said):
    assert said in run(*arguments, code=2)
