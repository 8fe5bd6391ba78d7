"""How fast packets are decoded beside space-packet-parser alone, with the same values.

    python -m benchmarks.telemetry [--definition XTCE --packets FILE [--prefix 4] [--root NAME]]
                                   [--megabytes 50] [--file 1000] [--repeats 3]

Without arguments: the attitude and ephemeris packets of JPSS-1 that stand with the tests (their source there), over and over until
they are so many megabytes. The library parses a part of them packet by packet, as its own benchmark does, and makes its own datasets;
the values are compared. Prints rates and ratios, and what writing Parquet comes to.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

from space_packet_parser.generators import ccsds_generator
from space_packet_parser.xarr import create_dataset
from space_packet_parser.xtce.definitions import XtcePacketDefinition

from comity.messages.telemetry import decode, definition, to_parquet

SAMPLES = Path(__file__).parent.parent / "tests" / "messages" / "telemetry" / "samples"


def best(read: Callable[[], Any], repeats: int) -> tuple[float, Any]:
    """The shortest of some runs [s], and what came of it."""
    times, found = [], None
    for _ in range(repeats):
        began = time.perf_counter()
        found = read()
        times.append(time.perf_counter() - began)
    return min(times), found


def repeated(content: bytes, megabytes: float) -> bytes:
    """Real packets over and over; whole files of them."""
    return content * max(1, round(megabytes * 1e6 / len(content)))


def compared(ours: Any, packets: list[Any]) -> int:
    """Compares what both made of the same packets, value for value; how many values that were."""
    at = {int(offset): (name, row) for name, one in ours.items() for row, offset in enumerate(one.byte_offset.values)}
    values = {name: {key: one[key].values for key in one.data_vars} for name, one in ours.items()}
    count = offset = 0
    for content, packet in packets:
        name, row = at.get(offset, (None, None))
        offset += len(content)
        if name is None:
            continue
        for key, theirs in packet.items():
            mine = values[name][key][row]
            assert mine == theirs or (mine != mine and theirs != theirs), (name, key, row, mine, theirs)
            count += 1
    return count


def measured(path: Path, content: bytes, *, prefix: int, root: str | None, megabytes: float, repeats: int) -> None:
    """Measures one definition with its packets, and prints."""
    defined = definition(path, root=root)
    library = XtcePacketDefinition.from_xtce(path, root_container_name=defined.root)
    large = repeated(content, megabytes)
    part = repeated(content, min(megabytes, max(1.0, 2 * len(content) / 1e6)))

    def alone() -> int:
        """Parses all and keeps none: what is kept slows the library by what the collector of garbage looks through."""
        return sum(1 for p in ccsds_generator(part, skip_header_bytes=prefix) if library.parse_bytes(p))

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs_s, parsed = best(alone, repeats)
        packets = [(p, library.parse_bytes(p)) for p in ccsds_generator(content, skip_header_bytes=prefix)]
        try:
            sets_s, _ = best(
                lambda: create_dataset(part, library, generator_kwargs={"skip_header_bytes": prefix}), repeats
            )
        except ValueError:
            sets_s = float("nan")  # It takes no packets of one APID with different fields.
    if not prefix:
        print(f"{path.name}: {compared(decode(content, defined, surplus=True), packets):,} values alike")
    ours_s, ours = best(lambda: decode(large, defined, prefix=prefix, surplus=True), repeats)
    count = sum(len(one.packet) for one in ours.values())
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "packets").write_bytes(large)
        began = time.perf_counter()
        to_parquet(Path(folder) / "packets", defined, Path(folder) / "tables", prefix=prefix, surplus=True)
        parquet_s = time.perf_counter() - began
        size = sum(p.stat().st_size for p in (Path(folder) / "tables").iterdir())
    rates = {
        "space-packet-parser, parse_bytes": (parsed / theirs_s, len(part) / theirs_s),
        "space-packet-parser, create_dataset": (parsed / sets_s, len(part) / sets_s),
        "comity, decode": (count / ours_s, len(large) / ours_s),
        "comity, to_parquet": (count / parquet_s, len(large) / parquet_s),
    }
    first = next(iter(rates.values()))[0]
    for name, (rate, octets) in rates.items():
        print(f"  {name:36} {rate:12,.0f} packets/s {octets / 1e6:8,.1f} MB/s  ratio {rate / first:7,.1f}")
    print(f"  {len(large) / 1e6:.0f} MB, {count:,} packets; Parquet {size / 1e6:.0f} MB")


def large_file(path: Path, content: bytes, *, prefix: int, root: str | None, megabytes: float) -> None:
    """Decodes a large file by the command, and prints its rate and its memory."""
    options = ["--prefix", str(prefix), "--surplus", *(["--root", root] if root else [])]
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "packets"
        with file.open("wb") as out:
            while out.tell() < megabytes * 1e6:
                out.write(content)
        began = time.perf_counter()
        arguments = ["telemetry", "decode", str(path), str(file), "--out", f"{folder}/tables", "--quiet", *options]
        program = f"import sys; sys.argv = ['comity', *{arguments!r}]; from comity.cli.app import main; main()"
        subprocess.run([sys.executable, "-c", program], check=True, stdout=subprocess.DEVNULL)
        spent_s = time.perf_counter() - began
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 2**20
        print(
            f"  comity telemetry decode, {megabytes:,.0f} MB: {spent_s:.1f} s, {megabytes / spent_s:.0f} MB/s, {peak:.2f} GiB"
        )


def main() -> None:
    """Measures what was asked for, and prints."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--definition", type=Path, default=SAMPLES / "jpss1_geolocation_xtce_v1.xml")
    asked.add_argument("--packets", type=Path, default=SAMPLES / "jpss1_geolocation.dat")
    asked.add_argument("--prefix", type=int, default=0)
    asked.add_argument("--root")
    asked.add_argument("--megabytes", type=float, default=50)
    asked.add_argument(
        "--file", type=float, default=1000, metavar="MB", help="a large file for the command; 0 for none"
    )
    asked.add_argument("--repeats", type=int, default=3)
    given = asked.parse_args()
    content = given.packets.read_bytes()
    if given.file:
        large_file(given.definition, content, prefix=given.prefix, root=given.root, megabytes=given.file)
    measured(
        given.definition,
        content,
        prefix=given.prefix,
        root=given.root,
        megabytes=given.megabytes,
        repeats=given.repeats,
    )


if __name__ == "__main__":
    main()
