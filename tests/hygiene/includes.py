# SPDX-License-Identifier: Apache-2.0
"""Who may include whom: folders of include/pliny include only what this table allows; of Boost single headers of Hana,
where types and values mix."""
import re
import sys
from pathlib import Path

INCLUDE = Path(__file__).parents[2] / "include"

table = {"meta": set(), "quantizers": {"meta"}}
table["layers"] = {"meta"}
table["graph"] = {"meta", "layers"}
table["models"] = {"meta", "layers", "graph"}
table["cost"] = {"meta", "layers", "graph"}
table["regularizers"] = table["cost"] | {"cost"}
table["methods"] = set(table)
core = set(table)
table["cuda"] = {"meta", "quantizers"}
table["nn"] = core | {"cuda", "core.hpp"}
table["datasets"] = {"meta"}
table["report"] = {"meta"}
table["deploy"] = table["nn"] | {"nn"}
table["train"] = table["deploy"] | {"datasets", "deploy", "report"}
table["core.hpp"] = core
table["pliny.hpp"] = set(table)

hana_folders = {"methods", "train"}

torch_folders = {"nn", "train", "deploy", "datasets", "pliny.hpp"}

problems = []
for header in sorted(INCLUDE.rglob("*.hpp")) + sorted(INCLUDE.rglob("*.cuh")):
    here = header.relative_to(INCLUDE / "pliny").parts[0]
    if here not in table:
        problems.append(f"{header}: folder {here} is not in the table of {Path(__file__).name}")
        continue
    for number, line in enumerate(header.read_text().splitlines(), 1):
        if not (found := re.match(r'\s*#\s*include\s*([<"])([^>"]+)[>"]', line)):
            continue
        base = header.parent if found[1] == '"' else INCLUDE
        there = (base / found[2]).resolve()
        where = f"{header.relative_to(INCLUDE)}:{number}"
        if there.exists():
            there = there.relative_to(INCLUDE / "pliny").parts[0]
            if there not in table[here] | {here}:
                problems.append(f"{where}: {here} must not include {there}")
        elif found[1] == '"' or found[2].startswith("pliny/"):
            problems.append(f"{where}: there is no {found[2]}")
        elif found[2].split("/")[0] in ("torch", "ATen", "c10") and here not in torch_folders:
            problems.append(f"{where}: {here} must not include LibTorch")
        elif found[2].startswith("boost/") and not (found[2].startswith("boost/hana/") and here in hana_folders):
            problems.append(f"{where}: {here} must not include {found[2]}; a header of boost/hana/ may stand in "
                            f"{' and '.join(sorted(hana_folders))}")

sys.exit("\n".join(problems) or None)
