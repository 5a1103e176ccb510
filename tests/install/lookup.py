#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""lookup.py folder compiler prefix: which LibTorch and which libraries a project gets, and what is said where one is missing.

Configures the projects parent/ (a subfolder of which is pliny) and package/ (which finds pliny in the prefix) in many ways,
with folders that look like LibTorch. Nothing is compiled but a library of one function."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
CHECKOUT = HERE.parents[1]
LIBRARIES = {"nlohmann_json": "nlohmann-json3-dev", "CLI11": "libcli11-dev", "ZLIB": "zlib1g-dev", "PNG": "libpng-dev"}
NO_LIBRARIES = [f"-DCMAKE_DISABLE_FIND_PACKAGE_{name}=ON" for name in LIBRARIES]
FORGOTTEN = ["PLINY_*", "OWN_*", "LATE_*", "Torch*", "Python*", "FETCHCONTENT_*", "FIND", "BUILD", "PROGRAMS",
             "CMAKE_PREFIX_PATH", "CMAKE_DISABLE_*", "pliny_DIR", *(f"{name}_*" for name in LIBRARIES)]

work, compiler, prefix = Path(sys.argv[1]).resolve(), sys.argv[2], sys.argv[3]
failures = []
cases = 0


def libtorch(name, config='message(FATAL_ERROR "TorchConfig.cmake was run")\n', version="2.11.0", library=True):
    """A folder that looks like LibTorch. Its libraries are empty linker scripts."""
    folder = work / name
    files = {"share/cmake/Torch/TorchConfig.cmake": config, "include/torch/csrc/api/include/torch/torch.h": ""}
    numbers = zip(("MAJOR", "MINOR", "PATCH"), version.split("."))
    files["include/torch/headeronly/version.h"] = "".join(f"#define TORCH_VERSION_{word} {n}\n" for word, n in numbers)
    for file in ["torch", "torch_cpu", "c10"] if library else []:
        files[f"lib/lib{file}.so"] = "/* empty */\n"
    for file, text in files.items():
        (folder / file).parent.mkdir(parents=True, exist_ok=True)
        (folder / file).write_text(text)
    return folder


def configure(project, build, options, environment):
    """Output and success. The folder is kept for what CMake knows of the compiler; all else is forgotten."""
    (build / "build.ninja").unlink(missing_ok=True)
    clean = {name: text for name, text in os.environ.items() if not name.lower().startswith(("torch_", "cmake_prefix"))}
    command = ["cmake", "-G", "Ninja", "-S", str(project), "-B", str(build), *(f"-U{name}" for name in FORGOTTEN)]
    if not (build / "CMakeCache.txt").exists():
        command.append(f"-DCMAKE_CXX_COMPILER={compiler}")
    command += map(str, options)
    done = subprocess.run(command, capture_output=True, text=True, env=clean | environment)
    return " ".join((done.stdout + done.stderr).split()), done.returncode == 0


def check(name, options, *, project="parent", says=(), torch=None, builds_with=(), refused=False, environment={}):
    """One case: texts of the output, the only LibTorch of the link line, texts of build.ninja."""
    global cases
    cases += 1
    build = work / project
    options = list(options) + ([f"-DPLINY_CHECKOUT={CHECKOUT}"] if project == "parent" else [f"-DCMAKE_PREFIX_PATH={prefix}"])
    output, success = configure(HERE / project, build, options, environment)
    wrong = [f"does not say '{text}'" for text in says if text not in output]
    if success == refused:
        wrong.append("is accepted" if success else "is refused")
    ninja = (build / "build.ninja").read_text() if success else ""
    wrong += [f"build.ninja has no '{text}'" for text in builds_with if text not in ninja]
    if torch:
        linked = {str(Path(file).parent.parent) for file in re.findall(r"(/\S*/lib(?:torch\w*|c10)\.so)", ninja)}
        if linked != {str(torch)}:
            wrong.append(f"is linked with {sorted(linked)}, not {torch}")
    if wrong:
        failures.append(f"{name}: {'; '.join(wrong)}\n    {output}")


def check_which_torch():
    own, other, python = libtorch("own"), libtorch("other"), libtorch("python")
    interpreter = work / "python3"
    interpreter.write_text(f"#!/bin/sh\necho {python}\n")
    interpreter.chmod(0o755)
    package = f"-DPython3_EXECUTABLE={interpreter}"
    config = own / "share/cmake/Torch"

    def chosen(reason, folder=own):
        return {"says": [f"LibTorch: {folder} ({reason})"], "torch": folder}

    check("Python package", [package], **chosen(f"Python package of {interpreter}", python))
    check("Torch_DIR before Python", [package, f"-DTorch_DIR={config}"], **chosen("TorchConfig.cmake, by Torch_DIR"))
    check("Torch_ROOT", [package, f"-DTorch_ROOT={own}"], **chosen("TorchConfig.cmake, by Torch_ROOT"))
    by_prefix = chosen("TorchConfig.cmake, by CMAKE_PREFIX_PATH")
    check("prefix path", [package, f"-DCMAKE_PREFIX_PATH={work}/nowhere;{own}"], **by_prefix)
    check("torch.utils.cmake_prefix_path", [package, f"-DCMAKE_PREFIX_PATH={own}/share/cmake"], **by_prefix)
    check("prefix path of the environment", [package], environment={"CMAKE_PREFIX_PATH": f"/nowhere:{own}"}, **by_prefix)
    check("PLINY_TORCH_ROOT before Torch_DIR", [package, f"-DTorch_DIR={config}", f"-DPLINY_TORCH_ROOT={other}"],
          **chosen("PLINY_TORCH_ROOT", other))

    for target in ["torch", "torch_cpu"]:
        check(f"target {target} before all", [package, f"-DTorch_DIR={other}/share/cmake/Torch", f"-DOWN_TORCH={own}",
                                              f"-DOWN_TORCH_TARGET={target}"],
              **chosen(f"target {target} of this project"), builds_with=[f"{own}/include/torch/csrc/api/include"])
    target = [f"-DOWN_TORCH={own}", "-DOWN_TORCH_TARGET=torch"]
    check("target and the same PLINY_TORCH_ROOT", [*target, f"-DPLINY_TORCH_ROOT={own}"],
          **chosen("target torch of this project"))
    check("target and another PLINY_TORCH_ROOT", [*target, f"-DPLINY_TORCH_ROOT={other}"], refused=True,
          says=[f"PLINY_TORCH_ROOT is {other}, but the target torch of this project is the LibTorch in {own}"])
    check("a second LibTorch after pliny", [package, f"-DLATE_TORCH={own}", "-DOWN_TORCH_TARGET=torch"], refused=True,
          says=["Two LibTorchs in one program", str(python), str(own), "Call find_package(Torch) before pliny"])
    check("the same LibTorch after pliny", [f"-DPLINY_TORCH_ROOT={own}", f"-DLATE_TORCH={own}", "-DOWN_TORCH_TARGET=torch"],
          torch=own)

    check("PLINY_TORCH_ROOT of something else", [package, f"-DPLINY_TORCH_ROOT={own}/lib"], refused=True,
          says=[f"PLINY_TORCH_ROOT='{own}/lib' has no lib/libtorch_cpu.so"])
    check("Torch_DIR of something else", [package, f"-DTorch_DIR={own}/lib"], refused=True,
          says=[f"Torch_DIR='{own}/lib' has no TorchConfig.cmake"])
    runs = 'message(STATUS "TorchConfig.cmake was run")\nset(TORCH_LIBRARIES pthread)\n'
    unusual = libtorch("unusual", config=runs, library=False)
    check("TorchConfig.cmake is run where libraries are elsewhere", [package, f"-DTorch_DIR={unusual}/share/cmake/Torch"],
          says=["TorchConfig.cmake was run"], builds_with=["-lpthread"])


def check_libraries():
    root = f"-DPLINY_TORCH_ROOT={libtorch('own')}"
    check("targets as packages name them", [root, *NO_LIBRARIES, "-DOWN_LIBRARIES=packages"],
          builds_with=[f"-DOWN_{name}" for name in LIBRARIES])
    check("targets of subfolders", [root, *NO_LIBRARIES, "-DOWN_LIBRARIES=subfolders"],
          builds_with=["-DOWN_nlohmann_json", "-DOWN_CLI11", "libzlibstatic.a", "libpng_shared.so", f"-isystem {HERE}/parent"])
    names, packages = ", ".join(LIBRARIES), " ".join(LIBRARIES.values())
    everything = ["has no lib/libtorch_cpu.so", f"not found: {names}.", f"apt-get install {packages}."]
    check("all that is missing at once", ["-DPLINY_TORCH_ROOT=/nowhere", *NO_LIBRARIES], refused=True, says=everything)
    check("one is missing", [root, NO_LIBRARIES[3]], refused=True, says=["not found: PNG.", "apt-get install libpng-dev."])
    no_hana = "-DPLINY_HANA_INCLUDE=/nowhere"
    hana = ["Boost.Hana, which pliny::core needs, was not found", "apt-get install libboost-dev."]
    check("Hana is missing, and the others", ["-DPLINY_TORCH_ROOT=/nowhere", *NO_LIBRARIES, no_hana], refused=True,
          says=[*hana, *everything])
    check("Hana of the project", [root, no_hana, "-DOWN_HANA=ON"], builds_with=["-DOWN_HANA"])
    check("programs", [root, "-DPROGRAMS=ON"], says=["precompiled headers of six targets: 5"])

    here = {"project": "package"}
    missing = ["-DPLINY_TORCH_ROOT=/nowhere", *NO_LIBRARIES]
    check("package", [root], **here, says=["pliny_FOUND: 1", "has pliny::core", "has pliny::pliny"])
    check("package without libraries", [*missing, "-DFIND=REQUIRED"], **here, refused=True, says=everything)
    check("package that is not required", missing, **here, says=["pliny_FOUND: 0", *everything])
    empty = work / "empty/python3"
    empty.parent.mkdir(exist_ok=True)
    empty.write_text("#!/bin/sh\nexit 1\n")
    empty.chmod(0o755)
    check("no LibTorch anywhere", ["-DFIND=REQUIRED"], **here, refused=True,
          environment={"PATH": f"{empty.parent}:{os.environ['PATH']}"},
          says=["LibTorch was not found: there is no target torch", "or find_package(pliny COMPONENTS core))."])
    check("component core without Hana", [no_hana, "-DFIND=REQUIRED;COMPONENTS;core"], **here, refused=True, says=hana)
    check("component core", [*missing, "-DFIND=REQUIRED;COMPONENTS;core"], **here, says=["has pliny::core"])
    check("unknown component", [root, "-DFIND=REQUIRED;COMPONENTS;tools"], **here, refused=True,
          says=["there is no component tools (there are core, pliny and experiments)"])


def check_experiments():
    """A checkout with one small source in place of those of pliny::experiments."""
    global CHECKOUT, prefix
    checkout = work / "checkout"
    shutil.rmtree(checkout, ignore_errors=True)
    (checkout / "src/experiments").mkdir(parents=True)
    for name in ["CMakeLists.txt", "cmake", "include"]:
        (checkout / name).symlink_to(CHECKOUT / name)
    (checkout / "src/experiments/probe.cpp").write_text(
        "static_assert(PLINY_EXPERIMENTS_COMPILED == 1);\nint answer_of_all = 42;\nint probe() { return answer_of_all; }\n")
    CHECKOUT, prefix = checkout, work / "prefix"
    own, older = libtorch("own"), libtorch("older", version="2.10.0")
    root = f"-DPLINY_TORCH_ROOT={own}"
    no_header = "-DCMAKE_DISABLE_PRECOMPILE_HEADERS=ON"
    dry = [f"-DPLINY_BUILD_{kind}=OFF" for kind in ["TESTS", "EXAMPLES", "BENCHMARKS"]]

    check("experiments of a parent", [root, "-DPROGRAMS=ON"],
          says=["experiments on request: ON", "precompiled headers of six targets: 5"]) # one program links experiments

    def installed(*options):
        shutil.rmtree(prefix, ignore_errors=True)
        output, success = configure(checkout, work / "pliny", [root, no_header, *dry, *options], {})
        for arguments in [["--build"], ["--install"]]:
            extra = ["--prefix", str(prefix)] if arguments == ["--install"] else []
            done = subprocess.run(["cmake", *arguments, str(work / "pliny"), *extra], capture_output=True, text=True)
            output, success = output + done.stdout + done.stderr, success and done.returncode == 0
        if not success:
            failures.append(f"installing experiments {options}: {output}")
        return output

    here = {"project": "package"}
    wanted = "-DFIND=REQUIRED;COMPONENTS;experiments"
    if "pliny::experiments is not installed" not in installed("-DPLINY_NATIVE=ON"):
        failures.append("PLINY_NATIVE: does not say that pliny::experiments is not installed")
    check("experiments for one processor", [root, wanted], **here, refused=True,
          says=["installed without pliny::experiments"])
    check("without experiments", [root], **here, says=["pliny_FOUND: 1", "has pliny::pliny"])

    installed()
    if "march" in (work / "pliny/build.ninja").read_text():
        failures.append("pliny::experiments is compiled for one processor")
    check("experiments of another LibTorch", [f"-DPLINY_TORCH_ROOT={older}", wanted], **here, refused=True,
          says=["pliny::experiments was built with LibTorch 2.11.0, and here is 2.10.0"])
    check("they are left out", [f"-DPLINY_TORCH_ROOT={older}"], **here, says=["pliny_FOUND: 1", "2.10.0: left out"])
    check("experiments", [root, wanted, "-DBUILD=ON"], **here, says=["has pliny::experiments"])
    build = subprocess.run(["cmake", "--build", work / "package"], capture_output=True, text=True)
    if build.returncode != 0 or subprocess.run([work / "package/consumer"]).returncode != 0:
        failures.append(f"linking experiments: {build.stdout}{build.stderr}")


work.mkdir(parents=True, exist_ok=True)
check_which_torch()
check_libraries()
check_experiments()
print(f"{cases} ways to configure, {len(failures)} wrong")
sys.exit("\n".join(failures) or None)
