# SPDX-License-Identifier: Apache-2.0
# Defines pliny::torch: LibTorch, the first of
#   1. the target torch, torch_library or torch_cpu that the project has already;
#   2. PLINY_TORCH_ROOT;
#   3. the LibTorch to which a TorchConfig.cmake belongs, in Torch_DIR, Torch_ROOT or CMAKE_PREFIX_PATH;
#   4. the Python package torch.
# Where something goes wrong, the reason is appended to the list pliny_problems and there is no pliny::torch.
#
# A program has one LibTorch. So a PLINY_TORCH_ROOT other than the project's target is refused, and so is a target torch of
# another folder that the project makes after pliny.
#
# TorchConfig.cmake shows where LibTorch is; it is run only with PLINY_CUDA, because it demands a CUDA toolkit whenever
# LibTorch was built for CUDA, even for programs that never touch a GPU. Without it, two libraries are all that is needed.

set(PLINY_TORCH_ROOT "" CACHE PATH
    "LibTorch: the folder with include/ and lib/. Empty: target torch, Torch_DIR, CMAKE_PREFIX_PATH, Python package torch")

if(TARGET pliny::torch)
    return()
endif()

# The folder above lib/ of an imported library, without symbolic links; empty where it cannot be told.
function(_pliny_torch_root_of target out)
    set(properties IMPORTED_LOCATION)
    get_target_property(configurations ${target} IMPORTED_CONFIGURATIONS)
    if(configurations)
        list(TRANSFORM configurations PREPEND IMPORTED_LOCATION_)
        list(APPEND properties ${configurations})
    endif()
    set(${out} "" PARENT_SCOPE)
    foreach(property IN LISTS properties)
        get_target_property(file ${target} ${property})
        if(file)
            cmake_path(GET file PARENT_PATH root)
            cmake_path(GET root PARENT_PATH root)
            file(REAL_PATH "${root}" root)
            set(${out} "${root}" PARENT_SCOPE)
            return()
        endif()
    endforeach()
endfunction()

# Runs when the whole project is configured: a find_package(Torch) after pliny must have found the same LibTorch.
function(_pliny_check_one_torch)
    get_target_property(ours pliny::torch PLINY_ROOT)
    if(NOT ours OR NOT TARGET torch)
        return()
    endif()
    _pliny_torch_root_of(torch theirs)
    file(REAL_PATH "${ours}" ours)
    if(theirs AND NOT theirs STREQUAL ours)
        message(FATAL_ERROR
            "Two LibTorchs in one program: pliny took ${ours}, and the target torch, made later, is ${theirs}."
            " Call find_package(Torch) before pliny, which then takes that target, or pass -DPLINY_TORCH_ROOT=${theirs}.")
    endif()
endfunction()

# The folder of the first TorchConfig.cmake among the given prefixes; find_package looks at the same places.
function(_pliny_torch_config out)
    foreach(prefix IN LISTS ARGN)
        foreach(folder "" /Torch /share/cmake/Torch /lib/cmake/Torch /cmake/Torch)
            if(prefix AND EXISTS "${prefix}${folder}/TorchConfig.cmake")
                file(REAL_PATH "${prefix}${folder}" found)
                set(${out} "${found}" PARENT_SCOPE)
                return()
            endif()
        endforeach()
    endforeach()
    set(${out} "" PARENT_SCOPE)
endfunction()

# Sets pliny_torch_target, or pliny_torch_root and perhaps pliny_torch_config, and pliny_torch_reason; or pliny_torch_problem.
function(_pliny_choose_torch)
    foreach(result target root config reason problem)
        set(pliny_torch_${result} "" PARENT_SCOPE)
    endforeach()

    foreach(target torch torch_library torch_cpu)
        if(TARGET ${target})
            _pliny_torch_root_of(${target} root)
            if(PLINY_TORCH_ROOT AND root)
                file(REAL_PATH "${PLINY_TORCH_ROOT}" asked)
                if(NOT asked STREQUAL root)
                    string(CONCAT problem
                        "PLINY_TORCH_ROOT is ${asked}, but the target ${target} of this project is the LibTorch in ${root},"
                        " and a program has one LibTorch: leave PLINY_TORCH_ROOT empty, or find the other one for the"
                        " project too")
                    set(pliny_torch_problem "${problem}" PARENT_SCOPE)
                endif()
            endif()
            set(pliny_torch_target ${target} PARENT_SCOPE)
            set(pliny_torch_root "${root}" PARENT_SCOPE)
            set(pliny_torch_reason "target ${target} of this project" PARENT_SCOPE)
            return()
        endif()
    endforeach()

    if(PLINY_TORCH_ROOT)
        if(NOT EXISTS "${PLINY_TORCH_ROOT}/lib/libtorch_cpu.so")
            set(pliny_torch_problem
                "PLINY_TORCH_ROOT='${PLINY_TORCH_ROOT}' has no lib/libtorch_cpu.so: it is the folder with include/ and lib/"
                PARENT_SCOPE)
        endif()
        set(pliny_torch_root "${PLINY_TORCH_ROOT}" PARENT_SCOPE)
        set(pliny_torch_reason PLINY_TORCH_ROOT PARENT_SCOPE)
        return()
    endif()

    # A name of the environment holds a list with colons.
    foreach(name Torch_DIR Torch_ROOT TORCH_ROOT CMAKE_PREFIX_PATH)
        string(REPLACE ":" ";" environment "$ENV{${name}}")
        _pliny_torch_config(config ${${name}} ${environment})
        if(config)
            cmake_path(SET root NORMALIZE "${config}/../../..")
            string(REGEX REPLACE "/$" "" root "${root}")
            set(pliny_torch_root "${root}" PARENT_SCOPE)
            set(pliny_torch_config "${config}" PARENT_SCOPE)
            set(pliny_torch_reason "TorchConfig.cmake, by ${name}" PARENT_SCOPE)
            return()
        elseif(name STREQUAL "Torch_DIR" AND Torch_DIR)
            set(pliny_torch_problem "Torch_DIR='${Torch_DIR}' has no TorchConfig.cmake" PARENT_SCOPE)
            return()
        endif()
    endforeach()

    foreach(python IN ITEMS "${Python3_EXECUTABLE}" "${Python_EXECUTABLE}" "${CMAKE_SOURCE_DIR}/.venv/bin/python3"
            "${PROJECT_SOURCE_DIR}/.venv/bin/python3" python3)
        if(python)
            execute_process(
                COMMAND ${python} -c "import importlib.util as u; print(u.find_spec('torch').submodule_search_locations[0])"
                OUTPUT_VARIABLE root OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET RESULT_VARIABLE ignored)
            if(EXISTS "${root}/lib/libtorch_cpu.so")
                set(pliny_torch_root "${root}" PARENT_SCOPE)
                set(pliny_torch_reason "Python package of ${python}" PARENT_SCOPE)
                return()
            endif()
        endif()
    endforeach()

    string(CONCAT problem
        "LibTorch was not found: there is no target torch, PLINY_TORCH_ROOT is empty, Torch_DIR, Torch_ROOT and"
        " CMAKE_PREFIX_PATH lead to no TorchConfig.cmake, and ${CMAKE_SOURCE_DIR}/.venv and python3 have no package torch."
        " Run 'make setup' in the pliny checkout or 'pip install torch==2.11.0', or unpack LibTorch from https://pytorch.org"
        " and pass -DPLINY_TORCH_ROOT=<folder>/libtorch, or do without it: pliny::core needs no LibTorch (-DPLINY_TORCH=OFF,"
        " or find_package(pliny COMPONENTS core))")
    set(pliny_torch_problem "${problem}" PARENT_SCOPE)
endfunction()

# What TORCH_VERSION says, as 2.11.0; empty where that header is elsewhere.
function(_pliny_torch_version root out)
    set(version "")
    if(EXISTS "${root}/include/torch/headeronly/version.h")
        file(STRINGS "${root}/include/torch/headeronly/version.h" lines
            REGEX "^#define TORCH_VERSION_(MAJOR|MINOR|PATCH) [0-9]+")
        list(TRANSFORM lines REPLACE "^#define [A-Z_]+ ([0-9]+).*" "\\1")
        list(JOIN lines "." version)
    endif()
    set(${out} "${version}" PARENT_SCOPE)
endfunction()

_pliny_choose_torch()
if(pliny_torch_problem)
    list(APPEND pliny_problems "${pliny_torch_problem}")
    return()
endif()

set(pliny_torch_includes ${pliny_torch_root}/include ${pliny_torch_root}/include/torch/csrc/api/include)
if(pliny_torch_target)
    set(pliny_torch_libraries ${pliny_torch_target})
    if(NOT EXISTS "${pliny_torch_root}/include/torch/csrc/api/include") # the target knows its folders
        set(pliny_torch_includes "")
    endif()
elseif(PLINY_CUDA OR NOT EXISTS "${pliny_torch_root}/lib/libtorch_cpu.so") # the latter: static, or libraries elsewhere
    if(pliny_torch_config)
        set(Torch_DIR "${pliny_torch_config}")
    else()
        set(Torch_DIR "${pliny_torch_root}/share/cmake/Torch")
    endif()
    find_package(Torch REQUIRED GLOBAL)
    set(pliny_torch_includes ${TORCH_INCLUDE_DIRS})
    set(pliny_torch_libraries ${TORCH_LIBRARIES})
else()
    set(pliny_torch_libraries ${pliny_torch_root}/lib/libtorch_cpu.so ${pliny_torch_root}/lib/libc10.so)
endif()

_pliny_torch_version("${pliny_torch_root}" pliny_torch_version)
add_library(pliny::torch INTERFACE IMPORTED GLOBAL)
target_include_directories(pliny::torch INTERFACE ${pliny_torch_includes})
target_link_libraries(pliny::torch INTERFACE ${pliny_torch_libraries})
set_target_properties(pliny::torch PROPERTIES PLINY_ROOT "${pliny_torch_root}" PLINY_VERSION "${pliny_torch_version}")
cmake_language(DEFER DIRECTORY ${CMAKE_SOURCE_DIR} CALL _pliny_check_one_torch)

if(NOT pliny_FIND_QUIETLY)
    if(pliny_torch_root)
        message(STATUS "LibTorch: ${pliny_torch_root} (${pliny_torch_reason})")
    else()
        message(STATUS "LibTorch: ${pliny_torch_reason}")
    endif()
endif()
