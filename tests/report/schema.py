# SPDX-License-Identifier: Apache-2.0
"""Checks reports against docs/report.schema.json: schema.py REPORT.json..."""
import json
import sys
from pathlib import Path

try:
    from jsonschema import Draft202012Validator
except ImportError:
    print("skipped: no Python package jsonschema, version 4 or later")
    sys.exit(77)

schema = json.loads((Path(__file__).parents[2] / "docs" / "report.schema.json").read_text())
Draft202012Validator.check_schema(schema)
validator = Draft202012Validator(schema)
problems = []
for name in sys.argv[1:]:
    for error in validator.iter_errors(json.loads(Path(name).read_text())):
        where = "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in error.absolute_path)
        problems.append(f"{name}: {where.lstrip('.') or 'the report'}: {error.message[:300]}")
sys.exit("\n".join(problems) or None)
