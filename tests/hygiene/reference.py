# SPDX-License-Identifier: Apache-2.0
"""docs/reference.md against the headers: it names every public entity, nothing that is not there, the defaults of the
headers; and all of its examples compile."""
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[2]
INCLUDE = ROOT / "include/pliny"
PAGE = "docs/reference.md"

folders = ["layers", "graph", "models", "cost", "regularizers", "methods", "nn", "deploy", "datasets", "train"]
# Parts of which models are made; their public members count as those of models.
parts_of_models = {"Model", "NetworkModule", "Exported", "Quantized"}

problems = []


def plain(source):
    """C++ without comments, without what is in quotes, without lines of the preprocessor."""
    token = re.compile(r'^[ \t]*#(?:[^\n\\]|\\.|\\\n)*|//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"'
                       r"|(?<![0-9a-fA-F])'(?:\\.|[^'\\\n])'", re.S | re.M)
    return token.sub(lambda match: '""' if match[0][0] == '"' else " ", source)


def without_angles(text):
    """The text outside of <...>; > of -> and >= is none."""
    depth, kept = 0, ""
    for position, mark in enumerate(text):
        if mark == "<":
            depth += 1
        elif mark == ">" and text[position - 1] != "-":
            depth = max(0, depth - 1)
        elif depth == 0:
            kept += mark
    return " ".join(kept.split())


def name_in(head):
    """What a declaration declares: (kind, name), or nothing."""
    text = without_angles(head)
    if found := re.search(r"\b(?:struct|class|enum class|enum|concept) (?:alignas\(\w+\) )?(\w+)", text):
        return "type", found[1]
    if found := re.search(r"\busing (\w+) =", text):
        return "type", found[1]
    text = re.sub(r"^template( requires \(?[^;]*?\)(?= ))?", "", text).split(" = ")[0]
    if found := re.search(r"(\w+) ?\(", text):
        return "function", found[1]
    if found := re.search(r"\bconstexpr [\w:&* ]*?(\w+)$", text.strip()):
        return "constant", found[1]
    return None


def scan(code):
    """All declarations of namespace pliny itself, and the public members of its classes by class."""
    scopes, start, declared, members = [], 0, [], {}
    access = []

    def see(head, opened):
        if scopes == ["pliny"]:
            declared.append(head)
        elif len(scopes) == 2 and scopes[0] == "pliny" and scopes[1].startswith("class ") and access[-1] == "public":
            head = re.sub(r"\b(public|protected|private)\s*:(?!:)", "", head)
            if not re.match(r"\s*using \w+::", head) and (found := name_in(head)):
                if found[0] != "type":
                    members.setdefault(scopes[1][6:], set()).add(found[1])
        return opened

    for position, mark in enumerate(code):
        if mark == "{":
            head = code[start:position]
            for label in re.findall(r"\b(public|protected|private)\s*:(?!:)", head):
                if access:
                    access[-1] = label
            space = re.search(r"\bnamespace\s+([\w:]+)\s*$", head)
            if not space:
                see(head, True)
            kind = re.search(r"\b(class|struct) (\w+)", without_angles(head))
            scopes.append(space[1] if space else f"class {kind[2]}" if kind else "")
            access.append("private" if kind and kind[1] == "class" else "public")
            start = position + 1
        elif mark == "}":
            scopes.pop()
            access.pop()
            start = position + 1
        elif mark == ";":
            head = code[start:position]
            for label in re.findall(r"\b(public|protected|private)\s*:(?!:)", head):
                if access:
                    access[-1] = label
            see(head, False)
            start = position + 1
    return declared, members


def cells(line):
    return [cell.strip() for cell in line.strip().strip("|").split("|")]


def spans(text):
    return re.findall(r"`([^`]+)`", text)


def number(text):
    try:
        return float(text.replace("'", ""))
    except ValueError:
        return {"true": "yes", "false": "no"}.get(text, text.strip('"'))


# What the headers have.
entities, members, sources = {}, set(), {}
for header in sorted(INCLUDE.rglob("*.hpp")):
    text = header.read_text()
    sources[header.relative_to(INCLUDE).as_posix()] = text
    if header.relative_to(INCLUDE).parts[0] not in folders:
        continue
    declared, of_classes = scan(plain(text))
    for head in declared:
        if (found := name_in(head)) and found[0] in ("type", "constant"):
            entities.setdefault(found[1], header.relative_to(INCLUDE).as_posix())
    for name, public in of_classes.items():
        if name in parts_of_models:
            members |= public
    if header.name == "call.hpp":
        members |= of_classes["LayerCall"] | {"in", "out", "weight_bits", "activation_bits", "facts"}
members -= {"operator", "Base"} | parts_of_models
code = "\n".join(plain(text) for text in sources.values())
known_words = set(re.findall(r"[A-Za-z_]\w*", code))
quoted_words = set(re.findall(r"[\w-]+", " ".join(re.findall(r'"[^"\n]*"', "\n".join(sources.values())))))

# What the page has.
page = (ROOT / PAGE).read_text() if (ROOT / PAGE).exists() else ""
prose = re.sub(r"^```.*?^```$", "", page, flags=re.S | re.M)
named = set(re.findall(r"[A-Za-z_]\w*", " ".join(spans(prose))))
tables, header_row = [], None  # (columns, cells, line)
for line_number, line in enumerate(page.splitlines(), 1):
    if not line.startswith("|"):
        header_row = None
    elif header_row is None:
        header_row = cells(line)
    elif not set(line) <= set("|- "):
        row = cells(line)
        if len(row) != len(header_row):
            problems.append(f"{PAGE}:{line_number}: {len(row)} cells; expected {len(header_row)}")
        tables.append((header_row, dict(zip(header_row, row)), line_number))

for name, header in sorted(entities.items(), key=lambda item: item[1]):
    if name not in named:
        problems.append(f"{PAGE}: {name} of {header} is missing")
for name in sorted(members):
    if name not in named:
        problems.append(f"{PAGE}: {name}, a public member of a model or of LayerCall, is missing")

# Nothing that is not there. Guesses of users are wrong on purpose; PyTorch's column is PyTorch's.
cmake = " ".join(path.read_text() for path in [ROOT / "CMakeLists.txt", *(ROOT / "cmake").iterdir()])
elsewhere = {"torch", "nn", "Module", "std", "int64_t", "Net", "Search", "DataSets", "Half", "Quarter"}
for line_number, line in enumerate(re.sub(r"^```.*?^```$", lambda block: "\n" * block[0].count("\n"), page,
                                          flags=re.S | re.M).splitlines(), 1):
    row = next((row for _, row, at in tables if at == line_number), None)
    free = ("PyTorch", "guessed", "example")
    text = " ".join(cell for column, cell in row.items() if column not in free) if row else line
    for span in spans(text):
        if span.startswith(("--", "PLINY_", "pliny::")) and span.replace("::", "_") not in cmake.replace("::", "_") \
                and not re.search(rf'"!?{re.escape(span)}[",]', "\n".join(sources.values())):
            problems.append(f"{PAGE}:{line_number}: there is no {span}")
        elif header := re.fullmatch(r"<pliny/([\w/]+\.hpp)>", span):
            if header[1] not in sources:
                problems.append(f"{PAGE}:{line_number}: there is no {span}")
        elif not span.startswith(("--", "PLINY_", "pliny::")) and not span.endswith("/"):
            for word in re.findall(r"(?<![\w.\"'])[A-Za-z_]\w*", span):
                if word not in known_words | elsewhere | quoted_words:
                    problems.append(f"{PAGE}:{line_number}: there is no {word} in the headers")

# Defaults.
recipe = sources.get("train/recipe.hpp", "")
fields = dict(re.findall(r"^    [\w:]+ (\w+) = ([^;{]+);", recipe, re.M))
options = set(re.findall(r'add_(?:option|flag)\("!?(--[\w-]+)', "\n".join(
    text for name, text in sources.items() if name.startswith("train/"))))
option_fields = dict(re.findall(r'add_(?:option|flag)\("!?(--[\w-]+)"\s*,\s*\w+\.(\w+)', recipe))
stated = {}
for columns, row, at in tables:
    if columns[0] == "option" and "default" in columns:
        names, values = spans(row["option"]), [value.split(":")[0].strip() for value in row["default"].split(", ")]
        for position, name in enumerate(names):
            stated[name] = (values[position] if len(values) == len(names) else values[0], at)
for option in sorted(options - set(stated)):
    problems.append(f"{PAGE}: option {option} of experiments is missing")
for option, (value, at) in stated.items():
    field = fields.get(option_fields.get(option, ""), "").strip()
    if field and option != "--no-baseline" and number(value) != number(field):
        problems.append(f"{PAGE}:{at}: {option}: found {value}; the default of the header is {field}")

for columns, row, at in tables:
    if columns[0] == "layer":  # Option<Sets::Kernel, Kernel<1>, Options...>
        names = spans(row["layer"])
        header = next((text for name, text in sources.items()
                       if re.search(rf"^struct {names[0]}\b", text, re.M) and name.startswith("layers/")), "")
        here = set(re.findall(r"(\w+<[\d.e-]+>)", row["options and defaults"]))
        defaults = set(re.findall(r"Option<Sets::\w+,\s*(\w+<[\d.e-]+>)", header))
        shared = set(re.findall(r"Option<Sets::\w+,\s*(\w+<[\d.e-]+>)", sources["layers/options.hpp"]))
        if "layers/convolution.hpp" in header:
            defaults = shared | set(re.findall(r"Option<Sets::\w+,\s*(\w+<[\d.e-]+>)", sources["layers/convolution.hpp"]))
        derived = names[0] == "BatchNorm1d"
        if "pool_window.hpp" in header:
            wrong = here - shared
        else:
            wrong = set() if derived else here ^ defaults
        for default in sorted(wrong):
            problems.append(f"{PAGE}:{at}: {names[0]}: {default} is on one side only, page or header")
    if columns[0] == "part":  # PartOr<PartKind::Weights, Weights<2, 4, 8>, Parts...>
        for default in spans(row["without it"]):
            if not re.search(rf"PartOr<[\w:]+,\s*{re.escape(default)},|default_costs = {re.escape(default)};", code):
                problems.append(f"{PAGE}:{at}: {default} is no default of a part")
    if columns[-1] == "default" and columns[0] in ("word", "member of `LayerCall`"):
        names = spans(row[columns[0]])
        stated_fields = re.findall(r"`(\w+)`: `?([\w.-]+)`?", row["default"])
        if columns[0] != "word" and row["default"]:
            stated_fields = [(names[0], row["default"])]
        for field, value in stated_fields:
            found = {number(each.strip()) for each in re.findall(
                rf"\b{field} =(?!=)\s*([^;,{{}}]+?)\s*[;,)]", code)}
            if number(value) not in found:
                problems.append(f"{PAGE}:{at}: {field}: found {value}; the headers have {sorted(map(str, found))}")

# Examples compile: blocks as they are, those of tables as types.
blocks = [match[1] for match in re.finditer(r"^```cpp\n(.*?)^```$", page, re.S | re.M)]
lines = ["#include <pliny/core.hpp>", "#include <cstdint>", "#include <string>", "#include <string_view>"]
for position, block in enumerate(blocks):
    lines += [f"namespace block_{position} {{", "using namespace pliny;", block, "}"]
for columns, row, at in tables:
    for example in spans(row.get("example", "")):
        lines += [f"namespace line_{at} {{", "using namespace pliny;",
                  f'#line {at} "{PAGE}"', f"using Example = {example};",
                  "static_assert(sizeof(Example) > 0);", "}"]
with tempfile.TemporaryDirectory() as folder:
    file = Path(folder) / "reference.cpp"
    file.write_text("\n".join(lines) + "\n")
    command = [os.environ.get("CXX", "c++"), "-std=c++20", "-fsyntax-only", f"-I{ROOT}/include", str(file)]
    result = subprocess.run(command, capture_output=True, text=True)
    if result.returncode != 0:
        errors = [line for line in result.stderr.splitlines() if "error" in line]
        problems.append(f"{PAGE}: an example does not compile:\n" + "\n".join(errors[:10]))

sys.exit("\n".join(problems) or None)
