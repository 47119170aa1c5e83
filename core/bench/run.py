#!/usr/bin/env python3
"""Run the C benchmarks and the Python one, and put their figures into one JSON file.

python core/bench/run.py --build build/release [--quick] [--json FILE]
"""

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def main() -> None:
    """Run all; a figure over its bar is no failure, a benchmark that breaks is."""
    parser = argparse.ArgumentParser(description="measure relay against memcpy, Python against C")
    parser.add_argument("--build", type=Path, required=True, help="where the core was built")
    parser.add_argument("--quick", action="store_true", help="fewer rounds")
    parser.add_argument("--json", type=Path, help="also write the figures here")
    args = parser.parse_args()
    quick = ["--quick"] if args.quick else []
    figures = {}
    with tempfile.TemporaryDirectory() as folder:
        commands = {
            "c": [args.build / "bench/relay_bench", *quick],
            "shared": [args.build / "bench/relay_bench_shared", *quick],
            "processes": [args.build / "bench/relay_bench_processes", *quick],
            "python": [
                sys.executable,
                ROOT / "tests/bench/bench_python.py",
                *("--library", args.build / "librelay.so"),
                *quick,
            ],
        }
        for name, command in commands.items():
            file = Path(folder) / name
            subprocess.run([*command, "--json", file], check=True)  # noqa: S603
            figures[name] = json.loads(file.read_text())
    if args.json:
        args.json.write_text(json.dumps(figures, indent=1) + "\n")


if __name__ == "__main__":
    main()
