# SPDX-License-Identifier: Apache-2.0
"""Pages and pictures are well-formed, fetch nothing and show only numbers: pages.py WRITE_PAGES JOIN_REPORTS REPORT.json..."""
import re
import shutil
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as tree
from pathlib import Path

write_pages, join_reports, *reports = sys.argv[1:]
FETCHES = {"src", "srcset", "poster", "action", "background", "data"}
problems = []


def check(file):
    text = file.read_text()
    if (file.suffix == ".html") != text.startswith("<!DOCTYPE html>"):
        problems.append(f"{file.name}: a page, and only a page, begins with <!DOCTYPE html>")
    root = tree.fromstring(text.removeprefix("<!DOCTYPE html>"))
    for element in root.iter():
        tag = element.tag.split("}")[-1]
        shown = [element.text or "", element.tail or "", element.get("aria-label", ""), element.get("title", "")]
        for words in shown if tag != "style" else []:
            if re.search(r"\b(nan|inf|infinity|null|undefined)\b", words, re.IGNORECASE):
                problems.append(f"{file.name}: <{tag}> shows {words.strip()[:80]!r}")
        for name, value in element.attrib.items():
            if name in FETCHES or name.startswith("on") or name.endswith("href") and value != "data:,":
                problems.append(f"{file.name}: <{tag} {name}={value!r}>")
            if re.search(r"\bnan\b|\binf\b", value):
                problems.append(f"{file.name}: <{tag} {name}={value[:80]!r}>")
        if tag in {"script", "iframe", "object", "embed", "img"}:
            problems.append(f"{file.name}: <{tag}>")
        if tag == "svg" and (element.get("role") != "img" or not element.get("aria-label")):
            problems.append(f"{file.name}: a picture without role or aria-label")
        if tag == "style" and re.search(r"url\(|@import|[<&]", element.text):
            problems.append(f"{file.name}: a style that fetches or is no XML")


with tempfile.TemporaryDirectory() as name:
    folder = Path(name)
    subprocess.run([write_pages, folder, *reports], check=True)
    runs = []
    for report in reports:
        run = folder / "runs" / Path(report).stem
        run.mkdir(parents=True)
        shutil.copy(report, run / "report.json")
        runs.append(run)
    subprocess.run([join_reports, *runs, "--out", folder], check=True, stdout=subprocess.DEVNULL)
    files = sorted(folder.glob("*.html")) + sorted(folder.glob("*.svg"))
    if len(files) != 2 * len(reports) + 2:
        problems.append(f"found {len(files)} files, expected a page and a picture of each report and of the comparison")
    for file in files:
        check(file)
sys.exit("\n".join(problems) or None)
