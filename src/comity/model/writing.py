"""Writes a programme back as readable YAML, losing nothing: what is written reads back as an equal programme."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import Mapping
from decimal import Decimal
from itertools import groupby
from pathlib import Path
from typing import Any

import yaml

from comity.model.calendar import Month
from comity.model.missions import Mission
from comity.model.objectives import Coverage, Objective
from comity.model.programme import SECTIONS, Programme
from comity.model.yaml_tree import scalar


class _Dumper(yaml.CSafeDumper):
    """Plain style wherever YAML 1.2 reads the same back."""

    def ignore_aliases(self, data: Any) -> bool:
        """Repeats values in full: anchors are for machines."""
        return True


def _text(dumper: _Dumper, text: str) -> yaml.ScalarNode:
    style = "'" if not isinstance(scalar(text), str) else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


def _decimal(dumper: _Dumper, number: Decimal) -> yaml.ScalarNode:
    text = f"{number:f}"
    return dumper.represent_scalar(f"tag:yaml.org,2002:{'float' if '.' in text else 'int'}", text)


_Dumper.add_representer(str, _text)
_Dumper.add_representer(Decimal, _decimal)


def write(programme: Programme, folder: Path | str) -> None:
    """Writes a programme to a new or empty folder, whole or not at all.

    FileExistsError when something is there already; OSError from the disk.
    """
    write_files(texts(programme), folder)


def texts(programme: Programme) -> dict[str, str]:
    """The programme's files: their paths below its folder, and their texts."""
    plain = to_plain(programme)
    files = {f"{name}.yaml": _dump({name: plain[name]}) for name in ("programme", *SECTIONS[:-1]) if name in plain}
    missions = plain["missions"]
    names = [re.sub(r"[^A-Za-z0-9_-]+", "-", mission).strip("-") or "mission" for mission in missions]
    if names != sorted(set(names)):  # files are read by name: numbers keep the order, and tell equal names apart
        names = [f"{n:03d}-{name}" for n, name in enumerate(names, start=1)]
    for name, (mission, content) in zip(names, missions.items(), strict=True):
        files[f"missions/{name}.yaml"] = _dump({"missions": {mission: content}})
    return files


def write_files(files: Mapping[str, str], folder: Path | str) -> None:
    """Writes texts to a new or empty folder: beside its place, then moved there, so that it is whole or as it was."""
    folder = Path(folder)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise FileExistsError(f"{folder} is there already and not empty; name a new folder")
    folder.parent.mkdir(parents=True, exist_ok=True)
    beside = Path(tempfile.mkdtemp(dir=folder.parent, prefix=f".{folder.name}."))
    try:
        for name, text in files.items():
            file = beside / name
            file.parent.mkdir(parents=True, exist_ok=True)
            with file.open("w", encoding="utf-8") as stream:
                stream.write(text)
                stream.flush()
                os.fsync(stream.fileno())
        beside.chmod(0o755)
        _sync(beside)
        beside.rename(folder)
        _sync(folder.parent)
    except BaseException:
        shutil.rmtree(beside, ignore_errors=True)
        raise


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _dump(content: dict[str, Any]) -> str:
    return str(yaml.dump(content, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=110))


# --- values as their author would write them ---------------------------------------------------------------------------


def to_plain(programme: Programme) -> dict[str, Any]:
    """The programme as dicts, lists, text and numbers, in the form of the files."""
    plain: dict[str, Any] = _paired(
        programme.model_dump(mode="json", exclude_unset=True), programme.model_dump(mode="python", exclude_unset=True)
    )
    for section in SECTIONS:
        for entry in plain.get(section, {}).values():
            entry.pop("id", None)
    for partner in plain["partners"].values():
        if partner.get("budget"):
            partner["budget"] = _spans(partner["budget"])
    for name, objective in plain["objectives"].items():
        if "curve" in objective:
            objective["curve"] = _curve(programme.objectives[name].curve)
    for facility in plain.get("facilities", {}).values():
        if list(facility["capacity"]) == [str(Month.of(0))]:
            facility["capacity"] = facility["capacity"][str(Month.of(0))]
    for name, mission in plain["missions"].items():
        _mission(mission, programme.missions[name])
    return plain


def _paired(json_value: Any, python_value: Any) -> Any:
    """JSON's form of everything but decimals, which stay numbers; empty origins are left out, as in a file."""
    if isinstance(json_value, dict):
        pairs = zip(json_value.items(), python_value.values(), strict=True)
        return {k: _paired(v, p) for (k, v), p in pairs if not (k in ("source", "estimate") and v is None)}
    if isinstance(json_value, list):
        return [_paired(v, p) for v, p in zip(json_value, python_value, strict=True)]
    return python_value if isinstance(python_value, Decimal) else json_value


def _spans(budget: Mapping[str, str]) -> dict[str, str]:
    """Years of equal money, one after the other, as a span."""
    years = sorted(budget, key=int)
    spans: dict[str, str] = {}

    def run_of(item: tuple[int, str]) -> tuple[int, str]:
        return int(item[1]) - item[0], budget[item[1]]

    for (_, money), group in groupby(enumerate(years), key=run_of):
        run = [year for _, year in group]
        spans[run[0] if len(run) == 1 else f"{run[0]}-{run[-1]}"] = money
    return spans


def _curve(curve: Coverage) -> Any:
    for name in ("saturating", "linear"):
        if curve == _named_curve(name):
            return name
    return [list(knot) for knot in curve.knots]


def _named_curve(name: str) -> Coverage:
    return Objective.model_validate({"name": name, "curve": name}).curve


def _mission(plain: dict[str, Any], mission: Mission) -> None:
    for element in plain["elements"].values():
        element.pop("id", None)
        if "after" in element:
            element["after"] = [_short(after, "element") for after in element["after"]]
        for option in element["options"]:
            if "profile" in option:
                option["profile"] = _short(option["profile"], "curve")
            if "uses" in option:
                option["uses"] = {facility: _short(use, "level") for facility, use in option["uses"].items()}
            if not option.get("id", "-"):
                option.pop("id")


def _short(value: dict[str, Any], field: str) -> Any:
    """The one field that a mapping has, when a file may write it alone."""
    return value[field] if list(value) == [field] else value
