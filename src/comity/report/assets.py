"""What every page is made of: templates that escape what they are given, and files that stand in the page itself."""

from __future__ import annotations

import base64
import hashlib
import json
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

_HERE = Path(__file__).parent
#: A script that would close its own element, or open a comment, cannot stand in a page.
_ESCAPES = {ord("<"): "\\u003c", ord(">"): "\\u003e", ord("&"): "\\u0026", 0x2028: "\\u2028", 0x2029: "\\u2029"}


def environment() -> Environment:
    """The templates of this package: what they are given is escaped, what they are not given is an error."""
    return Environment(
        loader=FileSystemLoader(_HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


@cache
def asset(name: str) -> str:
    """A style sheet or script of this package, as `templates/report.css`, that stands in a page."""
    text = (_HERE / name).read_text(encoding="utf-8")
    if "</script" in text.lower() or "</style" in text.lower():
        raise ValueError(f"{name} cannot stand in a page: it would close its own element")
    return text


def style(*names: str) -> Markup:
    """Style sheets of this package as one."""
    return Markup("".join(asset(f"templates/{name}") for name in names))


def script_hash(script: str) -> str:
    """The hash by which a content security policy lets a script run (CSP 3 §2.3.1)."""
    return base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()


def json_in_page(data: object) -> Markup:
    """JSON that can stand in a script element: no character that HTML would act on."""
    return Markup(json.dumps(data, ensure_ascii=False, separators=(",", ":")).translate(_ESCAPES))


def version_text() -> str:
    """The version of comity, or nothing where it is not installed."""
    try:
        return version("comity")
    except PackageNotFoundError:
        return ""
