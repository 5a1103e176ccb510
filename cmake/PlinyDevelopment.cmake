# SPDX-License-Identifier: Apache-2.0
# What tests, examples and benchmarks share: warnings, compiler cache, memory limit, precompiled header.

set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_CUDA_STANDARD 20)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/bin)
enable_testing()

add_library(pliny_dev INTERFACE)
target_compile_options(pliny_dev INTERFACE
    $<$<COMPILE_LANGUAGE:CXX>:-Wall -Wextra -Wpedantic -Werror>
    $<$<AND:$<COMPILE_LANGUAGE:CXX>,$<BOOL:${PLINY_NATIVE}>>:-march=native>)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
    target_compile_options(pliny_dev INTERFACE $<$<COMPILE_LANGUAGE:CXX>:-Wno-restrict>) # false on "text" + string
endif()

# Tests are compiled often and run briefly: without optimisation in half of the time.
add_library(pliny_quick INTERFACE)
target_compile_options(pliny_quick INTERFACE $<$<AND:$<COMPILE_LANGUAGE:CXX>,$<CONFIG:Release>>:-O0>)
target_link_libraries(pliny_quick INTERFACE pliny_dev)

# The option and the two sloppiness words are what ccache asks for where a precompiled header is used.
find_program(CCACHE ccache)
if(CCACHE)
    target_compile_options(pliny_dev INTERFACE $<$<COMPILE_LANG_AND_ID:CXX,GNU>:-fpch-preprocess>)
    set(CMAKE_CXX_COMPILER_LAUNCHER
        ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros ${CCACHE})
endif()

if(NOT PLINY_TORCH)
    return()
endif()

# One precompiled header serves all tests, another one all programs, so their flags must be the same. It has what pliny
# includes of LibTorch: with all of <torch/torch.h>, and with libraries that have variables to be initialised, every file takes
# longer than without. It has nothing of pliny, so that it is not rebuilt when a header of pliny changes.
function(pliny_add_precompiled name options)
    add_library(${name} OBJECT EXCLUDE_FROM_ALL ${PROJECT_SOURCE_DIR}/tests/support/pch.cpp)
    target_link_libraries(${name} PRIVATE pliny_pliny ${options})
    target_precompile_headers(${name} PRIVATE
        <ATen/ATen.h> <torch/csrc/autograd/function.h> <torch/csrc/autograd/functions/utils.h> <torch/nn/functional/loss.h>
        <torch/nn/module.h> <torch/optim.h> <algorithm> <array> <filesystem> <map> <optional> <span> <string> <tuple> <vector>)
    pliny_limit_memory(${name})
endfunction()
pliny_add_precompiled(pliny_test_pch pliny_quick)
pliny_add_precompiled(pliny_program_pch pliny_dev)

# How tests, and how programs that train for long, are compiled: without optimisation, or fully optimised.
function(pliny_compile_as_test target)
    target_link_libraries(${target} PRIVATE pliny_pliny pliny_quick)
    target_precompile_headers(${target} REUSE_FROM pliny_test_pch)
    pliny_limit_memory(${target})
endfunction()
function(pliny_compile_as_program target)
    target_link_libraries(${target} PRIVATE pliny_pliny pliny_dev)
    target_precompile_headers(${target} REUSE_FROM pliny_program_pch)
    pliny_limit_memory(${target})
endfunction()

# Makes an existing target a test or a program that uses LibTorch, and what is compiled once of training and experiments.
function(pliny_use_torch target)
    pliny_compile_as_test(${target})
    target_link_libraries(${target} PRIVATE pliny_experiments)
endfunction()
function(pliny_use_experiments target)
    pliny_compile_as_program(${target})
    target_link_libraries(${target} PRIVATE pliny_experiments)
endfunction()
