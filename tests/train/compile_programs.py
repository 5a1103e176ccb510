#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""compile_programs.py compile_commands.json source...: programs that nobody builds by default still compile."""

import json
import pathlib
import shlex
import subprocess
import sys


def command_of(entry):
    """The compiler's command for a source, without an object file."""
    words = shlex.split(entry["command"])
    output = words.index("-o")
    return words[:output] + words[output + 2 :] + ["-fsyntax-only"]


def main():
    commands, *sources = sys.argv[1:]
    entries = {entry["file"]: entry for entry in json.loads(pathlib.Path(commands).read_text())}
    failed = []
    for source in sources:
        if subprocess.run(command_of(entries[source]), cwd=entries[source]["directory"]).returncode != 0:
            failed.append(source)
    if failed:
        sys.exit("do not compile: " + ", ".join(failed))
    print(f"{len(sources)} programs compile")


if __name__ == "__main__":
    main()
